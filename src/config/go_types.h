#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "config/schema.h"
#include "config/tree.h"

namespace prober::config {

/// What a scalar is to gopkg.in/yaml.v3, which Pomerium reads its file with.
enum class Plain : std::uint8_t { Null, Bool, Int, Float, Timestamp, String };
[[nodiscard]] Plain resolve(const Value& value);

/// The number that a plain scalar of kind Int or Float stands for.
[[nodiscard]] std::optional<double> number_of(const Value& value);

/// The same, or the number that a text spells out.
[[nodiscard]] std::optional<double> number_in(const Value& value);

/// Go's "true", "T", "1" ... and their opposites.
[[nodiscard]] std::optional<bool> parse_bool(std::string_view text);

/// Go's or protobuf's words when Pomerium's decoder does not take the value for this type; "" when
/// it does. Sources: go-viper/mapstructure with WeaklyTypedInput, config/custom.go, protojson.
/// Measured on c8ace109.
[[nodiscard]] std::string go_refusal(const Value& value, Type type);

}  // namespace prober::config

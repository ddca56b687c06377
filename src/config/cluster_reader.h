#pragma once

#include <memory>

#include "config/fields.h"
#include "prober/route.h"

namespace prober::config {

/// Reads what a route says of its cluster: load balancing, health checks, outlier detection, panic
/// threshold and circuit breakers, the global ones below. `about` is the route as far as it is
/// known, `to` and websockets at least. Routes that say nothing share `defaults`.
[[nodiscard]] std::shared_ptr<const ClusterSettings> read_cluster(
    const Fields& route, const Route& about,
    const std::shared_ptr<const ClusterSettings>& defaults);

/// Lays a circuit_breaker_thresholds block over the one below it, field by field.
void read_circuit_breakers(const Value& block, CircuitBreakers& breakers, Problems& problems);

/// An enumeration of protobuf as Pomerium reads it (config/custom.go, decodeEnumHookFunc): the name
/// in any case, whole, without `prefix`, or any end of it after an underscore. The index of the
/// first of `names` that fits; the empty text is the first.
[[nodiscard]] std::optional<std::size_t> find_enum(std::string_view text, std::string_view prefix,
                                                   std::span<const std::string_view> names);

}  // namespace prober::config

#pragma once

#include <optional>
#include <string_view>

#include "config/tree.h"

namespace prober::config {

/// What Go's YAML reader refuses in the text itself and yaml-cpp takes: bytes that are not UTF-8,
/// control characters, another version than 1.1. Nothing when it takes the text, and for UTF-16.
/// Measured on gopkg.in/yaml.v3 3.0.1.
[[nodiscard]] std::optional<SyntaxProblem> text_fault(std::string_view text);

}  // namespace prober::config

#pragma once

#include <string>
#include <string_view>

namespace prober::config {

/// RE2's words when Envoy would not take the pattern (and with it the whole route table); "" when
/// it does.
[[nodiscard]] std::string regex_fault(std::string_view pattern);

}  // namespace prober::config

#pragma once

#include <string_view>

#include "prober/ascii.h"

namespace prober {

/// `localhost` and names below it, which DNS is never asked for. RFC 6761, section 6.3.
[[nodiscard]] constexpr bool is_localhost(std::string_view name) {
  constexpr std::string_view kBelow = ".localhost";
  return same_letters(name, kBelow.substr(1)) ||
         (name.size() >= kBelow.size() &&
          same_letters(name.substr(name.size() - kBelow.size()), kBelow));
}

}  // namespace prober

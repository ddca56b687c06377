#pragma once

#include <cstddef>
#include <string_view>

namespace prober {

/// Bytes of the character at the beginning of `text`; 0 when that is not UTF-8. RFC 3629.
[[nodiscard]] std::size_t character_length(std::string_view text);

}  // namespace prober

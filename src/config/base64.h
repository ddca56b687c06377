#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace prober::config {

/// Standard base64 (RFC 4648, section 4), white space ignored. Nothing when it is malformed.
[[nodiscard]] std::optional<std::string> decode_base64(std::string_view text);

/// Pairs of hexadecimal digits. Nothing when it is malformed.
[[nodiscard]] std::optional<std::string> decode_hex(std::string_view text);

}  // namespace prober::config

#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace prober::config {

/// Standard base64 (RFC 4648, section 4) as Go's base64.StdEncoding takes it: padded, with line
/// breaks anywhere but no other white space. Nothing when it is malformed.
[[nodiscard]] std::optional<std::string> decode_base64(std::string_view text);

/// The same, or of the URL's alphabet, or without padding, as protojson takes it.
[[nodiscard]] std::optional<std::string> decode_any_base64(std::string_view text);

/// The offset of the first character that decode_base64() does not take, counted as Go does.
[[nodiscard]] std::size_t bad_base64_at(std::string_view text);

/// Pairs of hexadecimal digits. Nothing when it is malformed.
[[nodiscard]] std::optional<std::string> decode_hex(std::string_view text);

}  // namespace prober::config

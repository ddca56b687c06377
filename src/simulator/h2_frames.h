#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace prober::simulator::h2 {

/// HTTP/2 frames made by hand, so that they can be as wrong as a fault needs. RFC 9113, section 6.

using Fields = std::vector<std::pair<std::string, std::string>>;

inline constexpr std::uint8_t kData = 0;
inline constexpr std::uint8_t kHeaders = 1;
inline constexpr std::uint8_t kRstStream = 3;
inline constexpr std::uint8_t kSettings = 4;
inline constexpr std::uint8_t kPing = 6;
inline constexpr std::uint8_t kGoaway = 7;
inline constexpr std::uint8_t kContinuation = 9;
inline constexpr std::uint8_t kEndStream = 1;
inline constexpr std::uint8_t kEndHeaders = 4;

[[nodiscard]] std::string frame(std::uint8_t type, std::uint8_t flags, std::uint32_t stream,
                                std::string_view payload);
[[nodiscard]] std::string settings();
/// Fields as literals without indexing (RFC 7541, section 6.2.2), in HEADERS and CONTINUATION.
[[nodiscard]] std::string headers(const Fields& fields, bool end, std::uint32_t stream = 1);
[[nodiscard]] std::string data(std::string_view bytes, bool end, std::uint32_t stream = 1);
[[nodiscard]] std::string rst_stream(std::uint32_t code, std::uint32_t stream = 1);
[[nodiscard]] std::string goaway(std::uint32_t last_stream, std::uint32_t code);

}  // namespace prober::simulator::h2

#include "simulator/h2_frames.h"

#include <algorithm>

namespace prober::simulator::h2 {
namespace {

constexpr std::size_t kMostPayload = 16384;

std::string big_endian(std::uint32_t value) {
  std::string out;
  for (int shift = 24; shift >= 0; shift -= 8) {
    out += static_cast<char>(value >> shift & 0xff);
  }
  return out;
}

// RFC 7541, section 5.1, with a prefix of seven bits.
std::string hpack_integer(std::size_t value) {
  if (value < 127) {
    return std::string(1, static_cast<char>(value));
  }
  std::string out(1, static_cast<char>(127));
  for (value -= 127; value >= 128; value /= 128) {
    out += static_cast<char>(value % 128 + 128);
  }
  return out + static_cast<char>(value);
}

}  // namespace

std::string frame(std::uint8_t type, std::uint8_t flags, std::uint32_t stream,
                  std::string_view payload) {
  std::string out = big_endian(static_cast<std::uint32_t>(payload.size())).substr(1);
  out += static_cast<char>(type);
  out += static_cast<char>(flags);
  out += big_endian(stream);
  return out.append(payload);
}

std::string settings() {
  return frame(kSettings, 0, 0, "");
}

std::string headers(const Fields& fields, bool end, std::uint32_t stream) {
  std::string block;
  for (const auto& [name, value] : fields) {
    block += '\0';
    block.append(hpack_integer(name.size())).append(name);
    block.append(hpack_integer(value.size())).append(value);
  }
  std::string out;
  for (std::size_t at = 0; at == 0 || at < block.size(); at += kMostPayload) {
    const bool first = at == 0;
    const bool last = at + kMostPayload >= block.size();
    const auto flags =
        static_cast<std::uint8_t>((first && end ? kEndStream : 0) | (last ? kEndHeaders : 0));
    out += frame(first ? kHeaders : kContinuation, flags, stream,
                 std::string_view(block).substr(at, kMostPayload));
  }
  return out;
}

std::string data(std::string_view bytes, bool end, std::uint32_t stream) {
  return frame(kData, end ? kEndStream : std::uint8_t{0}, stream, bytes);
}

std::string rst_stream(std::uint32_t code, std::uint32_t stream) {
  return frame(kRstStream, 0, stream, big_endian(code));
}

std::string goaway(std::uint32_t last_stream, std::uint32_t code) {
  return frame(kGoaway, 0, 0, big_endian(last_stream) + big_endian(code));
}

}  // namespace prober::simulator::h2

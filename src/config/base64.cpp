#include "config/base64.h"

#include <cctype>
#include <cstdint>

namespace prober::config {
namespace {

int base64_value(char c) {
  if (c >= 'A' && c <= 'Z') {
    return c - 'A';
  }
  if (c >= 'a' && c <= 'z') {
    return c - 'a' + 26;
  }
  if (c >= '0' && c <= '9') {
    return c - '0' + 52;
  }
  return c == '+' ? 62 : c == '/' ? 63 : -1;
}

int hex_value(char c) {
  if (c >= '0' && c <= '9') {
    return c - '0';
  }
  const int lower = std::tolower(static_cast<unsigned char>(c));
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

}  // namespace

std::optional<std::string> decode_base64(std::string_view text) {
  std::string out;
  std::uint32_t bits = 0;
  int count = 0;
  std::size_t digits = 0;
  std::size_t padding = 0;
  for (const char c : text) {
    if (c == '\n' || c == '\r') {
      continue;
    }
    if (c == '=') {
      ++padding;
      continue;
    }
    const int value = base64_value(c);
    if (value < 0 || padding > 0) {
      return std::nullopt;
    }
    ++digits;
    bits = bits << 6 | static_cast<std::uint32_t>(value);
    count += 6;
    if (count >= 8) {
      count -= 8;
      out += static_cast<char>(bits >> count & 0xff);
    }
  }
  const bool whole = (digits + padding) % 4 == 0 && padding <= 2 && digits % 4 != 1;
  return whole ? std::optional(out) : std::nullopt;
}

std::optional<std::string> decode_any_base64(std::string_view text) {
  std::string standard(text);
  for (char& c : standard) {
    c = c == '-' ? '+' : c == '_' ? '/' : c;
  }
  while (standard.size() % 4 != 0) {
    standard += '=';
  }
  return decode_base64(standard);
}

std::size_t bad_base64_at(std::string_view text) {
  std::size_t at = 0;
  while (at < text.size() &&
         (base64_value(text[at]) >= 0 || text[at] == '\n' || text[at] == '\r')) {
    ++at;
  }
  // Characters that are missing at the end are missed where their group of four begins.
  return at < text.size() && text[at] != '=' ? at : at - at % 4;
}

std::optional<std::string> decode_hex(std::string_view text) {
  std::string out;
  if (text.size() % 2 != 0) {
    return std::nullopt;
  }
  for (std::size_t i = 0; i < text.size(); i += 2) {
    const int high = hex_value(text[i]);
    const int low = hex_value(text[i + 1]);
    if (high < 0 || low < 0) {
      return std::nullopt;
    }
    out += static_cast<char>(high * 16 + low);
  }
  return out;
}

}  // namespace prober::config

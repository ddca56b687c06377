#include "report/escape.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <utility>

namespace prober::report {
namespace {

// The length of the well-formed UTF-8 sequence at the beginning (RFC 3629), 0 when there is none.
std::size_t sequence_length(std::string_view text) {
  const auto byte = [&text](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char first = byte(0);
  const std::size_t length = first < 0x80   ? 1
                             : first < 0xc2 ? 0
                             : first < 0xe0 ? 2
                             : first < 0xf0 ? 3
                             : first < 0xf5 ? 4
                                            : 0;
  if (length == 0 || text.size() < length) {
    return 0;
  }
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xc0) != 0x80) {
      return 0;
    }
  }
  const bool overlong = (first == 0xe0 && byte(1) < 0xa0) || (first == 0xf0 && byte(1) < 0x90);
  const bool surrogate = first == 0xed && byte(1) >= 0xa0;
  const bool beyond = first == 0xf4 && byte(1) >= 0x90;
  return overlong || surrogate || beyond ? 0 : length;
}

// Of a well-formed sequence.
std::uint32_t code_point(std::string_view sequence) {
  const auto bits = [&sequence](std::size_t i, unsigned mask) {
    return static_cast<std::uint32_t>(static_cast<unsigned char>(sequence[i]) & mask);
  };
  switch (sequence.size()) {
    case 1:
      return bits(0, 0x7f);
    case 2:
      return bits(0, 0x1f) << 6 | bits(1, 0x3f);
    case 3:
      return bits(0, 0x0f) << 12 | bits(1, 0x3f) << 6 | bits(2, 0x3f);
    default:
      return bits(0, 0x07) << 18 | bits(1, 0x3f) << 12 | bits(2, 0x3f) << 6 | bits(3, 0x3f);
  }
}

// Controls, separators of lines and paragraphs, the marks that turn the direction of text, and two
// that are no characters at all: neither XML nor YAML may hold them.
bool is_control(std::uint32_t code) {
  return code < 0x20 || (code >= 0x7f && code < 0xa0) || (code >= 0x2028 && code <= 0x202e) ||
         (code >= 0x2066 && code <= 0x2069) || code == 0xfffe || code == 0xffff;
}

// The length of the printable ASCII at the beginning, which most texts are made of.
std::size_t plain_length(std::string_view text) {
  const auto* end = std::ranges::find_if(text, [](char c) { return c < 0x20 || c > 0x7e; });
  return static_cast<std::size_t>(end - text.begin());
}

}  // namespace

std::string escape_control(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    if (const std::size_t plain = plain_length(text); plain > 0) {
      out += text.substr(0, plain);
      text.remove_prefix(plain);
      continue;
    }
    const std::size_t length = sequence_length(text);
    const std::string_view piece = text.substr(0, std::max<std::size_t>(length, 1));
    if (length == 0 || is_control(code_point(piece))) {
      for (const char c : piece) {
        out += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
      }
    } else {
      out += piece;
    }
    text.remove_prefix(piece.size());
  }
  return out;
}

std::string escape_json(std::string_view document) {
  std::string out;
  out.reserve(document.size());
  append_escaped_json(out, document, "");
  return out;
}

void append_escaped_json(std::string& out, std::string_view document, std::string_view indent) {
  while (!document.empty()) {
    if (const std::size_t plain = plain_length(document); plain > 0) {
      out += document.substr(0, plain);
      document.remove_prefix(plain);
      continue;
    }
    const std::size_t length = std::max<std::size_t>(sequence_length(document), 1);
    const std::string_view piece = document.substr(0, length);
    const std::uint32_t code = code_point(piece);
    if (code == '\n') {  // the document's own: within strings it is escaped by now
      out += '\n';
      out += indent;
    } else if (is_control(code)) {
      out += fmt::format("\\u{:04x}", code);
    } else {
      out += piece;
    }
    document.remove_prefix(length);
  }
}

std::string escape_markup(std::string_view text) {
  const std::string visible = escape_control(text);
  std::string out;
  out.reserve(visible.size() + visible.size() / 8);
  for (const char c : visible) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

namespace {

struct Range {
  std::uint32_t first;
  std::uint32_t last;
};

// Unicode's East Asian Width W and F, in broad strokes.
constexpr std::array<Range, 12> kWide = {{{0x1100, 0x115f},
                                          {0x2e80, 0x303e},
                                          {0x3041, 0xa4cf},
                                          {0xac00, 0xd7a3},
                                          {0xf900, 0xfaff},
                                          {0xfe30, 0xfe6f},
                                          {0xff00, 0xff60},
                                          {0xffe0, 0xffe6},
                                          {0x1f300, 0x1f64f},
                                          {0x1f680, 0x1f6ff},
                                          {0x1f900, 0x1f9ff},
                                          {0x20000, 0x3fffd}}};
// Combining marks, joiners and selectors of variants.
constexpr std::array<Range, 4> kNoWidth = {
    {{0x0300, 0x036f}, {0x200b, 0x200f}, {0x20d0, 0x20ff}, {0xfe00, 0xfe0f}}};

template <std::size_t Size>
bool within(const std::array<Range, Size>& ranges, std::uint32_t code) {
  return std::ranges::any_of(ranges,
                             [code](Range one) { return code >= one.first && code <= one.last; });
}

// The first character of the text: its bytes and its columns. A byte that is not UTF-8 counts one.
std::pair<std::size_t, std::size_t> character(std::string_view text) {
  const std::size_t length = sequence_length(text);
  if (length < 2) {
    return {1, 1};
  }
  const std::uint32_t code = code_point(text.substr(0, length));
  return {length, within(kWide, code) ? 2 : within(kNoWidth, code) ? 0 : 1};
}

// How many bytes from the beginning take at most that many columns.
std::size_t bytes_within(std::string_view text, std::size_t width) {
  std::size_t bytes = 0;
  for (std::size_t used = 0; bytes < text.size();) {
    const auto [length, wide] = character(text.substr(bytes));
    used += wide;
    if (used > width) {
      break;
    }
    bytes += length;
  }
  return bytes;
}

}  // namespace

std::size_t columns(std::string_view text) {
  std::size_t out = 0;
  while (!text.empty()) {
    const auto [length, wide] = character(text);
    out += wide;
    text.remove_prefix(length);
  }
  return out;
}

std::string shorten(std::string_view text, std::size_t width) {
  constexpr std::string_view kDots = "...";
  if (columns(text) <= width) {
    return std::string(text);
  }
  const std::size_t room = width > kDots.size() ? width - kDots.size() : 0;
  return std::string(text.substr(0, bytes_within(text, room))) +
         std::string(kDots.substr(0, std::min(width, kDots.size())));
}

namespace {

// A number and what follows it ("30 s") are one word.
std::size_t word_end(std::string_view text) {
  const std::size_t space = std::min(text.find(' '), text.size());
  const bool number = space > 0 && space < text.size() &&
                      text.substr(0, space).find_first_not_of("0123456789.") == std::string::npos;
  return number ? std::min(text.find(' ', space + 1), text.size()) : space;
}

// How many bytes of the word fit into `room` columns; if that cuts it, after a mark that separates
// parts, where there is one in the second half.
std::size_t fitting(std::string_view word, std::size_t room) {
  const std::size_t cut = bytes_within(word, room);
  if (cut == word.size()) {
    return cut;
  }
  const std::size_t mark = word.substr(0, cut).find_last_of("|:,/{_-");
  return mark != std::string_view::npos && mark > cut / 2 ? mark + 1 : cut;
}

}  // namespace

std::string wrap(std::string_view text, std::size_t width, std::string_view indent) {
  std::string out(indent);
  const std::size_t room = width > indent.size() ? width - indent.size() : 1;
  std::size_t used = 0;
  const auto new_line = [&] {
    out += '\n';
    out += indent;
    used = 0;
  };
  while (!text.empty()) {
    const std::size_t space = word_end(text);
    std::string_view word = text.substr(0, space);
    text.remove_prefix(std::min(space + 1, text.size()));
    if (used > 0 && used + 1 + columns(word) > room) {
      new_line();
    } else if (used > 0) {
      out += ' ';
      ++used;
    }
    while (columns(word) > room) {
      const std::size_t cut = std::max(fitting(word, room), character(word).first);
      out += word.substr(0, cut);
      word.remove_prefix(cut);
      new_line();
    }
    out += word;
    used += columns(word);
  }
  return out;
}

}  // namespace prober::report

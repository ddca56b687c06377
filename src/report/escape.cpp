#include "report/escape.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>

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
  while (!document.empty()) {
    if (const std::size_t plain = plain_length(document); plain > 0) {
      out += document.substr(0, plain);
      document.remove_prefix(plain);
      continue;
    }
    const std::size_t length = std::max<std::size_t>(sequence_length(document), 1);
    const std::string_view piece = document.substr(0, length);
    const std::uint32_t code = code_point(piece);
    if (code != '\n' && is_control(code)) {
      out += fmt::format("\\u{:04x}", code);
    } else {
      out += piece;
    }
    document.remove_prefix(length);
  }
  return out;
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

std::size_t columns(std::string_view text) {
  return static_cast<std::size_t>(std::ranges::count_if(
      text, [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }));
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
  std::size_t cut = 0;
  for (std::size_t seen = 0; cut < word.size(); ++cut) {
    seen += (static_cast<unsigned char>(word[cut]) & 0xc0) != 0x80 ? 1U : 0U;
    if (seen > room) {
      break;
    }
  }
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
      const std::size_t cut = fitting(word, room);
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

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

bool is_control(std::string_view sequence) {
  const auto first = static_cast<unsigned char>(sequence[0]);
  if (sequence.size() == 1) {
    return first < 0x20 || first == 0x7f;
  }
  const auto second = static_cast<unsigned char>(sequence[1]);
  // C1 controls, separators of lines and paragraphs (U+2028, U+2029), and the marks that turn the
  // direction of text (U+202A-202E, U+2066-2069).
  const bool c1 = sequence.size() == 2 && first == 0xc2 && second < 0xa0;
  const bool turns = sequence.size() == 3 && first == 0xe2 &&
                     ((second == 0x80 && static_cast<unsigned char>(sequence[2]) >= 0xa8 &&
                       static_cast<unsigned char>(sequence[2]) <= 0xae) ||
                      (second == 0x81 && static_cast<unsigned char>(sequence[2]) >= 0xa6 &&
                       static_cast<unsigned char>(sequence[2]) <= 0xa9));
  return c1 || turns;
}

}  // namespace

std::string escape_control(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const std::size_t length = sequence_length(text);
    const std::string_view piece = text.substr(0, std::max<std::size_t>(length, 1));
    if (length == 0 || is_control(piece)) {
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
    const std::size_t length = std::max<std::size_t>(sequence_length(document), 1);
    const std::string_view piece = document.substr(0, length);
    if (piece != "\n" && is_control(piece)) {
      const auto byte = [&piece](std::size_t i) {
        return static_cast<std::uint32_t>(static_cast<unsigned char>(piece[i]));
      };
      // Of three bytes they are U+2000 to U+207F, of two U+0080 to U+009F.
      out += fmt::format("\\u{:04x}", length == 3 ? 0x2000 + ((byte(1) & 1) << 6) + (byte(2) & 0x3f)
                                      : length == 2 ? byte(1)
                                                    : byte(0));
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
  for (std::size_t i = 0; i < visible.size(); ++i) {
    switch (visible[i]) {
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
        // U+FFFE and U+FFFF are sound UTF-8 but no characters of XML.
        if (visible.compare(i, 2, "\xef\xbf") == 0 && i + 2 < visible.size() &&
            static_cast<unsigned char>(visible[i + 2]) >= 0xbe) {
          out += "\xef\xbf\xbd";
          i += 2;
        } else {
          out += visible[i];
        }
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

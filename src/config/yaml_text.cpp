#include "config/yaml_text.h"

#include <algorithm>

#include "core/utf8.h"

namespace prober::config {
namespace {

// readerc.go: tab, line breaks and what can be printed.
bool is_allowed(std::string_view character) {
  const auto first = static_cast<unsigned char>(character[0]);
  if (character.size() == 1) {
    return first == '\t' || first == '\n' || first == '\r' || (first >= 0x20 && first < 0x7f);
  }
  const auto second = static_cast<unsigned char>(character[1]);
  if (character.size() == 2) {
    return first > 0xc2 || second >= 0xa0 || second == 0x85;
  }
  return character != "\xef\xbf\xbe" && character != "\xef\xbf\xbf";
}

// The words of readerc.go for bytes that are no character.
std::string_view utf8_words(std::string_view rest) {
  const auto first = static_cast<unsigned char>(rest[0]);
  const std::size_t width = first >= 0xf8   ? 0
                            : first >= 0xf0 ? 4
                            : first >= 0xe0 ? 3
                            : first >= 0xc0 ? 2
                                            : 0;
  if (width == 0) {
    return "invalid leading UTF-8 octet";
  }
  if (rest.size() < width) {
    return "incomplete UTF-8 octet sequence";
  }
  const bool trails = std::ranges::all_of(rest.substr(1, width - 1), [](char c) {
    return (static_cast<unsigned char>(c) & 0xc0) == 0x80;
  });
  if (!trails) {
    return "invalid trailing UTF-8 octet";
  }
  return first == 0xc0 || first == 0xc1 || first == 0xe0 || first == 0xf0
             ? "invalid length of a UTF-8 sequence"
             : "invalid Unicode character";
}

// "%YAML 1.2" above the document.
std::optional<SyntaxProblem> directive_fault(std::string_view text) {
  for (int line = 1; !text.empty(); ++line) {
    const std::size_t end = std::min(text.find_first_of("\r\n"), text.size());
    const std::string_view here = text.substr(0, end);
    if (!here.empty() && here[0] != '#' && here[0] != '%') {
      break;
    }
    if (here.starts_with("%YAML ") && here.find(" 1.1") == std::string_view::npos) {
      return SyntaxProblem{line, 1, "Pomerium reads YAML 1.1 only; leave out the line %YAML",
                           "found incompatible YAML document"};
    }
    text.remove_prefix(end);
    text.remove_prefix(std::min<std::size_t>(text.starts_with("\r\n") ? 2 : 1, text.size()));
  }
  return std::nullopt;
}

}  // namespace

std::optional<SyntaxProblem> text_fault(std::string_view text) {
  if (text.starts_with("\xff\xfe") || text.starts_with("\xfe\xff")) {
    return std::nullopt;
  }
  int line = 1;
  int column = 1;
  for (std::string_view rest = text; !rest.empty();) {
    const std::size_t length = character_length(rest);
    if (length == 0) {
      return SyntaxProblem{line, column, "not valid YAML: this is not UTF-8",
                           std::string(utf8_words(rest))};
    }
    if (!is_allowed(rest.substr(0, length))) {
      return SyntaxProblem{line, column, "not valid YAML: a control character",
                           "control characters are not allowed"};
    }
    column = rest[0] == '\n' ? 1 : column + 1;
    line += rest[0] == '\n' ? 1 : 0;
    rest.remove_prefix(length);
  }
  return directive_fault(text);
}

}  // namespace prober::config

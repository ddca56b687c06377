#include "wire/http1_syntax.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <charconv>

namespace prober::wire {
namespace {

bool is_blank(char c) {
  return c == ' ' || c == '\t';
}
bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// RFC 9110, section 5.6.2.
bool is_token(char c) {
  constexpr std::string_view kOthers = "!#$%&'*+-.^_`|~";
  return std::isalnum(static_cast<unsigned char>(c)) != 0 ||
         kOthers.find(c) != std::string_view::npos;
}

// A tab and a bare CR pass, the other controls and DEL do not.
bool is_value(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return c == '\t' || c == '\r' || (byte >= 0x20 && byte != 0x7f);
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (is_blank(text.front()) || text.front() == '\r')) {
    text.remove_prefix(1);
  }
  while (!text.empty() && (is_blank(text.back()) || text.back() == '\r')) {
    text.remove_suffix(1);
  }
  return text;
}

std::unexpected<Error> bad(std::string what) {
  return std::unexpected(Error{std::move(what)});
}

std::string_view without_line_end(std::string_view line) {
  if (line.ends_with('\n')) {
    line.remove_suffix(1);
  }
  if (line.ends_with('\r')) {
    line.remove_suffix(1);
  }
  return line;
}

Result<HeaderField> parse_field(std::string_view line) {
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos) {
    return bad("a header line without a colon");
  }
  const std::string_view name = line.substr(0, colon);
  if (name.empty()) {
    return bad("an empty header name");
  }
  if (!std::ranges::all_of(name, is_token)) {
    return bad("a character in a header name that is not allowed there");
  }
  const std::string_view value = trimmed(line.substr(colon + 1));
  if (!std::ranges::all_of(value, is_value)) {
    return bad(fmt::format("a control character in the value of the header {}", name));
  }
  return HeaderField{std::string(name), std::string(value)};
}

}  // namespace

Result<int> parse_status_line(std::string_view line) {
  line = without_line_end(line);
  constexpr std::size_t kVersion = 8;  // "HTTP/1.1"
  const bool version = line.size() >= kVersion && line.starts_with("HTTP/") && is_digit(line[5]) &&
                       line[6] == '.' && is_digit(line[7]) &&
                       (line.size() == kVersion || is_blank(line[kVersion]));
  if (!version) {
    return bad("the first line is not an HTTP/1 status line");
  }
  line.remove_prefix(kVersion);
  while (!line.empty() && is_blank(line.front())) {
    line.remove_prefix(1);
  }
  const std::size_t end = std::min(line.find_first_of(" \t"), line.size());
  int status = 0;
  const std::string_view digits = line.substr(0, end);
  const auto [stop, error] = std::from_chars(digits.data(), digits.data() + digits.size(), status);
  const bool number = !digits.empty() && is_digit(digits.front()) && error == std::errc() &&
                      stop == digits.data() + digits.size();
  if (!number) {
    return bad("the status line has no numeric status");
  }
  return status;
}

Result<std::vector<HeaderField>> parse_fields(std::string_view block) {
  std::vector<HeaderField> out;
  std::string line;
  while (!block.empty()) {
    const std::size_t end = std::min(block.find('\n'), block.size() - 1) + 1;
    const std::string_view raw = without_line_end(block.substr(0, end));
    block.remove_prefix(end);
    const bool folded = !raw.empty() && is_blank(raw.front());
    if (folded && line.empty()) {
      return bad("the first header line begins with white space");
    }
    if (folded) {
      line += " ";
      line += trimmed(raw);
      continue;
    }
    if (!line.empty()) {
      auto field = parse_field(line);
      if (!field) {
        return std::unexpected(field.error());
      }
      out.push_back(std::move(*field));
    }
    line = raw;
  }
  return out;
}

std::optional<std::uint64_t> parse_content_length(std::string_view value) {
  std::uint64_t out = 0;
  const bool digits = !value.empty() && std::ranges::all_of(value, is_digit);
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), out);
  return digits && error == std::errc() ? std::optional(out) : std::nullopt;
}

bool same_name(std::string_view a, std::string_view b) {
  return std::ranges::equal(
      a, b, [](unsigned char x, unsigned char y) { return std::tolower(x) == std::tolower(y); });
}

std::size_t head_length(std::string_view block, std::size_t from) {
  std::size_t at = from;
  while ((at = block.find('\n', at)) != std::string_view::npos) {
    ++at;
    if (block.substr(at).starts_with('\n')) {
      return at + 1;
    }
    if (block.substr(at).starts_with("\r\n")) {
      return at + 2;
    }
  }
  return 0;
}

}  // namespace prober::wire

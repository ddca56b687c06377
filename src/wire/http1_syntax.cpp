#include "wire/http1_syntax.h"

#include <algorithm>
#include <cctype>
#include <limits>
#include <optional>
#include <utility>

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
  return HeaderField{std::string(name), std::string(value)};
}

// As absl::SimpleAtoi reads it, into 64 bits, of which Envoy keeps 16.
std::optional<int> parse_status(std::string_view text) {
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.back())) != 0) {
    text.remove_suffix(1);
  }
  if (text.starts_with('+')) {
    text.remove_prefix(1);
  }
  const ContentLength status = parse_content_length(text);
  return status.valid() ? std::optional(static_cast<int>(status.value & 0xffff)) : std::nullopt;
}

}  // namespace

bool has_control(std::string_view block) {
  return std::ranges::any_of(block, [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return c != '\t' && c != '\r' && c != '\n' && (byte < 0x20 || byte == 0x7f);
  });
}

Result<int> parse_status_line(std::string_view line) {
  const auto is_space = [](char c) { return static_cast<unsigned char>(c) <= ' '; };
  const auto* const version_end = std::ranges::find_if(line, is_space);
  const std::string_view version(line.begin(), version_end);
  constexpr std::size_t kLength = 8;  // "HTTP/1.1"
  if (version.size() != kLength || !version.starts_with("HTTP/") || !is_digit(version[5]) ||
      version[6] != '.' || !is_digit(version[7])) {
    return bad("the first line is not an HTTP/1 status line");
  }
  const auto* const begin = std::find_if_not(version_end, line.end(), is_space);
  const auto* const end = std::find_if(begin, line.end(), is_space);
  // The white space behind it counts too: a control character there makes it no number.
  const auto* const next = std::find_if_not(end, line.end(), is_space);
  const auto status = parse_status({begin, next});
  if (!status) {
    return bad("the status line has no numeric status");
  }
  return *status;
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
      line += raw;
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

ContentLength parse_content_length(std::string_view value) {
  using Status = ContentLength::Status;
  constexpr std::uint64_t kMost = std::numeric_limits<std::uint64_t>::max();
  ContentLength out;
  for (const char c : value) {
    if (!is_digit(c)) {
      out.status = Status::NotANumber;
      return out;
    }
    const auto digit = static_cast<std::uint64_t>(c - '0');
    if (out.value > (kMost - digit) / 10) {
      out.status = Status::TooLarge;
      return out;
    }
    out.value = out.value * 10 + digit;
  }
  out.status = value.empty() ? Status::NotANumber : Status::Valid;
  return out;
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

#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

namespace prober::net {

/// White space within a line of the system's files, as c-ares takes it.
inline constexpr std::string_view kBlanks = " \t\r\v\f";

/// Whether all of it is printable ASCII: no tab either.
[[nodiscard]] inline bool is_printable(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c >= ' ' && c <= '~'; });
}

[[nodiscard]] inline std::string_view trimmed(std::string_view text) {
  text.remove_prefix(std::min(text.find_first_not_of(kBlanks), text.size()));
  return text.substr(0, text.find_last_not_of(kBlanks) + 1);
}

/// The pieces between any of `separators`; empty ones are left out.
[[nodiscard]] inline std::vector<std::string_view> split_words(std::string_view text,
                                                               std::string_view separators) {
  std::vector<std::string_view> out;
  for (std::size_t at = text.find_first_not_of(separators); at != std::string_view::npos;
       at = text.find_first_not_of(separators, at)) {
    const std::size_t end = std::min(text.find_first_of(separators, at), text.size());
    out.push_back(text.substr(at, end - at));
    at = end;
  }
  return out;
}

}  // namespace prober::net

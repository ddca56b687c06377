#include "wire/san.h"

#include <algorithm>
#include <string>
#include <utility>

#include "prober/ascii.h"

namespace prober::wire {
namespace {

std::pair<std::string_view, std::string_view> split_label(std::string_view name) {
  const std::size_t dot = name.find('.');
  return dot == std::string_view::npos ? std::pair{name, std::string_view{}}
                                       : std::pair{name.substr(0, dot), name.substr(dot + 1)};
}

bool label_matches(std::string_view label, std::string_view pattern) {
  if (pattern == "*") {
    return true;
  }
  if (std::ranges::count(pattern, '*') != 1) {
    return false;
  }
  const std::size_t star = pattern.find('*');
  return pattern.size() <= label.size() + 1 && label.starts_with(pattern.substr(0, star)) &&
         label.ends_with(pattern.substr(star + 1));
}

}  // namespace

bool dns_name_matches(std::string_view name, std::string_view pattern) {
  const std::string wanted = lower_case(name);
  const std::string given = lower_case(pattern);
  if (wanted == given) {
    return true;
  }
  if (wanted.find('.') == std::string::npos || given.find('.') == std::string::npos) {
    return false;
  }
  const auto [label, domain] = split_label(wanted);
  const auto [pattern_label, pattern_domain] = split_label(given);
  const bool wildcard = pattern_label.find('*') != std::string_view::npos &&
                        pattern_domain.find('*') == std::string_view::npos &&
                        !pattern_label.starts_with("xn--");
  return wildcard && domain == pattern_domain && label_matches(label, pattern_label);
}

bool pattern_matches(std::string_view pattern, std::string_view name) {
  // After a failure it is the last star alone that may take one character more.
  std::size_t star = std::string_view::npos;
  std::size_t resumed = 0;
  std::size_t p = 0;
  std::size_t n = 0;
  while (n < name.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      resumed = n;
    } else if (p < pattern.size() && pattern[p] == name[n]) {
      ++p;
      ++n;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      n = ++resumed;
    } else {
      return false;
    }
  }
  return pattern.find_first_not_of('*', p) == std::string_view::npos;
}

}  // namespace prober::wire

#include "prober/duration.h"

#include <array>
#include <charconv>
#include <cmath>
#include <utility>

namespace prober {
namespace {

// Longer names first, so that "ms" is not read as "m". Both micro signs, as Go takes them.
constexpr std::array<std::pair<std::string_view, double>, 8> kUnits = {{
    {"ns", 1},
    {"us", 1e3},
    {"\xc2\xb5s", 1e3},
    {"\xce\xbcs", 1e3},
    {"ms", 1e6},
    {"s", 1e9},
    {"m", 6e10},
    {"h", 3.6e12},
}};

std::optional<double> take_unit(std::string_view& text) {
  for (const auto& [name, factor] : kUnits) {
    if (text.starts_with(name)) {
      text.remove_prefix(name.size());
      return factor;
    }
  }
  return std::nullopt;
}

std::optional<double> take_number(std::string_view& text) {
  double value = 0;
  const bool starts = !text.empty() && (text[0] == '.' || (text[0] >= '0' && text[0] <= '9'));
  const auto [end, error] =
      std::from_chars(text.data(), text.data() + text.size(), value, std::chars_format::fixed);
  if (!starts || error != std::errc()) {
    return std::nullopt;
  }
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return value;
}

}  // namespace

std::optional<Duration> parse_duration(std::string_view text) {
  if (text == "0" || text == "+0" || text == "-0") {
    return Duration{};
  }
  double sign = 1;
  if (text.starts_with('-') || text.starts_with('+')) {
    sign = text[0] == '-' ? -1 : 1;
    text.remove_prefix(1);
  }
  if (text.empty()) {
    return std::nullopt;
  }
  double total = 0;
  while (!text.empty()) {
    const auto number = take_number(text);
    const auto unit = number ? take_unit(text) : std::nullopt;
    if (!unit) {
      return std::nullopt;
    }
    total += *number * *unit;
  }
  constexpr double kMost = 9.2e18;
  if (total > kMost) {
    return std::nullopt;
  }
  return Duration(static_cast<Duration::rep>(std::llround(sign * total)));
}

}  // namespace prober

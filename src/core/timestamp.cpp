#include "prober/timestamp.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <ctime>

namespace prober {

std::string rfc3339(std::int64_t milliseconds) {
  const std::time_t whole = milliseconds / 1000;
  return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03}Z", fmt::gmtime(whole), milliseconds % 1000);
}

std::optional<std::int64_t> parse_rfc3339(std::string_view text) {
  constexpr std::string_view kForm = "0000-00-00T00:00:00.000Z";
  const auto fits = [](char c, char form) {
    return form == '0' ? c >= '0' && c <= '9' : c == form;
  };
  if (!std::ranges::equal(text, kForm, fits)) {
    return std::nullopt;
  }
  const auto number = [text](std::size_t from, std::size_t size) {
    int out = 0;
    for (const char c : text.substr(from, size)) {
      out = out * 10 + (c - '0');
    }
    return out;
  };
  using namespace std::chrono;
  const year_month_day day{year(number(0, 4)), month(static_cast<unsigned>(number(5, 2))),
                           std::chrono::day(static_cast<unsigned>(number(8, 2)))};
  if (!day.ok() || number(11, 2) > 23 || number(14, 2) > 59 || number(17, 2) > 60) {
    return std::nullopt;
  }
  const auto time = sys_days(day).time_since_epoch() + hours(number(11, 2)) +
                    minutes(number(14, 2)) + std::chrono::seconds(number(17, 2)) +
                    milliseconds(number(20, 3));
  return duration_cast<milliseconds>(time).count();
}

}  // namespace prober

#include "report/time_bar.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "report/stages.h"

namespace prober::report {

std::vector<TimePart> time_parts(const Attempt& attempt) {
  std::vector<TimePart> out;
  const auto add = [&out](TimePart part, std::optional<Duration> time) {
    if (time && *time > Duration{}) {
      part.time = *time;
      out.push_back(part);
    }
  };
  add({"tcp", {}, "░", "."}, time_in(attempt, Stage::Tcp));
  add({"tls", {}, "▒", ":"}, time_in(attempt, Stage::Tls));
  const std::optional<Duration> http = time_in(attempt, Stage::Http);
  const std::optional<Duration>& first = attempt.timings.first_byte;
  const Duration read = first ? attempt.timings.end - *first : Duration{};
  add({"wait", {}, "▓", "="}, http ? std::optional(*http - read) : http);
  add({"read", {}, "█", "#"}, http ? std::optional(read) : http);
  return out;
}

std::string time_bar(const Attempt& attempt, Duration whole, std::size_t width, bool ascii) {
  std::string out;
  for (const TimePart& part : time_parts(attempt)) {
    const double share = whole > Duration{} ? seconds(part.time) / seconds(whole) : 0;
    const auto wide = std::lround(share * static_cast<double>(width));
    for (long i = 0; i < std::max(1L, wide); ++i) {
      out += ascii ? part.ascii : part.symbol;
    }
  }
  return out;
}

std::string time_words(const Attempt& attempt, bool symbols, bool ascii) {
  std::string out;
  for (const TimePart& part : time_parts(attempt)) {
    out += out.empty() ? "" : ", ";
    out += symbols ? fmt::format("{} ", ascii ? part.ascii : part.symbol) : "";
    out += fmt::format("{} {}", part.name, prober::human(part.time));
  }
  return out;
}

}  // namespace prober::report

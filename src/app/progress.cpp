#include "progress.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>

#include "report/escape.h"

namespace prober::app {
namespace {

constexpr std::size_t kMostNamed = 2;

std::string names(const RunProgress& progress) {
  std::string out;
  for (std::size_t i = 0; i < std::min(kMostNamed, progress.open.size()); ++i) {
    out += (i == 0 ? "" : ", ") + progress.open[i].route;
  }
  return progress.open.size() > kMostNamed
             ? fmt::format("{} and {} more", out, progress.open.size() - kMostNamed)
             : out;
}

// Of all of them, or nothing: one that may take for ever outlasts every other.
std::optional<Duration> last_end(const RunProgress& progress) {
  std::optional<Duration> out = Duration{};
  for (const RunProgress::Open& one : progress.open) {
    out = out && one.left ? std::max(out, one.left) : std::nullopt;
  }
  return progress.run_left && (!out || *progress.run_left < *out) ? progress.run_left : out;
}

}  // namespace

std::string progress_line(const RunProgress& progress, std::int64_t now, std::size_t width) {
  std::string out =
      fmt::format("{} of {} done, {} broken", progress.done, progress.all, progress.broken);
  if (!progress.open.empty()) {
    out += "; waiting";
    if (const auto left = last_end(progress)) {
      const auto whole = std::chrono::ceil<std::chrono::seconds>(std::max(*left, Duration{}));
      out += fmt::format(" until {:%H:%M:%S} at most ({} s)", fmt::localtime(now + whole.count()),
                         whole.count());
    }
    out += " for " + names(progress);
    out += progress.open.size() == 1 ? ": " + progress.open.front().what : "";
  }
  out += progress.not_begun > 0 ? fmt::format("; {} not begun", progress.not_begun) : "";
  return report::shorten(report::escape_control(out), width);
}

}  // namespace prober::app

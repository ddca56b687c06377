// The plugin API of Nagios, Icinga and their kin (monitoring-plugins.org/doc/guidelines.html):
//
//   PROBER CRITICAL - 1 failing, 1 warning of 6 routes; wiki: 503 UF ... | failing=1;;0;0;6 ...
//   wiki: failing: 503 UF ...
//   ... | 'api'=0.012s;24;30;0;30
//
// The first line ends at "|", where the performance data begin; the lines below are long output,
// and after a second "|" performance data again.

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>

#include "report/escape.h"
#include "report/report.h"
#include "report/words.h"

namespace prober::report {
namespace {

constexpr std::array<std::string_view, 4> kStatus = {"OK", "WARNING", "CRITICAL", "UNKNOWN"};
// Nagios reads 8 KB of a plugin's output, Icinga more: the worst routes first, then their times.
constexpr std::size_t kMostLines = 20;
constexpr std::size_t kMostTimes = 20;
constexpr std::size_t kLongest = 300;          // bytes of one route's line
constexpr std::size_t kLongestSummary = 1000;  // bytes of the last line

// "|" would begin performance data. Envoy before 1.37 had a comma in its place in the details, and
// `prober explain` takes both. Old web interfaces print the text as HTML.
std::string plain(std::string_view text) {
  std::string out = escape_control(text);
  std::ranges::replace(out, '|', ',');
  std::ranges::replace(out, '<', '(');
  std::ranges::replace(out, '>', ')');
  return out;
}

std::string shortened(const std::string& text, std::size_t most = kLongest) {
  if (text.size() <= most) {
    return text;
  }
  std::size_t cut = most;
  while (cut > 0 && (static_cast<unsigned char>(text[cut]) & 0xc0) == 0x80) {
    --cut;  // not within a character
  }
  return text.substr(0, cut) + "...";
}

// A label in quotes; a quote within is doubled, "=" has no escape.
std::string label(std::string_view name) {
  std::string out = "'";
  for (const char c : plain(name)) {
    out += c == '\'' ? "''" : c == '=' ? "_" : std::string(1, c);
  }
  return out + "'";
}

// The counts of routes with what they may be: an empty threshold means none.
std::string counts(const Summary& summary, State fail_on) {
  const bool degraded = fail_on != State::Failing;
  const bool warning = fail_on == State::Warning;
  return fmt::format(
      "routes={0};;;0 failing={1};;0;0;{0} degraded={2};{3};0;{0} warning={4};{5};0;{0} "
      "unknown={6};;;0;{0} healthy={7};;;0;{0} skipped={8};;;0;{0}",
      summary.routes, summary.failing, summary.degraded, degraded ? ";0" : "0;", summary.warning,
      warning ? ";0" : "0;", summary.unknown, summary.healthy, summary.skipped);
}

// How long the slowest answer of the route took, held against the timeout that ends it.
std::string time_of(const RouteReport& one) {
  const double used = seconds(slowest(one.observation));
  const double limit = seconds(one.route->timeout);
  return limit > 0 ? fmt::format("{}={:.6f}s;{:.6g};{:.6g};0;{:.6g}", label(one.route->name), used,
                                 limit * one.route->probe->warn_at, limit, limit)
                   : fmt::format("{}={:.6f}s;;;0", label(one.route->name), used);
}

bool dull(State state) {
  return state == State::Healthy || state == State::Skipped;
}

std::string first_line(const Report& report, int status, const std::vector<std::size_t>& order) {
  const Summary summary = summarise(report);
  std::string text;
  const auto add = [&text](int number, std::string_view what) {
    text += number == 0 ? "" : fmt::format("{}{} {}", text.empty() ? "" : ", ", number, what);
  };
  add(summary.failing, "failing");
  add(summary.degraded, "degraded");
  add(summary.unknown, "unknown");
  add(summary.warning, "warning");
  add(summary.healthy, "healthy");
  add(summary.skipped, "skipped");
  std::string out = fmt::format("PROBER {} - {}", kStatus.at(static_cast<std::size_t>(status)),
                                text.empty() ? "no routes" : text);
  out += report.rounds > 1 ? fmt::format("; {} rounds", report.rounds) : "";
  out += report.ended_early.empty() ? "" : "; " + plain(report.ended_early);
  if (!order.empty() && !dull(report.routes[order.front()].verdict.state)) {
    const RouteReport& worst = report.routes[order.front()];
    out += "; " + shortened(plain(worst.route->name + ": " + route_words(worst)));
  }
  return out;
}

}  // namespace

int nagios_status(const Report& report, State fail_on) {
  const Summary summary = summarise_news(report);
  const int critical = summary.failing + (fail_on == State::Failing ? 0 : summary.degraded) +
                       (fail_on == State::Warning ? summary.warning : 0);
  if (critical > 0) {
    return 2;
  }
  if (summary.unknown > 0 || report.routes.empty()) {
    return 3;
  }
  return summary.degraded + summary.warning > 0 ? 1 : 0;
}

std::string nagios(const Report& report, State fail_on) {
  const std::vector<std::size_t> order = broken_first(report);
  std::string out =
      fmt::format("{} | {}\n", first_line(report, nagios_status(report, fail_on), order),
                  counts(summarise(report), fail_on));
  std::size_t lines = 0;
  std::size_t untold = 0;
  std::string times;
  std::size_t timed = 0;
  for (const std::size_t index : order) {
    const RouteReport& one = report.routes[index];
    if (!dull(one.verdict.state)) {
      ++(lines < kMostLines ? lines : untold);
      out += untold > 0 ? "" : shortened(plain(one.route->name + ": " + route_words(one))) + "\n";
    }
    if (!one.observation.endpoints.empty() && timed < kMostTimes) {
      times += " " + time_of(one);
      ++timed;
    }
  }
  out += untold > 0 ? fmt::format("and {} more\n", untold) : "";
  out += shortened(plain(summary_words(report)), kLongestSummary);
  return out + (times.empty() ? "" : " |" + times) + "\n";
}

}  // namespace prober::report

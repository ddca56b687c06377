// TAP 14 (testanything.org/tap-version-14-specification.html): a test point for each route in the
// order of the file, with a YAML block where something is to be said.

#include <fmt/format.h>

#include <iterator>
#include <nlohmann/json.hpp>

#include "report/escape.h"
#include "report/findings.h"
#include "report/history.h"
#include "report/report.h"
#include "report/words.h"

namespace prober::report {
namespace {

// In a description "#" begins a directive, and the escape is a backslash.
std::string description(std::string_view text) {
  std::string out;
  for (const char c : escape_control(text)) {
    out += c == '#' || c == '\\' ? std::string{'\\', c} : std::string(1, c);
  }
  return out;
}

// A JSON string is a double-quoted scalar of YAML. Control characters are made visible first:
// readers of TAP know few of the escapes.
std::string scalar(std::string_view text) {
  return nlohmann::json(escape_control(text)).dump();
}

std::string block(const RouteReport& route, const std::vector<Finding>& all) {
  std::string out = "  ---\n";
  auto to = std::back_inserter(out);
  const bool fails = !all.empty() && all.front().level == Finding::Level::Error;
  fmt::format_to(to, "  severity: {}\n", fails ? "fail" : "comment");
  fmt::format_to(to, "  message: {}\n", scalar(route_words(route)));
  if (const std::string at = source_words(route.route->source); !at.empty()) {
    fmt::format_to(to, "  at: {}\n", scalar(at));
  }
  out += all.empty() ? "" : "  findings:\n";
  for (const Finding& one : all) {
    fmt::format_to(to, "    - rule: {}\n      title: {}\n      message: {}\n", scalar(one.rule),
                   scalar(one.title), scalar(one.message));
    if (!one.resolution.empty()) {
      fmt::format_to(to, "      fix: {}\n", scalar(one.resolution));
    }
    if (!one.docs.empty()) {
      fmt::format_to(to, "      docs: {}\n", scalar(one.docs));
    }
  }
  return out + "  ...\n";
}

}  // namespace

std::string tap(const Report& report) {
  std::string out = fmt::format("TAP version 14\n1..{}\n", report.routes.size());
  if (report.routes.empty()) {
    out = "TAP version 14\n1..0 # SKIP no routes\n";
  }
  std::size_t number = 0;
  for (const RouteReport& one : report.routes) {
    const State state = one.verdict.state;
    const bool ok = state == State::Healthy || state == State::Warning || state == State::Skipped;
    fmt::format_to(std::back_inserter(out), "{} {} - {}", ok ? "ok" : "not ok", ++number,
                   description(one.route->name));
    if (state == State::Skipped) {
      out += " # SKIP " + description(one.verdict.reason);
    } else if (!ok && is_known_problem(one)) {
      out += " # TODO " + description(change_words(one));
    }
    out += "\n";
    const std::vector<Finding> all = findings(one);
    out += all.empty() && history_words(one).empty() ? "" : block(one, all);
  }
  return out + "# " + escape_control(summary_words(report)) + "\n";
}

}  // namespace prober::report

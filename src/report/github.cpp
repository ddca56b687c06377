// Workflow commands of GitHub Actions. How they are escaped: actions/toolkit,
// packages/core/src/command.ts.

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "report/escape.h"
#include "report/findings.h"
#include "report/history.h"
#include "report/report.h"
#include "report/words.h"

namespace prober::report {
namespace {

constexpr std::size_t kMostTold = 20;

std::string escape_data(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '%':
        out += "%25";
        break;
      case '\r':
        out += "%0D";
        break;
      case '\n':
        out += "%0A";
        break;
      default:
        out += c;
    }
  }
  return out;
}

std::string escape_property(std::string_view text) {
  std::string out;
  for (const char c : escape_data(text)) {
    out += c == ':' ? "%3A" : c == ',' ? "%2C" : std::string(1, c);
  }
  return out;
}

// The line ends between the parts are ours; foreign ones are visible by then.
std::string message(const RouteReport& route, const Finding& finding) {
  std::string out = escape_control(finding.title);
  if (finding.message != finding.title + ".") {
    out += "\n" + escape_control(finding.message);
  }
  if (!finding.resolution.empty()) {
    out += "\nFix: " + escape_control(finding.resolution);
  }
  const std::string history = escape_control(history_words(route));
  out += history.empty() ? "" : fmt::format("\n{}; {}", to_string(route.verdict.state), history);
  return finding.docs.empty() ? out : out + "\n" + finding.docs;
}

void write(std::string& out, const RouteReport& route, const Finding& finding) {
  const SourcePosition& source = route.route->source;
  out += finding.level == Finding::Level::Error ? "::error " : "::warning ";
  auto to = std::back_inserter(out);
  if (source.file) {
    fmt::format_to(to, "file={},line={},col={},", escape_property(escape_control(*source.file)),
                   source.line, source.column);
  }
  fmt::format_to(
      to, "title={}::{}\n",
      escape_property(fmt::format("{}: {}", escape_control(route.route->name), finding.rule)),
      escape_data(message(route, finding)));
}

// Annotations of the whole run. A step shows ten of a kind, so each thing has one, however many
// routes it is about.
void of_run(std::string& out, std::string_view command, std::string_view title,
            const std::string& text) {
  fmt::format_to(std::back_inserter(out), "::{} title={}::{}\n", command,
                 escape_property(fmt::format("prober: {}", title)), escape_data(text));
}

void retries(std::string& out, const Report& report) {
  std::string text = retry_words(report);
  if (text.empty()) {
    return;
  }
  std::size_t told = 0;
  std::size_t untold = 0;
  for (const std::size_t index : broken_first(report)) {
    const RouteReport& one = report.routes[index];
    if (one.rounds > 1) {
      ++(told < kMostTold ? told : untold);
      text += untold > 0
                  ? ""
                  : fmt::format("\n{}: {}, {}", escape_control(one.route->name),
                                to_string(one.verdict.state), escape_control(rounds_words(one)));
    }
  }
  text += untold > 0 ? fmt::format("\nand {} more", untold) : "";
  of_run(out, "notice", "probed again", text);
}

void baseline(std::string& out, const Report& report) {
  if (!report.baseline) {
    return;
  }
  std::vector<std::string> known;
  for (const RouteReport& one : report.routes) {
    if (is_known_problem(one)) {
      known.push_back(one.route->name);
    }
  }
  std::string text = escape_control(baseline_words(report));
  text +=
      known.empty() ? "" : "\nNot annotated again: " + escape_control(some_of(known, kMostTold));
  of_run(out, "notice", "baseline", text);
}

}  // namespace

std::string github(const Report& report) {
  std::string out;
  for (const std::size_t index : broken_first(report)) {
    if (is_known_problem(report.routes[index])) {
      continue;  // annotated when it was new
    }
    for (const Finding& one : findings(report.routes[index])) {
      write(out, report.routes[index], one);
    }
  }
  if (!report.ended_early.empty()) {
    of_run(out, "warning", "not finished", report.ended_early);
  }
  retries(out, report);
  baseline(out, report);
  return out;
}

}  // namespace prober::report

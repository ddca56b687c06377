// A record for each prediction, so that a sheet can sum shares; a route without one has one record.

#include <fmt/format.h>

#include "report/escape.h"
#include "report/history.h"
#include "report/report.h"
#include "report/words.h"

namespace prober::report {
namespace {

constexpr std::string_view kNames =
    "name,from,file,line,state,reason,share,status,response_flags,details,error,exact,endpoints,"
    "cause,resolution,docs,warnings,time_s,change,rounds,since,first,one_of,one_of_share\r\n";

// The alternatives of a race share one number, and the share that they have together.
std::string race_cells(const PredictedOutcome& outcome) {
  return outcome.race != 0 ? fmt::format("{},{}", outcome.race, outcome.race_share) : ",";
}

// A spreadsheet takes a text that begins with one of these for a formula and would run it. The
// apostrophe in front makes it text (OWASP, "CSV Injection").
bool begins_formula(std::string_view text) {
  return !text.empty() && std::string_view("=+-@").contains(text.front());
}

std::string cell(std::string_view text) {
  std::string visible = escape_control(text);
  if (begins_formula(visible)) {
    visible.insert(0, 1, '\'');
  }
  if (visible.find_first_of(",\"") == std::string::npos && !visible.starts_with(' ') &&
      !visible.ends_with(' ')) {
    return visible;
  }
  std::string out = "\"";
  for (const char c : visible) {
    out += c == '"' ? "\"\"" : std::string(1, c);
  }
  return out + '"';
}

std::string route_cells(const RouteReport& one) {
  const SourcePosition& source = one.route->source;
  return fmt::format("{},{},{},{},{},{}", cell(one.route->name), cell(one.route->from),
                     cell(source.file ? *source.file : ""),
                     source.file ? std::to_string(source.line) : "", to_string(one.verdict.state),
                     cell(one.verdict.reason));
}

std::string outcome_cells(const PredictedOutcome& outcome) {
  const Explanation none;
  const Explanation& words = outcome.explanation ? *outcome.explanation : none;
  return fmt::format(
      "{},{},{},{},{},{},{},{},{},{}", outcome.share ? fmt::format("{}", *outcome.share) : "",
      outcome.prediction.status, cell(to_string(outcome.prediction.flags)),
      cell(outcome.prediction.details), cell(outcome.error), outcome.prediction.exact,
      cell(fmt::format("{}", fmt::join(outcome.endpoints, "; "))), cell(words.cause),
      cell(words.resolution), cell(words.docs));
}

std::string tail_cells(const RouteReport& one) {
  std::string warnings;
  for (const Warning& warning : one.verdict.warnings) {
    warnings += (warnings.empty() ? "" : "; ") + warning.message;
  }
  const bool probed = !one.observation.endpoints.empty();
  const bool known = one.comparison && one.comparison->since_ms != 0;
  return fmt::format("{},{},{},{},{},{}", cell(warnings),
                     probed ? fmt::format("{}", seconds(slowest(one.observation))) : "",
                     one.comparison ? to_string(one.comparison->change) : "", one.rounds,
                     known ? rfc3339(one.comparison->since_ms) : "",
                     one.first ? cell(with_problems(*one.first)) : "");
}

}  // namespace

std::string csv(const Report& report) {
  std::string out(kNames);
  for (const RouteReport& one : report.routes) {
    const std::string head = route_cells(one);
    const std::string tail = tail_cells(one);
    for (const PredictedOutcome& outcome : one.verdict.outcomes) {
      out +=
          fmt::format("{},{},{},{}\r\n", head, outcome_cells(outcome), tail, race_cells(outcome));
    }
    if (one.verdict.outcomes.empty()) {
      out += fmt::format("{},,,,,,,,,,,{},,\r\n", head, tail);
    }
  }
  return out;
}

}  // namespace prober::report

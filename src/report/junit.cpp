// A suite for each route: a case for each stage, then the prediction. What a stage's failure says
// is measured; what the prediction's says is what Pomerium would answer, why, and what to do.

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "report/escape.h"
#include "report/findings.h"
#include "report/history.h"
#include "report/report.h"
#include "report/stages.h"
#include "report/words.h"

namespace prober::report {
namespace {

enum class Result { Passed, Failed, Error, Skipped };

struct Case {
  std::string name;
  Result result = Result::Passed;
  Duration time{};
  std::string type;     // of the failure
  std::string message;  // one line
  std::string text;     // more lines: foreign line ends in them are visible by now
  std::string output;   // of a case that passed, likewise
};

struct Counts {
  std::size_t tests = 0;
  std::size_t failures = 0;
  std::size_t errors = 0;
  std::size_t skipped = 0;

  void add(const Counts& other) {
    tests += other.tests;
    failures += other.failures;
    errors += other.errors;
    skipped += other.skipped;
  }
};

Counts count(const std::vector<Case>& cases) {
  const auto of = [&cases](Result result) {
    return static_cast<std::size_t>(std::ranges::count(cases, result, &Case::result));
  };
  return {cases.size(), of(Result::Failed), of(Result::Error), of(Result::Skipped)};
}

Case stage_case(const StageResult& stage) {
  Case out;
  out.name = to_string(stage.stage);
  out.time = stage.time;
  if (stage.end == StageResult::End::NotReached) {
    out.result = Result::Skipped;
    out.message = "not reached";
  } else if (stage.end == StageResult::End::Failed) {
    out.result = Result::Failed;
    out.type = to_string(stage.stage);
    out.message = stage.seen.empty() ? "failed" : stage.seen.front();
    for (const std::string& one : stage.seen) {
      out.text += escape_control(one) + "\n";
    }
  }
  return out;
}

void add_text(Case& out, const Finding& finding) {
  std::string& text = out.result == Result::Passed ? out.output : out.text;
  text += escape_control(finding.title) + "\n";
  text += finding.message == finding.title + "." ? "" : escape_control(finding.message) + "\n";
  text += finding.resolution.empty() ? "" : "Fix: " + escape_control(finding.resolution) + "\n";
  text += finding.docs.empty() ? "" : finding.docs + "\n";
}

Case prediction_case(const RouteReport& route) {
  Case out;
  out.name = "prediction";
  const Verdict& verdict = route.verdict;
  if (verdict.state == State::Skipped) {
    out.result = Result::Skipped;
    out.message = verdict.reason;
    return out;
  }
  const std::vector<Finding> all = findings(route);
  if (!all.empty() && all.front().level == Finding::Level::Error) {
    out.result = verdict.state == State::Unknown ? Result::Error : Result::Failed;
    out.type = all.front().rule;
    out.message = all.front().title;
  }
  for (const Finding& one : all) {
    add_text(out, one);
  }
  if (const std::string history = history_words(route); !history.empty()) {
    (out.result == Result::Passed ? out.output : out.text) +=
        fmt::format("{}: {}\n", to_string(verdict.state), escape_control(history));
  }
  return out;
}

// With --baseline a problem that is known does not fail the build again.
void skip_failures(std::vector<Case>& cases, const std::string& why) {
  for (Case& one : cases) {
    if (one.result == Result::Failed) {
      one.result = Result::Skipped;
      one.message = fmt::format("{}: {}", why, one.message);
    }
  }
}

// Line ends are ours and stay.
std::string escape_lines(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    out += escape_markup(text.substr(0, end)) + "\n";
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return out;
}

void write_case(std::string& out, const std::string& route, const Case& one) {
  auto to = std::back_inserter(out);
  fmt::format_to(to, R"(    <testcase classname="{}" name="{}" time="{:.6f}")", route, one.name,
                 seconds(one.time));
  const std::string message = escape_markup(one.message);
  switch (one.result) {
    case Result::Passed:
      if (one.output.empty()) {
        out += "/>\n";
        return;
      }
      fmt::format_to(to, ">\n      <system-out>{}</system-out>\n", escape_lines(one.output));
      break;
    case Result::Skipped:
      fmt::format_to(to, ">\n      <skipped message=\"{}\"/>\n", message);
      break;
    case Result::Failed:
    case Result::Error: {
      const char* tag = one.result == Result::Failed ? "failure" : "error";
      fmt::format_to(to, ">\n      <{} type=\"{}\" message=\"{}\">{}</{}>\n", tag,
                     escape_markup(one.type), message, escape_lines(one.text), tag);
      break;
    }
  }
  out += "    </testcase>\n";
}

void write_property(std::string& out, std::string_view name, std::string_view value) {
  if (!value.empty()) {
    fmt::format_to(std::back_inserter(out), "      <property name=\"{}\" value=\"{}\"/>\n", name,
                   escape_markup(value));
  }
}

Counts write_suite(std::string& out, const RouteReport& route, std::string_view timestamp) {
  std::vector<Case> cases;
  if (route.verdict.state != State::Skipped) {
    std::ranges::transform(stages(route), std::back_inserter(cases), stage_case);
  }
  cases.push_back(prediction_case(route));
  if (is_known_problem(route)) {
    skip_failures(cases, change_words(route));
  }
  Duration time{};
  for (const Case& one : cases) {
    time += one.time;
  }
  const Counts counts = count(cases);
  const std::string name = escape_markup(route.route->name);
  fmt::format_to(std::back_inserter(out),
                 R"(  <testsuite name="{}" tests="{}" failures="{}" errors="{}" skipped="{}" )"
                 R"(timestamp="{}" time="{:.6f}">)"
                 "\n    <properties>\n",
                 name, counts.tests, counts.failures, counts.errors, counts.skipped, timestamp,
                 seconds(time));
  write_property(out, "state", to_string(route.verdict.state));
  write_property(out, "change", change_words(route));
  write_property(out, "rounds", rounds_words(route));
  write_property(out, "from", route.route->from);
  write_property(out, "source", source_words(route.route->source));
  out += "    </properties>\n";
  for (const Case& one : cases) {
    write_case(out, name, one);
  }
  out += "  </testsuite>\n";
  return counts;
}

}  // namespace

std::string junit(const Report& report) {
  const std::string timestamp = rfc3339(report.started_at_ms).substr(0, 19);
  std::string suites;
  Counts counts;
  for (const RouteReport& one : report.routes) {
    counts.add(write_suite(suites, one, timestamp));
  }
  return fmt::format(
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
      R"(<testsuites name="prober" tests="{}" failures="{}" errors="{}" time="{:.6f}">)"
      "\n{}</testsuites>\n",
      counts.tests, counts.failures, counts.errors, seconds(report.duration), suites);
}

}  // namespace prober::report

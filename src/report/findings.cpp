#include "report/findings.h"

#include <fmt/format.h>

#include "report/words.h"

namespace prober::report {
namespace {

constexpr std::size_t kMostEvidence = 4;

Finding of_outcome(const PredictedOutcome& outcome) {
  Finding out;
  out.rule = outcome.error;
  out.title = fmt::format("{} ({})", answer_words(outcome.prediction), share_words(outcome));
  if (outcome.explanation) {
    out.message = outcome.explanation->cause;
    out.resolution = outcome.explanation->resolution;
    out.docs = outcome.explanation->docs;
  }
  if (!outcome.evidence.empty()) {
    out.message += fmt::format("{}Measured: {}.", out.message.empty() ? "" : " ",
                               some_of(outcome.evidence, kMostEvidence));
  }
  return out;
}

}  // namespace

std::vector<Finding> findings(const RouteReport& route) {
  std::vector<Finding> out;
  const Verdict& verdict = route.verdict;
  if (verdict.state == State::Unknown) {
    out.push_back(
        {.rule = "unfinished",
         .title = "not known: " + verdict.reason,
         .message = "What the route answers could not be found out: " + verdict.reason + "."});
  }
  if (verdict.state == State::Failing && verdict.outcomes.empty()) {
    out.push_back({.rule = "no_answer", .title = verdict.reason, .message = verdict.reason + "."});
  }
  for (const PredictedOutcome& outcome : verdict.outcomes) {
    if (outcome.fails) {
      out.push_back(of_outcome(outcome));
    }
  }
  for (const Warning& warning : verdict.warnings) {
    out.push_back({.level = Finding::Level::Warning,
                   .rule = warning.code,
                   .title = warning.message,
                   .message = warning.message + "."});
  }
  return out;
}

}  // namespace prober::report

#include "report/history.h"

#include <fmt/format.h>

#include <array>
#include <utility>

#include "prober/timestamp.h"
#include "report/words.h"

namespace prober::report {
namespace {

constexpr std::size_t kMostGone = 8;

std::string with_problems(State state, const std::vector<std::string>& problems) {
  return problems.empty() ? std::string(to_string(state))
                          : fmt::format("{}: {}", to_string(state), fmt::join(problems, ", "));
}

}  // namespace

std::string change_words(const RouteReport& one) {
  if (!one.comparison) {
    return "";
  }
  const Comparison& comparison = *one.comparison;
  const EarlierRoute& before = comparison.before;
  const std::string was = with_problems(before.state, before.problems);
  switch (comparison.change) {
    case Change::None:
      return "";
    case Change::New:
      return comparison.known_route ? "new, was " + was : "new";
    case Change::StillBroken:
      return "still the same, since " + rfc3339(comparison.since_ms);
    case Change::Changed:
      return fmt::format("changed, was {}; not well since {}", was, rfc3339(comparison.since_ms));
    case Change::Fixed:
      return fmt::format("fixed, was {}; since {}", was, rfc3339(before.since_ms));
    case Change::Unknown:
      return comparison.known_route ? "was " + was : "";
  }
  return "";
}

std::string with_problems(const Verdict& verdict) {
  return with_problems(verdict.state, problems_of(verdict));
}

std::string rounds_words(const RouteReport& one) {
  if (one.rounds <= 1) {
    return "";
  }
  std::string out = fmt::format("in round {}", one.rounds);
  if (one.first) {
    const std::string first = with_problems(*one.first);
    out += first == with_problems(one.verdict) ? " as in the first" : ", at first " + first;
  }
  return out;
}

std::string history_words(const RouteReport& one) {
  const std::string rounds = rounds_words(one);
  const std::string change = change_words(one);
  return rounds + (rounds.empty() || change.empty() ? "" : "; ") + change;
}

std::string retry_words(const Report& report) {
  return report.rounds > 1 && report.retry_for
             ? fmt::format("{} rounds within {} (--retry-for)", report.rounds,
                           human(*report.retry_for))
             : "";
}

std::string baseline_words(const Report& report) {
  if (!report.baseline) {
    return "";
  }
  const BaselineSource& baseline = *report.baseline;
  std::string out =
      baseline.started_at_ms
          ? fmt::format("against {} of {}", baseline.file, rfc3339(*baseline.started_at_ms))
          : fmt::format("against nothing: {} was not there", baseline.file);
  constexpr std::array<std::pair<Change, std::string_view>, 5> kWords = {
      {{Change::New, "new"},
       {Change::Changed, "changed"},
       {Change::StillBroken, "still broken"},
       {Change::Fixed, "fixed"},
       {Change::Unknown, "unknown"}}};
  std::string counts;
  for (const auto& [change, word] : kWords) {
    if (const int count = count_changes(report, change); count > 0) {
      counts += fmt::format("{}{} {}", counts.empty() ? "" : ", ", count, word);
    }
  }
  if (!baseline.gone.empty()) {
    counts += fmt::format("{}{} gone ({})", counts.empty() ? "" : ", ", baseline.gone.size(),
                          some_of(baseline.gone, kMostGone));
  }
  return out + ": " + (counts.empty() ? "no change" : counts);
}

}  // namespace prober::report

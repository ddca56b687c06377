// An earlier run against this one. Shares, endpoints and times do not count: they differ from run
// to run without anything having happened.

#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>

#include "prober/baseline.h"
#include "prober/report.h"

namespace prober {
namespace {

bool is_problem(State state) {
  return state != State::Healthy && state != State::Skipped;
}

Change change_of(State now, const std::vector<std::string>& problems, const EarlierRoute* before) {
  if (now == State::Skipped) {
    return Change::None;
  }
  if (now == State::Unknown) {
    return Change::Unknown;
  }
  const bool was_broken = before != nullptr && is_problem(before->state);
  if (now == State::Healthy) {
    return was_broken && before->state != State::Unknown ? Change::Fixed : Change::None;
  }
  if (!was_broken || severity(now) > severity(before->state) ||
      !std::ranges::includes(before->problems, problems)) {
    return Change::New;
  }
  return now == before->state && problems == before->problems ? Change::StillBroken
                                                              : Change::Changed;
}

// The routes of a baseline by name. Several may have one name: the nth here is the nth there.
class ByName {
 public:
  explicit ByName(const std::vector<EarlierRoute>& routes)
      : routes_(routes), taken_(routes.size()) {
    for (std::size_t i = 0; i < routes.size(); ++i) {
      of_name_[routes[i].name].indices.push_back(i);
    }
  }

  // Each route once; null when there is none left.
  const EarlierRoute* take(const std::string& name) {
    const auto found = of_name_.find(name);
    if (found == of_name_.end() || found->second.next == found->second.indices.size()) {
      return nullptr;
    }
    const std::size_t index = found->second.indices[found->second.next++];
    taken_[index] = true;
    return &routes_[index];
  }

  [[nodiscard]] std::vector<std::string> never_taken() const {
    std::vector<std::string> out;
    for (std::size_t i = 0; i < routes_.size(); ++i) {
      if (!taken_[i]) {
        out.push_back(routes_[i].name);
      }
    }
    return out;
  }

 private:
  struct Namesakes {
    std::vector<std::size_t> indices;
    std::size_t next = 0;
  };
  const std::vector<EarlierRoute>& routes_;
  std::vector<bool> taken_;
  std::unordered_map<std::string, Namesakes> of_name_;
};

}  // namespace

std::string_view to_string(Change change) {
  switch (change) {
    case Change::None:
      return "";
    case Change::New:
      return "new";
    case Change::StillBroken:
      return "still_broken";
    case Change::Changed:
      return "changed";
    case Change::Fixed:
      return "fixed";
    case Change::Unknown:
      return "unknown";
  }
  return "";
}

std::vector<std::string> problems_of(const Verdict& verdict) {
  std::vector<std::string> out;
  if (verdict.state == State::Failing || verdict.state == State::Degraded) {
    for (const PredictedOutcome& outcome : verdict.outcomes) {
      if (outcome.fails) {
        out.push_back(fmt::format("{} {}", outcome.prediction.status, outcome.prediction.details));
      }
    }
  } else if (verdict.state == State::Warning) {
    for (const Warning& warning : verdict.warnings) {
      out.push_back(warning.code);
    }
  }
  std::ranges::sort(out);
  out.erase(std::ranges::unique(out).begin(), out.end());
  return out;
}

Comparison compare(const Verdict& now, std::int64_t now_ms, const EarlierRoute* before) {
  Comparison out;
  out.change = change_of(now.state, problems_of(now), before);
  out.known_route = before != nullptr;
  if (before != nullptr) {
    out.before = *before;
  }
  if (is_problem(now.state)) {
    const bool goes_on = before != nullptr && is_problem(before->state);
    out.since_ms = out.change != Change::New && goes_on ? before->since_ms : now_ms;
  }
  return out;
}

void compare(Report& report, const Baseline& baseline, bool chosen) {
  ByName earlier(baseline.routes);
  for (RouteReport& one : report.routes) {
    one.comparison = compare(one.verdict, report.started_at_ms, earlier.take(one.route->name));
  }
  BaselineSource source{baseline.file, {}, {}};
  if (!baseline.missing) {
    source.started_at_ms = baseline.started_at_ms;
  }
  if (!chosen) {
    source.gone = earlier.never_taken();
  }
  report.baseline = std::move(source);
}

bool is_known_problem(const RouteReport& one) {
  return one.comparison && (one.comparison->change == Change::StillBroken ||
                            one.comparison->change == Change::Changed);
}

int count_changes(const Report& report, Change change) {
  return static_cast<int>(std::ranges::count_if(report.routes, [change](const RouteReport& one) {
    return one.comparison && one.comparison->change == change;
  }));
}

bool has_news(const Report& report) {
  if (!report.baseline || !report.baseline->gone.empty()) {
    return true;
  }
  return std::ranges::any_of(report.routes, [](const RouteReport& one) {
    return one.comparison && one.comparison->change != Change::None &&
           one.comparison->change != Change::StillBroken;
  });
}

}  // namespace prober

// An earlier run against this one. Shares, endpoints and times do not count: they differ from run
// to run without anything having happened.

#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <unordered_map>
#include <unordered_set>

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

std::vector<const EarlierRoute*> earlier_routes(const Baseline& baseline,
                                                const std::vector<std::string_view>& names) {
  std::unordered_map<std::string_view, std::deque<const EarlierRoute*>> of_name;
  for (const EarlierRoute& one : baseline.routes) {
    of_name[one.name].push_back(&one);
  }
  std::vector<const EarlierRoute*> out;
  for (const std::string_view name : names) {
    const auto found = of_name.find(name);
    const bool none = found == of_name.end() || found->second.empty();
    out.push_back(none ? nullptr : found->second.front());
    if (!none) {
      found->second.pop_front();
    }
  }
  return out;
}

void compare(Report& report, const Baseline& baseline, bool chosen) {
  std::vector<std::string_view> names;
  names.reserve(report.routes.size());
  for (const RouteReport& one : report.routes) {
    names.emplace_back(one.route->name);
  }
  const std::vector<const EarlierRoute*> earlier = earlier_routes(baseline, names);
  for (std::size_t i = 0; i < earlier.size(); ++i) {
    report.routes[i].comparison =
        compare(report.routes[i].verdict, report.started_at_ms, earlier[i]);
  }
  BaselineSource source{baseline.file, {}, {}};
  if (!baseline.missing) {
    source.started_at_ms = baseline.started_at_ms;
  }
  const std::unordered_set<const EarlierRoute*> still(earlier.begin(), earlier.end());
  for (const EarlierRoute& one : baseline.routes) {
    if (!chosen && !still.contains(&one)) {
      source.gone.push_back(one.name);
    }
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

bool is_news(const RouteReport& one) {
  return !one.comparison ||
         (one.comparison->change != Change::None && one.comparison->change != Change::StillBroken);
}

bool has_news(const Report& report) {
  return !report.baseline || !report.baseline->gone.empty() ||
         std::ranges::any_of(report.routes, is_news);
}

}  // namespace prober

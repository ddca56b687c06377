#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "prober/attempt.h"
#include "prober/baseline.h"
#include "prober/duration.h"
#include "prober/route.h"
#include "prober/verdict.h"

namespace prober {

/// One route's line of the report.
struct RouteReport {
  const Route* route = nullptr;  // must outlive the report
  Observation observation;       // of the last round
  Verdict verdict;
  std::optional<Comparison> comparison;  // with --baseline
  int rounds = 1;                        // how often it was probed: more than once with --retry-for
  std::optional<Verdict> first;          // the first round's, when there were more
};

/// Whether the baseline had the route's problem already, so that it does not count as news.
[[nodiscard]] bool is_known_problem(const RouteReport& one);

/// The run that a report is held against.
struct BaselineSource {
  std::string file;
  std::optional<std::int64_t> started_at_ms;  // unset: there was no such file
  std::vector<std::string> gone;  // names that only the baseline has; empty when --route chose
};

/// What every format prints. Immutable once made.
struct Report {
  std::string version;  // prober's
  EnvoyVersion proxy = EnvoyVersion::V1_38;
  std::int64_t started_at_ms = 0;  // milliseconds since 1970, UTC
  Duration duration{};
  std::vector<RouteReport> routes;  // in the order of the file
  std::optional<BaselineSource> baseline;
  std::optional<Duration> retry_for;  // with --retry-for
  int rounds = 1;
  std::string ended_early;  // why not all of it was done: "interrupted"; empty: it was
};

struct Summary {
  int routes = 0;
  int healthy = 0;
  int warning = 0;
  int degraded = 0;
  int failing = 0;
  int unknown = 0;
  int skipped = 0;
};

[[nodiscard]] Summary summarise(const Report& report);
/// The same without the problems that the baseline had already.
[[nodiscard]] Summary summarise_news(const Report& report);

/// How many routes have that change; 0 without a baseline.
[[nodiscard]] int count_changes(const Report& report, Change change);

/// Whether anything differs from the baseline: a problem that is new, changed, fixed or could not
/// be looked at, or a route that is gone. True without a baseline.
[[nodiscard]] bool has_news(const Report& report);

/// The same of one route.
[[nodiscard]] bool is_news(const RouteReport& one);

/// Fills in every route's comparison and the report's `baseline`. `chosen` says that --route left
/// routes out on purpose, which are then not gone.
void compare(Report& report, const Baseline& baseline, bool chosen);

/// Indices into report.routes, broken first: failing, degraded, unknown, warning, healthy, skipped;
/// within a state in the order of the file.
[[nodiscard]] std::vector<std::size_t> broken_first(const Report& report);

}  // namespace prober

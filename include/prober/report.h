#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "prober/attempt.h"
#include "prober/duration.h"
#include "prober/route.h"
#include "prober/verdict.h"

namespace prober {

/// One route's line of the report.
struct RouteReport {
  const Route* route = nullptr;  // must outlive the report
  Observation observation;
  Verdict verdict;
};

/// What every format prints. Immutable once made.
struct Report {
  std::string version;  // prober's
  EnvoyVersion proxy = EnvoyVersion::V1_38;
  std::int64_t started_at_ms = 0;  // milliseconds since 1970, UTC
  Duration duration{};
  std::vector<RouteReport> routes;  // in the order of the file
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

/// Indices into report.routes, broken first: failing, degraded, unknown, warning, healthy, skipped;
/// within a state in the order of the file.
[[nodiscard]] std::vector<std::size_t> broken_first(const Report& report);

}  // namespace prober

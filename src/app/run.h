#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "net/engine.h"
#include "net/loop.h"
#include "prober/report.h"
#include "prober/route.h"

namespace prober::app {

/// How many connections may be open at once: what the configuration says, less when descriptors do
/// not suffice, with a warning in the log.
[[nodiscard]] std::size_t concurrency_of(const Settings& settings);

/// Seconds since 1970, UTC.
[[nodiscard]] std::int64_t wall_clock();

struct RunLimits {
  std::optional<Duration> timeout;  // of the whole run
  bool progress = false;            // a live line on stderr when it takes longer than a second
  // Completes what is said of the route (an index) that has just been judged, and tells whether it
  // is well. May be empty: all are.
  std::function<bool(Report&, std::size_t)> examine;
  // Each route once, as soon as no later round can change it; may be empty.
  std::function<void(const RouteReport&)> on_final;
  // Probes what is not well in further rounds, until all is well or this time since the start is
  // over. A route whose method is not safe is never probed twice.
  std::optional<Duration> retry_for;
};

struct RunResult {
  Report report;
  bool interrupted = false;  // by SIGINT or SIGTERM
};

/// Probes every chosen route once and judges it; those that are not well in further rounds when
/// `limits` say so, each of which is told of on stderr. Routes that were not finished by the end
/// are Unknown, with the reason, or stand as their last whole round found them. `routes` point into
/// `configuration`, which must outlive the report.
[[nodiscard]] RunResult run_once(const Configuration& configuration,
                                 const std::vector<const Route*>& routes, const RunLimits& limits);

}  // namespace prober::app

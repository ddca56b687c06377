#pragma once

#include <string>
#include <vector>

#include "prober/report.h"

namespace prober::report {

/// How far a route's probes came, over all of its endpoints.
struct StageResult {
  enum class End { NotReached, Passed, Failed };
  Stage stage = Stage::Dns;
  End end = End::NotReached;
  Duration time{};                // the slowest
  std::vector<std::string> seen;  // what was measured where it failed, one sentence each
};

/// The stages that the route has, in their order: dns where there are names to look up, tls where
/// an upstream speaks it, http unless the upstreams are only connected to.
[[nodiscard]] std::vector<StageResult> stages(const RouteReport& route);

/// How long one attempt spent in a stage; nothing where it did not begin it. Of the last stage the
/// time until the end.
[[nodiscard]] std::optional<Duration> time_in(const Attempt& attempt, Stage stage);

}  // namespace prober::report

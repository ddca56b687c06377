#pragma once

#include <string>
#include <vector>

#include "prober/baseline.h"
#include "prober/error.h"
#include "prober/route.h"

namespace prober::app {

/// Reads an earlier JSON report of ours. A file that is not there is an empty baseline with
/// `missing` set: the first run of a cron job has none, and then every problem is new, so nothing
/// is hidden. Everything else that is no such report is an Error that says what it is instead; so
/// is a report that has none of the configured `routes`.
[[nodiscard]] Result<Baseline> read_baseline(const std::string& path,
                                             const std::vector<Route>& routes);

}  // namespace prober::app

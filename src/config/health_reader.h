#pragma once

#include <vector>

#include "config/fields.h"
#include "prober/route.h"

namespace prober::config {

/// Reads health_checks: a list, or a map that stands for a list of one.
[[nodiscard]] std::vector<HealthCheck> read_health_checks(const Fields& route, const Route& about);

[[nodiscard]] OutlierDetection read_outlier_detection(const Value& block, Problems& problems);

}  // namespace prober::config

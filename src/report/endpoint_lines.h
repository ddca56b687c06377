#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "prober/report.h"

namespace prober::report {

struct Line {
  std::string_view label;
  std::string text;  // may hold foreign text as it came
};

/// What `-v` adds to a route: lookups, stages and timings of each endpoint, headroom. From
/// verbosity 2 on every sample, and the certificates.
[[nodiscard]] std::vector<Line> endpoint_lines(const RouteReport& route, int verbosity);

}  // namespace prober::report

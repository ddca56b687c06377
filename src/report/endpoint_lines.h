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

struct LineOptions {
  int verbosity = 1;
  std::size_t bar = 0;  // columns of the bar of timings; 0: none
  bool ascii = false;
};

/// What `-v` adds to a route: lookups, stages and timings of each endpoint, headroom. From
/// verbosity 2 on every sample, and the chain of certificates.
[[nodiscard]] std::vector<Line> endpoint_lines(const RouteReport& route,
                                               const LineOptions& options);

}  // namespace prober::report

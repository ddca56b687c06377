#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "prober/duration.h"

namespace prober::app {

/// How far a run has come.
struct RunProgress {
  struct Open {
    std::string route;
    std::string what;              // that it waits for: "the answer of 10.0.0.5:80"
    std::optional<Duration> left;  // until it is over at the latest, where that is known
  };
  std::size_t done = 0;
  std::size_t all = 0;
  std::size_t broken = 0;
  std::vector<Open> open;            // in the order in which they were begun
  std::size_t not_begun = 0;         // they wait for a free connection
  std::optional<Duration> run_left;  // until --timeout ends them all
};

/// One line for a terminal of that many columns, cut where it does not fit: what is done, what is
/// waited for, and until when at the latest where that is known of all that are open. `now`:
/// seconds since 1970; the line has local time. Foreign text is escaped.
[[nodiscard]] std::string progress_line(const RunProgress& progress, std::int64_t now,
                                        std::size_t width);

}  // namespace prober::app

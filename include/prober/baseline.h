#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "prober/verdict.h"

namespace prober {

/// How a route's problem stands to that of an earlier run. A problem is every state but healthy and
/// skipped.
enum class Change {
  None,         // sound in both runs, or not probed in this one
  New,          // a problem that the earlier run did not have, or a worse state
  StillBroken,  // the same problem
  Changed,      // a part of the earlier problem: better, not yet well
  Fixed,        // a problem then, sound now
  Unknown,      // this run could not find out; what was known then is handed on
};
/// "new", "still_broken", "changed", "fixed", "unknown"; "" for None.
[[nodiscard]] std::string_view to_string(Change change);

/// What is wrong with a route, comparable between runs: status and details of every outcome that
/// fails ("503 no_healthy_upstream"), or the codes of the warnings when nothing worse is the
/// matter. Sorted, each once; empty for a sound route.
[[nodiscard]] std::vector<std::string> problems_of(const Verdict& verdict);

/// What an earlier run said of one route.
struct EarlierRoute {
  std::string name;
  State state = State::Healthy;
  std::vector<std::string> problems;  // as problems_of() gives them
  std::int64_t since_ms = 0;          // since when the problem is known; ms since 1970, UTC
};

/// An earlier report (`--baseline`). Immutable once made.
struct Baseline {
  std::string file;                  // as on the command line
  bool missing = false;              // there was no such file: a first run, all problems are new
  std::int64_t started_at_ms = 0;    // of the earlier run; milliseconds since 1970, UTC
  std::vector<EarlierRoute> routes;  // in the order of that report
};

/// For each name the route of the baseline that bears it; null when none does. Several may bear one
/// name: the nth is the nth of that report. They point into `baseline`.
[[nodiscard]] std::vector<const EarlierRoute*> earlier_routes(
    const Baseline& baseline, const std::vector<std::string_view>& names);

/// A route held against the baseline.
struct Comparison {
  Change change = Change::None;
  bool known_route = false;   // whether the baseline has the route
  EarlierRoute before;        // meaningful with known_route
  std::int64_t since_ms = 0;  // since when the problem of now is known; 0 without a problem
};

/// Compares one verdict. Pure. `before` is null when the baseline does not have the route.
[[nodiscard]] Comparison compare(const Verdict& now, std::int64_t now_ms,
                                 const EarlierRoute* before);

}  // namespace prober

#pragma once

#include <optional>
#include <vector>

#include "command_line.h"
#include "output.h"
#include "prober/error.h"
#include "prober/report.h"

namespace prober::app {

/// The state from which on --fail-on counts a route.
[[nodiscard]] State fail_on_state(const Options& options);

/// Everything that a run writes.
class Reports {
 public:
  /// Opens every target, so that an unwritable one is found before anything is probed.
  [[nodiscard]] static Result<Reports> open(const Options& options);

  /// Hands over a route of which nothing will change any more: jsonl is written route by route.
  /// With
  /// --only-changes standard output gets nothing before the first news, and then all.
  void on_route(const RouteReport& route);

  /// Writes them all, but with --only-changes and without news nothing to standard output. Call
  /// once; an Error names the target.
  [[nodiscard]] Result<void> write(const Report& report, const Options& options);

 private:
  struct Target {
    report::Format format;
    bool to_file;
    Output output;
    bool route_by_route;
    std::string held;  // until there is news
  };

  [[nodiscard]] bool commands_follow(const Target& target) const;
  [[nodiscard]] std::string text(const Report& report, const Target& target,
                                 const Options& options) const;

  std::vector<Target> targets_;
  std::optional<Output> step_summary_;
  Result<void> streamed_;
  bool only_changes_ = false;
  bool news_ = false;
};

}  // namespace prober::app

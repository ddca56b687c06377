#include "once.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "baseline.h"
#include "configuration.h"
#include "lock.h"
#include "reports.h"
#include "run.h"

namespace prober::app {
namespace {

bool for_nagios(const Options& options) {
  const FormatTarget& first = options.formats.front();
  return first.format == report::Format::Nagios && first.file.empty();
}

// Says why nothing, or not everything, was done. Nagios shows standard output, and knows no code
// above 3 (UNKNOWN).
ExitCode end_with(ExitCode code, const Options& options, const Error& error) {
  fmt::print(stderr, "prober: {}\n", error.message);
  if (!for_nagios(options)) {
    return code;
  }
  fmt::print("PROBER UNKNOWN - {}\n", error.message);
  return ExitCode::Configuration;
}

ExitCode failure(const Options& options, const Error& error) {
  return end_with(ExitCode::Failure, options, error);
}

ExitCode refusal(const Options& options, const Error& error) {
  return end_with(ExitCode::Configuration, options, error);
}

ExitCode exit_code_for(const RouteReport& one, const Options& options) {
  if (is_known_problem(one)) {
    return ExitCode::Ok;
  }
  const State state = one.verdict.state;
  const bool broken =
      state == State::Unknown || severity(state) >= severity(fail_on_state(options));
  return broken                                      ? ExitCode::Broken
         : options.strict && state == State::Warning ? ExitCode::WarningsOnly
                                                     : ExitCode::Ok;
}

// The comparisons of --baseline: of each route as it is judged, so that it can be written then, and
// of the whole.
class Comparer {
 public:
  Comparer(std::optional<Baseline> baseline, const Options& options,
           const std::vector<const Route*>& routes)
      : baseline_(std::move(baseline)), chosen_(!options.route_globs.empty()) {
    if (baseline_) {
      std::vector<std::string_view> names;
      names.reserve(routes.size());
      for (const Route* one : routes) {
        names.emplace_back(one->name);
      }
      earlier_ = earlier_routes(*baseline_, names);
    }
  }
  Comparer(const Comparer&) = delete;
  Comparer& operator=(const Comparer&) = delete;
  Comparer(Comparer&&) = default;  // a moved list keeps its elements where they are
  Comparer& operator=(Comparer&&) = default;
  ~Comparer() = default;

  void one(Report& report, std::size_t index) const {
    if (baseline_) {
      RouteReport& route = report.routes[index];
      route.comparison = compare(route.verdict, report.started_at_ms, earlier_[index]);
    }
  }

  void all(Report& report) const {
    if (baseline_) {
      compare(report, *baseline_, chosen_);
    }
  }

 private:
  std::optional<Baseline> baseline_;
  bool chosen_;
  std::vector<const EarlierRoute*> earlier_;  // by index of the report's routes
};

Result<Comparer> comparer(const Options& options, const Configuration& configuration,
                          const std::vector<const Route*>& routes) {
  if (options.baseline.empty()) {
    return Comparer({}, options, routes);
  }
  auto baseline = read_baseline(options.baseline, configuration.routes);
  if (!baseline) {
    return std::unexpected(baseline.error());
  }
  if (baseline->missing) {
    fmt::print(stderr, "prober: the baseline {} is not there: every problem counts as new\n",
               options.baseline);
  }
  return Comparer(std::move(*baseline), options, routes);
}

// The baseline is read by now: one of the targets may be the same file.
ExitCode run_and_report(const Options& options, const Configuration& configuration,
                        const std::vector<const Route*>& routes, const Comparer& comparer) {
  auto reports = Reports::open(options);
  if (!reports) {
    return failure(options, reports.error());
  }
  RunLimits limits;
  limits.timeout = options.timeout;
  limits.progress = isatty(STDERR_FILENO) != 0;
  limits.retry_for = options.retry_for;
  limits.examine = [&](Report& report, std::size_t index) {
    comparer.one(report, index);
    return exit_code_for(report.routes[index], options) == ExitCode::Ok;
  };
  limits.on_final = [&reports](const RouteReport& route) { reports->on_route(route); };
  RunResult result = run_once(configuration, routes, limits);
  comparer.all(result.report);
  if (const auto written = reports->write(result.report, options); !written) {
    return failure(options, written.error());
  }
  if (for_nagios(options)) {
    return static_cast<ExitCode>(report::nagios_status(result.report, fail_on_state(options)));
  }
  return result.interrupted ? ExitCode::Interrupted : exit_code_for(result.report, options);
}

}  // namespace

ExitCode exit_code_for(const Report& report, const Options& options) {
  ExitCode out = ExitCode::Ok;
  for (const RouteReport& one : report.routes) {
    const ExitCode code = exit_code_for(one, options);
    if (code == ExitCode::Broken) {
      return code;
    }
    out = std::max(out, code);
  }
  return out;
}

ExitCode probe_and_report(const Options& options, const Configuration& configuration) {
  const auto routes = chosen_routes(configuration, options.route_globs);
  if (routes.empty() && !options.route_globs.empty()) {
    return refusal(options, {fmt::format("no route matches --route {}",
                                         fmt::join(options.route_globs, " --route "))});
  }
  // Held until the reports are written. Before the baseline, which another run may be writing.
  std::optional<Lock> lock;
  if (!options.lock.empty()) {
    auto taken = Lock::take(options.lock);
    if (!taken) {
      return failure(options, taken.error());
    }
    lock.emplace(std::move(*taken));
  }
  const auto compared = comparer(options, configuration, routes);
  if (!compared) {
    return refusal(options, compared.error());
  }
  return run_and_report(options, configuration, routes, *compared);
}

ExitCode run_once_command(const Options& options) {
  const auto configuration = load_configuration(options);
  if (!configuration && for_nagios(options)) {
    fmt::print("PROBER UNKNOWN - the configuration is not sound: prober check says why\n");
  }
  return configuration ? probe_and_report(options, *configuration) : ExitCode::Configuration;
}

}  // namespace prober::app

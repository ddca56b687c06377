#pragma once

#include <vector>

#include "command_line.h"
#include "exit_code.h"
#include "prober/report.h"
#include "prober/route.h"

namespace prober::app {

/// `prober --once`: probes every chosen route once and writes the reports.
[[nodiscard]] ExitCode run_once_command(const Options& options);

/// Probes and reports; what `--once` and `demo` have in common.
[[nodiscard]] ExitCode probe_and_report(const Options& options, const Configuration& configuration);

/// The exit code for a report, by --fail-on and --strict (README.md, "Exit codes"). With a baseline
/// the problems that it had already do not count.
[[nodiscard]] ExitCode exit_code_for(const Report& report, const Options& options);

}  // namespace prober::app

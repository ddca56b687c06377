#pragma once

#include "command_line.h"
#include "exit_code.h"
#include "prober/route.h"

namespace prober::app {

/// Probes every route at its interval until SIGTERM or SIGINT, and prints a line to standard output
/// for each change of a route's state. SIGHUP reads the configuration again; a bad one is refused
/// and the old one goes on.
[[nodiscard]] ExitCode run_daemon(const Options& options, Configuration configuration);

}  // namespace prober::app

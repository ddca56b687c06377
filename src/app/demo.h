#pragma once

#include "command_line.h"
#include "exit_code.h"

namespace prober::app {

/// `prober demo`: starts upstreams on loopback that fail in every documented way and probes them;
/// with
/// --serve it keeps them up and prints the configuration to use against them.
[[nodiscard]] ExitCode run_demo(const Options& options);

}  // namespace prober::app

#pragma once

#include "command_line.h"
#include "exit_code.h"

namespace prober::app {

/// `prober check`: validates the configuration without probing; every problem on standard output.
[[nodiscard]] ExitCode run_check(const Options& options);

}  // namespace prober::app

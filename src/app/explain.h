#pragma once

#include "command_line.h"
#include "exit_code.h"

namespace prober::app {

/// `prober explain`: what response code details, or a line of Pomerium's access log, mean.
[[nodiscard]] ExitCode run_explain(const Options& options);

}  // namespace prober::app

#pragma once

namespace prober::app {

/// What the process says when it ends; README.md has the table for users.
enum class ExitCode {
  Ok = 0,
  Broken = 1,  // a route at or above --fail-on, or unfinished; `explain` did not know the text
  WarningsOnly = 2,   // with --strict
  Configuration = 3,  // usage or configuration error
  Failure = 4,        // prober itself failed
  Interrupted = 130,  // SIGINT
};

}  // namespace prober::app

#include "check.h"

#include <fmt/format.h>

#include <algorithm>

#include "configuration.h"
#include "report/escape.h"

namespace prober::app {

ExitCode run_check(const Options& options) {
  const auto files = config_files(options);
  if (!files) {
    fmt::print(stderr, "prober: nothing to check: name a file with -c FILE\n");
    return ExitCode::Configuration;
  }
  const config::Loaded loaded = config::load_files(*files, {.files_must_exist = !options.no_files});
  for (const config::Diagnostic& one : loaded.diagnostics) {
    fmt::print("{}\n", report::escape_control(config::to_string(one)));
  }
  const auto errors = std::ranges::count(loaded.diagnostics, config::Severity::Error,
                                         &config::Diagnostic::severity);
  const auto warnings = static_cast<std::ptrdiff_t>(loaded.diagnostics.size()) - errors;
  if (loaded.configuration) {
    fmt::print("{} routes, {} warning{}: ok\n", loaded.configuration->routes.size(), warnings,
               warnings == 1 ? "" : "s");
    return options.strict && warnings > 0 ? ExitCode::WarningsOnly : ExitCode::Ok;
  }
  fmt::print("{} error{}, {} warning{}\n", errors, errors == 1 ? "" : "s", warnings,
             warnings == 1 ? "" : "s");
  return ExitCode::Configuration;
}

}  // namespace prober::app

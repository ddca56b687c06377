#include "check.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>

#include "configuration.h"
#include "report/escape.h"

namespace prober::app {
namespace {

std::string counted(std::ptrdiff_t count, std::string_view noun) {
  return fmt::format("{} {}{}", count, noun, count == 1 ? "" : "s");
}

// A reload forgives what a start does not: Pomerium goes on with what it had.
void print_consequences(const std::vector<config::Diagnostic>& diagnostics) {
  const auto has = [&diagnostics](config::Consequence consequence) {
    return std::ranges::any_of(diagnostics, [consequence](const config::Diagnostic& one) {
      return one.consequence == consequence;
    });
  };
  if (has(config::Consequence::RefusesToStart)) {
    fmt::print(
        "works until the next restart: a Pomerium that is running ignores this file on a reload "
        "and keeps its routes, and does not start with it\n");
  } else if (has(config::Consequence::AllRoutesDown)) {
    fmt::print(
        "works until the next restart: a Pomerium that is running keeps its old routes on a "
        "reload (new ones do not work), and after a start no route does\n");
  }
}

}  // namespace

ExitCode run_check(const Options& options) {
  const auto files = config_files(options);
  if (!files) {
    fmt::print(stderr, "prober: nothing to check: name a file with -c FILE\n");
    return ExitCode::Configuration;
  }
  const config::Loaded loaded = config::load_files(*files, load_options(options));
  for (const config::Diagnostic& one : loaded.diagnostics) {
    fmt::print("{}\n", report::escape_control(config::to_string(one)));
  }
  print_consequences(loaded.diagnostics);
  const auto errors = std::ranges::count_if(loaded.diagnostics, &config::Diagnostic::is_error);
  const auto warnings = static_cast<std::ptrdiff_t>(loaded.diagnostics.size()) - errors;
  if (errors == 0 && loaded.configuration) {
    fmt::print("{}, {}: ok\n",
               counted(static_cast<std::ptrdiff_t>(loaded.configuration->routes.size()), "route"),
               counted(warnings, "warning"));
    return options.strict && warnings > 0 ? ExitCode::WarningsOnly : ExitCode::Ok;
  }
  fmt::print("{}, {}\n", counted(errors, "error"), counted(warnings, "warning"));
  return ExitCode::Configuration;
}

}  // namespace prober::app

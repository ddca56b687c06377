// prober: which error would Pomerium serve for each upstream, why, and what to change.
//
// The map, in the order in which data flows:
//   src/config     YAML -> Route. The only place that sees yaml-cpp
//   src/net        Route -> Attempt: resolver, connections, one session for each probe
//   src/wire       what the bytes mean: HTTP/1, HTTP/2, BoringSSL's names; used by net
//   src/core       Attempt -> Prediction -> Verdict, and the words for it. Pure
//   src/report     Report -> text, one file for each format
//   src/simulator  upstreams that fail on purpose, for `demo` and the tests
//   src/app        this folder:
//     command_line   arguments -> Options
//     configuration  which files, which routes
//     once, run      --once: probe all, judge, write the reports (output)
//     daemon         without --once: schedule, reload, lines for changes of state
//     check, explain, demo  the commands of these names
//   include/prober contracts between all of them

#include <fmt/format.h>

#include <clocale>
#include <csignal>
#include <exception>

#include "check.h"
#include "command_line.h"
#include "configuration.h"
#include "daemon.h"
#include "demo.h"
#include "explain.h"
#include "log.h"
#include "once.h"

namespace prober::app {
namespace {

ExitCode dispatch(const Options& options) {
  switch (options.command) {
    case Command::Once:
      return run_once_command(options);
    case Command::Check:
      return run_check(options);
    case Command::Explain:
      return run_explain(options);
    case Command::Demo:
      return run_demo(options);
    case Command::Daemon:
      break;
  }
  auto configuration = load_configuration(options);
  return configuration ? run_daemon(options, std::move(*configuration)) : ExitCode::Configuration;
}

ExitCode run(int argc, char** argv) {
  const auto options = parse_command_line(argc, argv);
  if (!options) {
    return options.error();
  }
  set_up_log(options->log_level, options->log_json);
  return dispatch(*options);
}

}  // namespace
}  // namespace prober::app

int main(int argc, char** argv) {
  std::setlocale(LC_CTYPE, "");
  std::signal(SIGPIPE, SIG_IGN);  // a closed pipe or connection is an error of the write
  try {
    return static_cast<int>(prober::app::run(argc, argv));
  } catch (const std::exception& error) {
    fmt::print(stderr, "prober: {}\n", error.what());
    return static_cast<int>(prober::app::ExitCode::Failure);
  }
}

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
//     help           --help, `prober help TOPIC`, --version
//     once, run      --once: probe all, judge, write the reports (output)
//     baseline, lock  --baseline and --lock
//     daemon         without --once: schedule, reload, lines for changes of state
//     check, explain, demo  the commands of these names
//   include/prober contracts between all of them

#include <fcntl.h>
#include <fmt/format.h>

#include <cerrno>
#include <clocale>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <system_error>

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

// A stream that the caller closed must not become the number of a socket or file of ours. Writing
// to it goes on failing, because it is open for reading only.
void occupy_standard_streams() {
  for (int fd = 0; fd <= 2; ++fd) {
    if (::fcntl(fd, F_GETFD) == -1 && ::open("/dev/null", O_RDONLY) < 0) {
      std::_Exit(static_cast<int>(ExitCode::Failure));
    }
  }
}

// What was printed counts only once it is written. A reader that has seen enough (`| head -1`) is
// no failure.
ExitCode flush(ExitCode code) {
  errno = 0;
  if ((std::fflush(stdout) == 0 && std::ferror(stdout) == 0) || errno == EPIPE) {
    return code;
  }
  fmt::print(stderr, "prober: cannot write standard output: {}\n",
             errno == 0 ? "it failed before" : std::strerror(errno));
  return ExitCode::Failure;
}

}  // namespace
}  // namespace prober::app

int main(int argc, char** argv) {
  std::setlocale(LC_CTYPE, "");
  std::signal(SIGPIPE, SIG_IGN);  // a closed pipe or connection is an error of the write
  prober::app::occupy_standard_streams();
  try {
    return static_cast<int>(prober::app::flush(prober::app::run(argc, argv)));
  } catch (const std::system_error& error) {
    if (error.code().value() != EPIPE) {
      std::fprintf(stderr, "prober: %s\n", error.what());
    }
  } catch (const std::exception& error) {
    std::fprintf(stderr, "prober: %s\n", error.what());
  }
  return static_cast<int>(prober::app::ExitCode::Failure);
}

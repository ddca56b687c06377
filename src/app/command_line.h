#pragma once

#include <expected>
#include <optional>
#include <string>
#include <vector>

#include "exit_code.h"
#include "prober/duration.h"
#include "report/report.h"

namespace prober::app {

enum class Command { Daemon, Once, Check, Explain, Demo };
enum class ColourChoice { Auto, Always, Never };

struct FormatTarget {
  report::Format format = report::Format::Human;
  std::string file;  // empty: standard output, or -o
};

struct Options {
  Command command = Command::Daemon;
  std::vector<std::string> configs;  // as given; the defaults are filled in by the commands
  std::vector<FormatTarget> formats;
  std::string output;  // -o
  std::vector<std::string> route_globs;
  int verbosity = 0;
  bool quiet = false;
  bool strict = false;
  std::string fail_on = "degraded";
  ColourChoice colour = ColourChoice::Auto;
  std::optional<Duration> timeout;  // of the whole run
  std::optional<Duration> retry_for;
  std::string baseline;  // a file
  bool only_changes = false;
  std::string lock;  // a file
  std::string log_level = "warning";
  bool log_json = false;
  bool no_files = false;     // check
  bool environment = false;  // --env
  bool serve = false;        // demo
  bool all_faults = false;   // demo
  std::string explain_text;  // explain; "-" or empty: standard input
};

/// Reads the arguments. Otherwise the code to end with: 0 after --help and --version, 3 after a
/// usage error, whose message is on stderr by then.
[[nodiscard]] std::expected<Options, ExitCode> parse_command_line(int argc, char** argv);

}  // namespace prober::app

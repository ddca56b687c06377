#include "once.h"

#include <fmt/format.h>
#include <langinfo.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "configuration.h"
#include "output.h"
#include "run.h"

namespace prober::app {
namespace {

constexpr int kDefaultWidth = 80;

bool is_terminal(const Options& options) {
  return options.output.empty() && isatty(STDOUT_FILENO) != 0;
}

int terminal_width(bool terminal) {
  winsize size{};
  if (terminal && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) {
    return size.ws_col;
  }
  return kDefaultWidth;
}

report::HumanOptions human_options(const Options& options, bool to_file) {
  const bool terminal = is_terminal(options) && !to_file;
  const char* no_color = std::getenv("NO_COLOR");
  const bool forbidden = no_color != nullptr && *no_color != '\0';
  report::HumanOptions out;
  out.verbosity = options.verbosity;
  out.quiet = options.quiet;
  out.colour = options.colour == ColourChoice::Always ||
               (options.colour == ColourChoice::Auto && terminal && !forbidden);
  out.ascii = std::strcmp(nl_langinfo(CODESET), "UTF-8") != 0;
  out.width = terminal_width(terminal);
  return out;
}

struct Target {
  report::Format format;
  bool to_file;
  Output output;
};

Result<std::vector<Target>> open_targets(const Options& options) {
  std::vector<Target> out;
  for (const FormatTarget& one : options.formats) {
    const std::string& path = one.file.empty() ? options.output : one.file;
    if (path.empty()) {
      out.push_back({one.format, false, Output()});
      continue;
    }
    auto output = Output::open(path);
    if (!output) {
      return std::unexpected(output.error());
    }
    out.push_back({one.format, true, std::move(*output)});
  }
  return out;
}

std::string render(const Report& report, const Target& target, const Options& options) {
  switch (target.format) {
    case report::Format::Human:
      return report::human(report, human_options(options, target.to_file));
    case report::Format::Json:
      return report::json(report);
  }
  std::unreachable();
}

}  // namespace

ExitCode exit_code_for(const Report& report, const Options& options) {
  const Summary summary = summarise(report);
  const int at_or_above = summary.failing + (options.fail_on == "failing" ? 0 : summary.degraded) +
                          (options.fail_on == "warning" ? summary.warning : 0);
  if (at_or_above > 0 || summary.unknown > 0) {
    return ExitCode::Broken;
  }
  return options.strict && summary.warning > 0 ? ExitCode::WarningsOnly : ExitCode::Ok;
}

ExitCode probe_and_report(const Options& options, const Configuration& configuration) {
  const auto routes = chosen_routes(configuration, options.route_globs);
  if (routes.empty() && !options.route_globs.empty()) {
    fmt::print(stderr, "prober: no route matches --route {}\n",
               fmt::join(options.route_globs, " --route "));
    return ExitCode::Configuration;
  }
  auto targets = open_targets(options);
  if (!targets) {
    fmt::print(stderr, "prober: {}\n", targets.error().message);
    return ExitCode::Failure;
  }
  const RunResult result =
      run_once(configuration, routes, {options.timeout, isatty(STDERR_FILENO) != 0});
  for (Target& target : *targets) {
    if (const auto written = target.output.commit(render(result.report, target, options));
        !written) {
      fmt::print(stderr, "prober: {}\n", written.error().message);
      return ExitCode::Failure;
    }
  }
  return result.interrupted ? ExitCode::Interrupted : exit_code_for(result.report, options);
}

ExitCode run_once_command(const Options& options) {
  const auto configuration = load_configuration(options);
  return configuration ? probe_and_report(options, *configuration) : ExitCode::Configuration;
}

}  // namespace prober::app

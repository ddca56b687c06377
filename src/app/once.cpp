#include "once.h"

#include <fmt/format.h>
#include <langinfo.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <random>
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

State state_from(const std::string& fail_on) {
  return fail_on == "warning"   ? State::Warning
         : fail_on == "failing" ? State::Failing
                                : State::Degraded;
}

struct Target {
  report::Format format;
  bool to_file;
  Output output;
};

// Everything that the run writes. Opened before anything is probed.
class Reports {
 public:
  static Result<Reports> open(const Options& options) {
    Reports out;
    for (const FormatTarget& one : options.formats) {
      const bool annotates = one.format == report::Format::Github;
      const std::string& path = one.file.empty() && !annotates ? options.output : one.file;
      auto output = path.empty() ? Result<Output>(Output()) : Output::open(path);
      if (!output) {
        return std::unexpected(output.error());
      }
      out.targets_.push_back({one.format, !path.empty(), std::move(*output)});
      const char* summary = std::getenv("GITHUB_STEP_SUMMARY");
      if (annotates && summary != nullptr && *summary != '\0') {
        auto opened = Output::open_to_append(summary);
        if (!opened) {
          return std::unexpected(opened.error());
        }
        out.step_summary_ = std::move(*opened);
      }
    }
    return out;
  }

  [[nodiscard]] bool as_routes_finish() const {
    return std::ranges::any_of(
        targets_, [](const Target& one) { return one.format == report::Format::Jsonl; });
  }

  void on_route(const RouteReport& route) {
    for (Target& one : targets_) {
      if (one.format == report::Format::Jsonl && streamed_) {
        streamed_ = one.output.append(report::jsonl(route));
      }
    }
  }

  Result<void> write(const Report& report, const Options& options) {
    if (!streamed_) {
      return streamed_;
    }
    const std::string token = annotations_follow() ? stop_token() : "";
    for (Target& one : targets_) {
      std::string text = one.format == report::Format::Jsonl
                             ? ""
                             : report::render(report, one.format, render_options(options, one));
      if (!token.empty() && !one.to_file && one.format != report::Format::Github) {
        text = fmt::format("::stop-commands::{0}\n{1}::{0}::\n", token, text);
      }
      if (auto written = one.output.commit(text); !written) {
        return written;
      }
    }
    return step_summary_ ? step_summary_->commit(report::markdown(report, report::kStepSummary))
                         : Result<void>();
  }

 private:
  static report::Options render_options(const Options& options, const Target& target) {
    return {human_options(options, target.to_file), state_from(options.fail_on)};
  }

  [[nodiscard]] bool annotations_follow() const {
    const auto on_stdout =
        std::ranges::count_if(targets_, [](const Target& one) { return !one.to_file; });
    return on_stdout > 1;
  }

  // GitHub reads commands from every line of a log. Between two lines that name a token, which
  // nobody can guess, it reads none: an upstream's text in the report cannot give any.
  static std::string stop_token() {
    std::random_device random;
    return fmt::format("prober-{:08x}{:08x}", random(), random());
  }

  std::vector<Target> targets_;
  std::optional<Output> step_summary_;
  Result<void> streamed_;
};

bool for_nagios(const Options& options) {
  const FormatTarget& first = options.formats.front();
  return first.format == report::Format::Nagios && first.file.empty();
}

// Nagios shows standard output, and knows no code above 3 (UNKNOWN).
ExitCode failure(const Options& options, const Error& error) {
  fmt::print(stderr, "prober: {}\n", error.message);
  if (!for_nagios(options)) {
    return ExitCode::Failure;
  }
  fmt::print("PROBER UNKNOWN - {}\n", error.message);
  return ExitCode::Configuration;
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
  auto reports = Reports::open(options);
  if (!reports) {
    return failure(options, reports.error());
  }
  RunLimits limits{options.timeout, isatty(STDERR_FILENO) != 0, {}};
  if (reports->as_routes_finish()) {
    limits.on_route = [&reports](const RouteReport& route) { reports->on_route(route); };
  }
  const RunResult result = run_once(configuration, routes, limits);
  if (const auto written = reports->write(result.report, options); !written) {
    return failure(options, written.error());
  }
  if (for_nagios(options)) {
    return static_cast<ExitCode>(report::nagios_status(result.report, state_from(options.fail_on)));
  }
  return result.interrupted ? ExitCode::Interrupted : exit_code_for(result.report, options);
}

ExitCode run_once_command(const Options& options) {
  const auto configuration = load_configuration(options);
  if (!configuration && for_nagios(options)) {
    fmt::print("PROBER UNKNOWN - the configuration is not sound: prober check says why\n");
  }
  return configuration ? probe_and_report(options, *configuration) : ExitCode::Configuration;
}

}  // namespace prober::app

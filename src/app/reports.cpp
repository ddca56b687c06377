#include "reports.h"

#include <fmt/format.h>
#include <langinfo.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <random>
#include <utility>

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

// GitHub reads commands from every line of a log. Between two lines that name a token, which nobody
// can guess, it reads none: an upstream's text in the report cannot give any.
std::string hide_commands(const std::string& text) {
  std::random_device random;
  return fmt::format("::stop-commands::prober-{0:08x}{1:08x}\n{2}::prober-{0:08x}{1:08x}::\n",
                     random(), random(), text);
}

}  // namespace

State fail_on_state(const Options& options) {
  return options.fail_on == "warning"   ? State::Warning
         : options.fail_on == "failing" ? State::Failing
                                        : State::Degraded;
}

Result<Reports> Reports::open(const Options& options) {
  Reports out;
  for (const FormatTarget& one : options.formats) {
    const bool annotates = one.format == report::Format::Github;
    const std::string& path = one.file.empty() && !annotates ? options.output : one.file;
    auto output = path.empty() ? Result<Output>(Output()) : Output::open(path);
    if (!output) {
      return std::unexpected(output.error());
    }
    out.targets_.push_back({one.format, !path.empty(), std::move(*output), false, {}});
    const char* summary = std::getenv("GITHUB_STEP_SUMMARY");
    if (annotates && summary != nullptr && *summary != '\0') {
      auto opened = Output::open_to_append(summary);
      if (!opened) {
        return std::unexpected(opened.error());
      }
      out.step_summary_ = std::move(*opened);
    }
  }
  out.only_changes_ = options.only_changes;
  for (Target& one : out.targets_) {
    one.route_by_route = one.format == report::Format::Jsonl && !out.commands_follow(one);
  }
  return out;
}

void Reports::on_route(const RouteReport& route) {
  news_ = news_ || is_news(route);
  for (Target& one : targets_) {
    if (!one.route_by_route || !streamed_) {
      continue;
    }
    one.held += report::jsonl(route);
    if (one.to_file || !only_changes_ || news_) {
      streamed_ = one.output.append(std::exchange(one.held, {}));
    }
  }
}

// GitHub's commands share standard output with the target.
bool Reports::commands_follow(const Target& target) const {
  const auto on_stdout =
      std::ranges::count_if(targets_, [](const Target& one) { return !one.to_file; });
  return on_stdout > 1 && !target.to_file && target.format != report::Format::Github;
}

std::string Reports::text(const Report& report, const Target& target,
                          const Options& options) const {
  if (target.route_by_route) {
    return target.held;  // the rest is written by now
  }
  std::string out = report::render(
      report, target.format, {human_options(options, target.to_file), fail_on_state(options)});
  return commands_follow(target) ? hide_commands(out) : out;
}

Result<void> Reports::write(const Report& report, const Options& options) {
  if (!streamed_) {
    return streamed_;
  }
  const bool silent = options.only_changes && !has_news(report);
  for (Target& one : targets_) {
    if (silent && !one.to_file) {
      continue;
    }
    if (auto written = one.output.commit(text(report, one, options)); !written) {
      return written;
    }
  }
  return step_summary_ ? step_summary_->commit(report::markdown(report, report::kStepSummary))
                       : Result<void>();
}

}  // namespace prober::app

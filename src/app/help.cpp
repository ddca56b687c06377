// The help texts. The options and their words come from the parser itself, so that none is missing;
// tests/cli/documentation_test.py holds man pages and completions against them.

#include "help.h"

#include <fmt/format.h>
#include <spdlog/version.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "config/loader.h"
#include "net/version.h"
#include "report/escape.h"
#include "report/report.h"
#include "version.h"

namespace prober::app {
namespace {

constexpr std::size_t kWidth = 80;
constexpr std::size_t kColumn = 25;  // where the words of an option begin
constexpr std::array<std::string_view, 7> kTopics = {"once", "daemon",  "check",     "explain",
                                                     "demo", "formats", "exit-codes"};

constexpr std::string_view kMain =
    R"(Tells which error Pomerium would serve for each upstream, why, and the fix.

  prober --once -c FILE  probe every route once, report, end
  prober -c FILE         go on: each route at its interval, a line per change
  prober check -c FILE   every problem of the configuration; nothing is probed
  prober explain TEXT    what an error means; without TEXT lines of stdin
  prober demo            probe upstreams that fail in every documented way

  -c, --config FILE      prober's file or Pomerium's config.yaml (repeatable)
      --route GLOB       only routes whose name matches (repeatable)
      --format F[=FILE]  human (default), json, ... (repeatable)
  -o, --output FILE      write the report to this file
  -v, --verbose          timings too; -vv: every attempt, certificates
  -q, --quiet            say nothing of what is healthy
      --timeout TIME     end the whole run after this time, such as 30s
      --fail-on STATE    exit 1 from warning, degraded (default) or failing on

`prober help once` has all options; other topics: daemon, check, explain, demo,
formats, exit-codes. Manuals: prober(1), prober.yaml(5).
)";

constexpr std::string_view kExitCodes =
    R"(  0    no route at or above --fail-on (default degraded); check found no error;
       the demo ran; explain knew the text; the scheduler ended on SIGTERM
  1    a route at or above --fail-on, or one that was not finished; explain did
       not know a text. With --baseline only what is new counts
  2    warnings only, with --strict
  3    usage or configuration error, an unusable --baseline: nothing was probed
  4    prober itself failed: cannot write a report, another run holds --lock
  130  interrupted (Ctrl-C, SIGTERM); what is known is printed

Skipped routes never change the code.
)";

// "  -o, --output FILE      Write the report to this file", wrapped.
std::string option_lines(const CLI::Option& option) {
  std::string left = "  ";
  if (option.get_positional()) {
    left += option.get_name(true);
  } else {
    const auto& shorts = option.get_snames();
    const auto& longs = option.get_lnames();
    left += shorts.empty() ? "    " : fmt::format("-{}, ", shorts.front());
    left += longs.empty() ? "" : "--" + longs.front();
    const std::string type = option.get_type_name();  // "STATE:{warning,degraded,failing}"
    left += option.get_type_size() == 0 ? "" : " " + type.substr(0, type.find(':'));
  }
  const std::string indent(kColumn, ' ');
  std::string words = report::wrap(option.get_description(), kWidth, indent);
  if (left.size() + 2 > kColumn) {
    return left + "\n" + words + "\n";
  }
  return words.replace(0, left.size(), left) + "\n";
}

std::string group_lines(const CLI::App& app, std::string_view group) {
  std::string out;
  for (const CLI::Option* option : app.get_options()) {
    out += option->get_group() == group ? option_lines(*option) : "";
  }
  return out;
}

std::string once_help(const CLI::App& app) {
  std::string out =
      "prober --once [OPTION]...\n\n"
      "Probes every route once, prints a report, and ends with a code for scripts\n"
      "(prober help exit-codes). Without -c it reads ./prober.yaml, else\n"
      "/etc/prober/prober.yaml.\n\n" +
      group_lines(app, "Options");
  for (const char* group : {kRunGroup, kCodeGroup, kReportGroup, kLogGroup}) {
    out += fmt::format("\n{}\n{}", group, group_lines(app, group));
  }
  return out;
}

std::string daemon_help(const CLI::App& app) {
  return "prober [OPTION]...\n\n"
         "Probes each route at its interval and prints a line for each change of state.\n"
         "SIGHUP reads the files again (bad ones are refused), SIGTERM ends.\n\n" +
         option_lines(*app.get_option("--config")) + option_lines(*app.get_option("--route")) +
         group_lines(app, kLogGroup);
}

std::string subcommand_help(const CLI::App& app) {
  std::string usage = "prober " + app.get_name() + " [OPTION]...";
  for (const CLI::Option* option : app.get_options()) {
    usage += option->get_positional() ? " [" + option->get_name(true) + "]" : "";
  }
  return fmt::format("{}\n\n{}.\n\n{}{}", usage, app.get_description(), group_lines(app, "Options"),
                     group_lines(app, kReportGroup));
}

}  // namespace

std::string help_topics() {
  return fmt::format("{}", fmt::join(kTopics, ", "));
}

std::string command_help(const CLI::App& app) {
  return app.get_parent() == nullptr ? std::string(kMain) : subcommand_help(app);
}

std::string topic_help(const CLI::App& app, const std::string& topic) {
  if (topic.empty()) {
    return std::string(kMain);
  }
  if (std::ranges::find(kTopics, topic) == kTopics.end()) {
    throw CLI::ValidationError("help",
                               fmt::format("no topic '{}'; there are: {}", topic, help_topics()));
  }
  if (topic == "once") {
    return once_help(app);
  }
  if (topic == "daemon") {
    return daemon_help(app);
  }
  if (topic == "exit-codes") {
    return std::string(kExitCodes);
  }
  if (topic == "formats") {
    return fmt::format(
        "--format F[=FILE], repeatable; one may go to standard output or -o. F is one of\n\n{}\n"
        "A regular file is written beside itself and renamed, a device in place.\n",
        report::format_help());
  }
  return command_help(*app.get_subcommand(topic));
}

std::string version_text() {
  return fmt::format("prober {}\n{}\n{}\nspdlog {}.{}.{}", kVersion, net::library_versions(),
                     config::library_version(), SPDLOG_VER_MAJOR, SPDLOG_VER_MINOR,
                     SPDLOG_VER_PATCH);
}

}  // namespace prober::app

#include "command_line.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <filesystem>
#include <functional>
#include <iostream>
#include <map>
#include <sstream>

#include "help.h"
#include "version.h"

namespace prober::app {
namespace {

// What needs another look after parsing.
struct Raw {
  std::vector<std::string> formats;
  std::string timeout;
  std::string retry_for;
  std::string colour = "auto";
  std::string topic;
  bool once = false;
};

// "json", "json=report.json", "json=-"
FormatTarget parse_format(const std::string& text) {
  const std::size_t equals = text.find('=');
  const std::string name = text.substr(0, equals);
  const auto format = report::format_from_name(name);
  if (!format) {
    throw CLI::ValidationError("--format",
                               "unknown format '" + name + "'; known: " + report::format_names());
  }
  if (equals != std::string::npos && equals + 1 == text.size()) {
    throw CLI::ValidationError("--format", "no file after '" + text + "'");
  }
  const std::string file = equals == std::string::npos ? "-" : text.substr(equals + 1);
  return {*format, file == "-" ? "" : file};
}

std::optional<Duration> parse_span(const std::string& option, const std::string& text) {
  if (text.empty()) {
    return std::nullopt;
  }
  const auto span = parse_duration(text);
  if (!span || *span <= Duration{}) {
    throw CLI::ValidationError(option, "'" + text + "' is not a span of time such as 30s or 1m30s");
  }
  return span;
}

// So that --baseline "$VARIABLE" with an empty one is not taken for no --baseline.
std::string not_empty(const std::string& text) {
  return text.empty() ? "the value is empty" : "";
}

void add_config_option(CLI::App& app, Options& options) {
  app.add_option("-c,--config", options.configs,
                 "prober's file or Pomerium's config.yaml (repeatable: they are read together)")
      ->type_name("FILE")
      ->check(not_empty);
  app.add_flag(
      "--env", options.environment,
      "Take Pomerium's environment variables (ROUTES, DNS_LOOKUP_FAMILY ...) over the file");
}

void add_route_options(CLI::App& app, Options& options) {
  app.add_option("--route", options.route_globs,
                 "Only routes whose name matches this glob (repeatable)")
      ->type_name("GLOB");
}

void add_run_options(CLI::App& app, Options& options, Raw& raw) {
  app.add_option("--timeout", raw.timeout,
                 "End the whole run after this time, such as 30s; what is unfinished is unknown")
      ->type_name("TIME")
      ->check(not_empty)
      ->group(kRunGroup);
  app.add_option("--retry-for", raw.retry_for,
                 "Probe what is not well again until it is or this time is over, and say so")
      ->type_name("TIME")
      ->check(not_empty)
      ->group(kRunGroup);
  app.add_option("--lock", options.lock,
                 "Do not run while another run holds this file's lock: exit 4 at once")
      ->type_name("FILE")
      ->check(not_empty)
      ->group(kRunGroup);
  app.add_option("--baseline", options.baseline,
                 "Report and count only what differs from this earlier JSON report")
      ->type_name("FILE")
      ->check(not_empty)
      ->group(kCodeGroup);
  app.add_option("--fail-on", options.fail_on,
                 "Exit 1 from this state on: warning, degraded (default), failing")
      ->type_name("STATE")
      ->check(CLI::IsMember({"warning", "degraded", "failing"}))
      ->group(kCodeGroup);
  app.add_flag("--strict", options.strict, "Exit 2 when there are only warnings")
      ->group(kCodeGroup);
}

void add_report_options(CLI::App& app, Options& options, Raw& raw) {
  app.add_option("--format", raw.formats,
                 "human (default) or another, see prober help formats; with =FILE it goes there "
                 "(repeatable)")
      ->type_name("F[=FILE]")
      ->group(kReportGroup);
  app.add_option("-o,--output", options.output, "Write the report to this file; - is stdout")
      ->type_name("FILE")
      ->check(not_empty)
      ->group(kReportGroup);
  app.add_flag("-v,--verbose", options.verbosity, "Timings too; -vv: every attempt, certificates")
      ->group(kReportGroup);
  app.add_flag("-q,--quiet", options.quiet, "Say nothing of what is healthy")->group(kReportGroup);
  app.add_option("--color", raw.colour, "auto (default), always or never; also: NO_COLOR")
      ->type_name("WHEN")
      ->check(CLI::IsMember({"auto", "always", "never"}))
      ->group(kReportGroup);
}

void add_log_options(CLI::App& app, Options& options) {
  app.add_option("--log-level", options.log_level,
                 "trace, debug, info, warning (default), error, off; the log goes to stderr")
      ->type_name("LEVEL")
      ->check(CLI::IsMember({"trace", "debug", "info", "warning", "error", "off"}))
      ->group(kLogGroup);
  app.add_flag("--log-json", options.log_json, "Log one JSON object a line")->group(kLogGroup);
}

void add_commands(CLI::App& app, Options& options, Raw& raw) {
  CLI::App* check = app.add_subcommand("check", "Validate the configuration without probing");
  add_config_option(*check, options);
  check->add_flag("--no-files", options.no_files, "Missing CA and key files are only warnings");
  check->add_flag("--strict", options.strict, "Exit 2 when there are only warnings");

  CLI::App* explain = app.add_subcommand(
      "explain", "Explain response code details or lines of Pomerium's access log");
  explain->add_option("TEXT", options.explain_text, "The text; standard input when left out or -");

  CLI::App* demo =
      app.add_subcommand("demo", "Probe upstreams on loopback that fail in every documented way");
  demo->add_flag("--serve", options.serve,
                 "Keep them up and print the configuration to use against them");
  demo->add_flag("--all", options.all_faults,
                 "Every fault that prober's tests know, not only the documented ones");
  add_report_options(*demo, options, raw);

  CLI::App* help = app.add_subcommand("help", "Say more of a command or of another topic");
  help->add_option("TOPIC", raw.topic, help_topics());
}

// Where a file really is, so that two names of one file are seen to be one.
std::string real_file(const std::string& path) {
  std::error_code ignored;
  if (std::filesystem::exists(path, ignored) && !std::filesystem::is_regular_file(path, ignored)) {
    return "";  // a device takes several reports
  }
  return std::filesystem::weakly_canonical(std::filesystem::absolute(path, ignored), ignored)
      .string();
}

// On standard output the annotations of GitHub follow the one other report there.
void order_formats(Options& options) {
  const auto annotates = [](const FormatTarget& one) {
    return one.format == report::Format::Github && one.file.empty();
  };
  std::ranges::stable_partition(options.formats, std::not_fn(annotates));
  const auto to_stdout = std::ranges::count_if(
      options.formats,
      [&annotates](const FormatTarget& one) { return one.file.empty() && !annotates(one); });
  const auto annotations = std::ranges::count_if(options.formats, annotates);
  if (to_stdout > 1 || annotations > 1) {
    throw CLI::ValidationError(
        "--format",
        "only one format can go to standard output; give the others a file: --format json=FILE");
  }
}

void check_targets(const Options& options) {
  std::vector<std::string> files;
  bool output_used = options.output.empty();
  for (const FormatTarget& one : options.formats) {
    const bool to_output = one.file.empty() && one.format != report::Format::Github;
    output_used |= to_output;
    const std::string file = real_file(to_output ? options.output : one.file);
    if (!file.empty() && std::ranges::find(files, file) != files.end()) {
      throw CLI::ValidationError("--format", "two reports would be written to " + file);
    }
    files.push_back(file);
  }
  const FormatTarget& first = options.formats.front();
  if (options.only_changes && first.format == report::Format::Nagios && first.file.empty()) {
    throw CLI::ValidationError("--only-changes", "Nagios needs a line each time");
  }
  if (!output_used) {
    throw CLI::ValidationError("--output", "nothing is left for it: every format has its own file");
  }
  files.push_back(options.baseline.empty() ? "" : real_file(options.baseline));
  if (!options.lock.empty() && std::ranges::find(files, real_file(options.lock)) != files.end()) {
    throw CLI::ValidationError(
        "--lock", "it needs a file of its own: one that is replaced does not lock anything");
  }
}

// Options of the run mean nothing to the scheduler and to the commands; taking them silently would
// let somebody believe that they do.
void check_place(const CLI::App& app, const Options& options, const Raw& raw) {
  const auto commands = app.get_subcommands();
  const CLI::App* command = commands.empty() ? nullptr : commands.front();
  for (const CLI::Option* option : app.get_options()) {
    const std::string& group = option->get_group();
    const std::string name = option->get_name();
    if (option->count() == 0 || group == kLogGroup) {
      continue;
    }
    if (command != nullptr) {
      const bool behind = command->get_option_no_throw(name) != nullptr;
      throw CLI::ValidationError(
          name, behind ? "must stand behind the command: prober " + command->get_name() + " " + name
                       : "does not go with the command " + command->get_name());
    }
    if (!raw.once && (group == kRunGroup || group == kCodeGroup || group == kReportGroup)) {
      throw CLI::ValidationError(name, "needs --once");
    }
  }
  if (options.only_changes && options.baseline.empty()) {
    throw CLI::ValidationError("--only-changes", "needs --baseline FILE");
  }
}

void finish(Options& options, const Raw& raw) {
  for (const std::string& one : raw.formats) {
    options.formats.push_back(parse_format(one));
  }
  if (options.formats.empty()) {
    options.formats.push_back({});
  }
  if (options.output == "-") {
    options.output.clear();
  }
  order_formats(options);
  check_targets(options);
  options.timeout = parse_span("--timeout", raw.timeout);
  options.retry_for = parse_span("--retry-for", raw.retry_for);
  const std::map<std::string, ColourChoice> colours = {{"auto", ColourChoice::Auto},
                                                       {"always", ColourChoice::Always},
                                                       {"never", ColourChoice::Never}};
  options.colour = colours.at(raw.colour);
}

Command command_of(const CLI::App& app, const Raw& raw) {
  const std::map<std::string, Command> commands = {
      {"check", Command::Check}, {"explain", Command::Explain}, {"demo", Command::Demo}};
  const auto parsed = app.get_subcommands();
  if (!parsed.empty()) {
    return commands.at(parsed.front()->get_name());
  }
  return raw.once ? Command::Once : Command::Daemon;
}

}  // namespace

std::expected<Options, ExitCode> parse_command_line(int argc, char** argv) {
  Options options;
  Raw raw;
  CLI::App app("Tells which error Pomerium would serve for each upstream, why, and what to change.",
               "prober");
  app.formatter_fn([](const CLI::App* one, const std::string&, CLI::AppFormatMode) {
    return command_help(*one);
  });
  app.set_help_flag("-h,--help", "Print a short help and end");
  app.set_version_flag("--version", version_text, "Print the version, the libraries' too, and end");
  app.require_subcommand(0, 1);
  add_config_option(app, options);
  add_route_options(app, options);
  app.add_flag("--once", raw.once, "Probe every route once, report, and end");
  add_run_options(app, options, raw);
  add_report_options(app, options, raw);
  app.add_flag("--only-changes", options.only_changes,
               "With --baseline: print nothing when nothing has changed")
      ->group(kReportGroup);
  add_log_options(app, options);
  add_commands(app, options, raw);
  try {
    app.parse(argc, argv);
    check_place(app, options, raw);
    if (app.got_subcommand("help")) {
      fmt::print("{}", topic_help(app, raw.topic));
      return std::unexpected(ExitCode::Ok);
    }
    finish(options, raw);
  } catch (const CLI::ParseError& error) {
    std::ostringstream help;
    const int code = app.exit(error, help, std::cerr);
    fmt::print("{}", help.str());
    return std::unexpected(code == 0 ? ExitCode::Ok : ExitCode::Configuration);
  }
  options.command = command_of(app, raw);
  return options;
}

}  // namespace prober::app

#include "command_line.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <functional>
#include <iostream>
#include <map>

#include "version.h"

namespace prober::app {
namespace {

// "json", "json=report.json"
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
  return {*format, equals == std::string::npos ? "" : text.substr(equals + 1)};
}

Duration parse_span(const std::string& text) {
  const auto span = parse_duration(text);
  if (!span || *span <= Duration{}) {
    throw CLI::ValidationError("--timeout",
                               "'" + text + "' is not a span of time such as 30s or 1m30s");
  }
  return *span;
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

struct Raw {
  std::vector<std::string> formats;
  std::string timeout;
  std::string colour = "auto";
  bool once = false;
};

void add_run_options(CLI::App& app, Options& options, Raw& raw) {
  app.add_flag("--once", raw.once, "Probe every route once, report, and end");
  app.add_option("--route", options.route_globs,
                 "Only routes whose name matches this glob (repeatable)")
      ->type_name("GLOB");
  app.add_option("--timeout", raw.timeout, "End the whole run after this time, e.g. 30s")
      ->type_name("TIME");
  app.add_option("--fail-on", options.fail_on,
                 "Exit 1 from this state on: warning, degraded, failing")
      ->type_name("STATE")
      ->check(CLI::IsMember({"warning", "degraded", "failing"}));
  app.add_flag("--strict", options.strict, "Exit 2 when there are only warnings");
}

void add_report_options(CLI::App& app, Options& options, Raw& raw) {
  app.add_option(
         "--format", raw.formats,
         "Of the report (repeatable), F=FILE to write it to a file: " + report::format_names())
      ->type_name("F[=FILE]");
  app.add_option("-o,--output", options.output, "Write the report to this file")->type_name("FILE");
  app.add_flag("-v,--verbose", options.verbosity, "Say more; -vv: every attempt");
  app.add_flag("-q,--quiet", options.quiet, "Say nothing of what is healthy");
  app.add_option("--color", raw.colour, "auto, always or never (also: NO_COLOR)")
      ->type_name("WHEN")
      ->check(CLI::IsMember({"auto", "always", "never"}));
}

void add_config_option(CLI::App& app, Options& options) {
  app.add_option("-c,--config", options.configs,
                 "prober's file or Pomerium's config.yaml (repeatable: they are read together)")
      ->type_name("FILE");
}

void finish(Options& options, const Raw& raw) {
  for (const std::string& one : raw.formats) {
    options.formats.push_back(parse_format(one));
  }
  if (options.formats.empty()) {
    options.formats.push_back({});
  }
  order_formats(options);
  if (!raw.timeout.empty()) {
    options.timeout = parse_span(raw.timeout);
  }
  const std::map<std::string, ColourChoice> colours = {{"auto", ColourChoice::Auto},
                                                       {"always", ColourChoice::Always},
                                                       {"never", ColourChoice::Never}};
  options.colour = colours.at(raw.colour);
}

}  // namespace

std::expected<Options, ExitCode> parse_command_line(int argc, char** argv) {
  Options options;
  Raw raw;
  CLI::App app("Tells which error Pomerium would serve for each upstream, why, and what to change.",
               "prober");
  app.set_version_flag("--version", "prober " + std::string(kVersion));
  app.require_subcommand(0, 1);
  add_config_option(app, options);
  add_run_options(app, options, raw);
  add_report_options(app, options, raw);
  app.add_option("--log-level", options.log_level,
                 "trace, debug, info, warning, error, off (stderr)")
      ->type_name("LEVEL")
      ->check(CLI::IsMember({"trace", "debug", "info", "warning", "error", "off"}));
  app.add_flag("--log-json", options.log_json, "Log one JSON object a line");

  CLI::App* check = app.add_subcommand("check", "Validate the configuration without probing");
  add_config_option(*check, options);
  check->add_flag("--no-files", options.no_files, "Missing CA and key files are only warnings");
  check->add_flag("--strict", options.strict, "Exit 2 when there are only warnings");

  CLI::App* explain = app.add_subcommand(
      "explain", "Explain response code details or a line of Pomerium's access log");
  explain->add_option("TEXT", options.explain_text, "The text; standard input when left out");

  CLI::App* demo =
      app.add_subcommand("demo", "Probe upstreams on loopback that fail in every documented way");
  demo->add_flag("--serve", options.serve,
                 "Keep them up and print the configuration to use against them");
  demo->add_flag("--all", options.all_faults,
                 "Every fault that prober's tests know, not only the documented ones");
  add_report_options(*demo, options, raw);

  try {
    app.parse(argc, argv);
    finish(options, raw);
  } catch (const CLI::ParseError& error) {
    return std::unexpected(app.exit(error, std::cout, std::cerr) == 0 ? ExitCode::Ok
                                                                      : ExitCode::Configuration);
  }
  const bool once = raw.once;
  options.command = check->parsed()     ? Command::Check
                    : explain->parsed() ? Command::Explain
                    : demo->parsed()    ? Command::Demo
                    : once              ? Command::Once
                                        : Command::Daemon;
  return options;
}

}  // namespace prober::app

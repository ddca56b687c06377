#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "prober/report.h"

namespace prober::report {

enum class Format {
  Human,
  Json,
  Jsonl,
  Junit,
  Tap,
  Github,
  Sarif,
  Nagios,
  Prometheus,
  Markdown,
  Html,
  Csv,
};

/// By the name on the command line: "human", "json".
[[nodiscard]] std::optional<Format> format_from_name(std::string_view name);
/// All names, for messages: "human, json, ...".
[[nodiscard]] std::string format_names();

/// A line for each, with what it is for.
[[nodiscard]] std::string format_help();

struct HumanOptions {
  int verbosity = 0;  // 1: stages and timings; 2: every attempt with its certificates
  bool colour = false;
  bool ascii = false;     // no symbols beyond ASCII
  bool quiet = false;     // nothing of what is healthy or skipped, and no summary when all is well
  int width = 80;         // columns
  bool terminal = false;  // else a route's first line stays one line, for grep
};

struct Options {
  HumanOptions human;
  State fail_on = State::Degraded;  // nagios: critical from this state on
};

/// The report in that format; ends with a line end. Pure, and the same report gives the same bytes.
/// Foreign text (names, certificates, what upstreams sent) is escaped as the format's readers
/// expect, so that it stays text there; control characters become visible.
[[nodiscard]] std::string render(const Report& report, Format format, const Options& options);

// One function for each format, each in a file of its name.

/// For people: broken routes first.
[[nodiscard]] std::string human(const Report& report, const HumanOptions& options);

/// One JSON document, the contract of config/report.schema.json. Ends with a line end.
[[nodiscard]] std::string json(const Report& report);

/// One line of JSON for each route, as in `routes` of the document.
[[nodiscard]] std::string jsonl(const Report& report);
[[nodiscard]] std::string jsonl(const RouteReport& route);

/// A suite for each route, with a case for each stage and one for the prediction. Holds to Jenkins'
/// schema (xunit plugin, junit-10.xsd).
[[nodiscard]] std::string junit(const Report& report);

/// TAP 14, a test point for each route, with a YAML block where something is to be said.
[[nodiscard]] std::string tap(const Report& report);

/// Workflow commands: annotations at the routes' lines, broken routes first; then, about the whole
/// run, that it was ended early, --retry-for's rounds, and the comparison with the baseline.
[[nodiscard]] std::string github(const Report& report);

/// SARIF 2.1.0: a result for each prediction that fails and for each warning.
[[nodiscard]] std::string sarif(const Report& report);

/// The plugin API of Nagios and Icinga: a status line with performance data, then a line for each
/// route that is not well.
[[nodiscard]] std::string nagios(const Report& report, State fail_on);
/// 0 OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN. CRITICAL from `fail_on` (failing, degraded or warning)
/// on; it outweighs UNKNOWN, which outweighs WARNING. No route at all is UNKNOWN.
[[nodiscard]] int nagios_status(const Report& report, State fail_on);

/// Prometheus' text format 0.0.4, for node_exporter's textfile collector.
[[nodiscard]] std::string prometheus(const Report& report);

/// GitHub's and GitLab's Markdown: a summary, a table of all routes, a section for each that is not
/// well. Sections and then rows are left out, and counted, when the text would be longer than
/// `most` bytes: a step summary of GitHub's holds 1 MiB.
[[nodiscard]] std::string markdown(const Report& report, std::size_t most = std::string::npos);
constexpr std::size_t kStepSummary = 1'000'000;  // bytes, a little less than GitHub takes

/// One self-contained page, without scripts and without anything from elsewhere.
[[nodiscard]] std::string html(const Report& report);

/// RFC 4180 with a line of names, a record for each prediction.
[[nodiscard]] std::string csv(const Report& report);

}  // namespace prober::report

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "report/report.h"

namespace prober::report {
namespace {

struct Entry {
  std::string_view name;
  Format format;
  std::string_view words;
};

constexpr std::array<Entry, 12> kFormats = {{
    {"human", Format::Human, "for people; broken routes first"},
    {"json", Format::Json, "one document; its schema is report.schema.json. What --baseline reads"},
    {"jsonl", Format::Jsonl, "a line of JSON for each route, as soon as it is final"},
    {"junit", Format::Junit, "a suite for each route, for Jenkins, GitLab and their kin"},
    {"tap", Format::Tap, "TAP 14, a test point for each route"},
    {"github", Format::Github, "annotations at the routes' lines; may follow another on stdout"},
    {"sarif", Format::Sarif, "SARIF 2.1.0, for code scanning"},
    {"nagios", Format::Nagios, "the plugin output of Nagios and Icinga, and their exit codes"},
    {"prometheus", Format::Prometheus, "for node_exporter's textfile collector"},
    {"markdown", Format::Markdown, "for a comment or a ticket"},
    {"html", Format::Html, "one page without anything from elsewhere"},
    {"csv", Format::Csv, "a record for each prediction, for a sheet"},
}};

}  // namespace

std::optional<Format> format_from_name(std::string_view name) {
  const auto* found = std::ranges::find(kFormats, name, &Entry::name);
  return found == kFormats.end() ? std::nullopt : std::optional(found->format);
}

std::string format_names() {
  std::string out;
  for (const Entry& one : kFormats) {
    out += (out.empty() ? "" : ", ") + std::string(one.name);
  }
  return out;
}

std::string format_help() {
  std::string out;
  for (const Entry& one : kFormats) {
    out += fmt::format("  {:<12}{}\n", one.name, one.words);
  }
  return out;
}

std::string render(const Report& report, Format format, const Options& options) {
  switch (format) {
    case Format::Human:
      return human(report, options.human);
    case Format::Json:
      return json(report);
    case Format::Jsonl:
      return jsonl(report);
    case Format::Junit:
      return junit(report);
    case Format::Tap:
      return tap(report);
    case Format::Github:
      return github(report);
    case Format::Sarif:
      return sarif(report);
    case Format::Nagios:
      return nagios(report, options.fail_on);
    case Format::Prometheus:
      return prometheus(report);
    case Format::Markdown:
      return markdown(report);
    case Format::Html:
      return html(report);
    case Format::Csv:
      return csv(report);
  }
  std::unreachable();
}

}  // namespace prober::report

#include <algorithm>
#include <array>
#include <utility>

#include "report/report.h"

namespace prober::report {
namespace {

constexpr std::array<std::pair<std::string_view, Format>, 12> kFormats = {{
    {"human", Format::Human},
    {"json", Format::Json},
    {"jsonl", Format::Jsonl},
    {"junit", Format::Junit},
    {"tap", Format::Tap},
    {"github", Format::Github},
    {"sarif", Format::Sarif},
    {"nagios", Format::Nagios},
    {"prometheus", Format::Prometheus},
    {"markdown", Format::Markdown},
    {"html", Format::Html},
    {"csv", Format::Csv},
}};

}  // namespace

std::optional<Format> format_from_name(std::string_view name) {
  const auto* found =
      std::ranges::find(kFormats, name, &std::pair<std::string_view, Format>::first);
  return found == kFormats.end() ? std::nullopt : std::optional(found->second);
}

std::string format_names() {
  std::string out;
  for (const auto& [name, format] : kFormats) {
    out += (out.empty() ? "" : ", ") + std::string(name);
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

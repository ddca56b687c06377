// Workflow commands of GitHub Actions. How they are escaped: actions/toolkit,
// packages/core/src/command.ts.

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "report/escape.h"
#include "report/findings.h"
#include "report/report.h"
#include "report/words.h"

namespace prober::report {
namespace {

std::string escape_data(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '%':
        out += "%25";
        break;
      case '\r':
        out += "%0D";
        break;
      case '\n':
        out += "%0A";
        break;
      default:
        out += c;
    }
  }
  return out;
}

std::string escape_property(std::string_view text) {
  std::string out;
  for (const char c : escape_data(text)) {
    out += c == ':' ? "%3A" : c == ',' ? "%2C" : std::string(1, c);
  }
  return out;
}

// The line ends between the parts are ours; foreign ones are visible by then.
std::string message(const Finding& finding) {
  std::string out = escape_control(finding.title);
  if (finding.message != finding.title + ".") {
    out += "\n" + escape_control(finding.message);
  }
  if (!finding.resolution.empty()) {
    out += "\nFix: " + escape_control(finding.resolution);
  }
  return finding.docs.empty() ? out : out + "\n" + finding.docs;
}

void write(std::string& out, const RouteReport& route, const Finding& finding) {
  const SourcePosition& source = route.route->source;
  out += finding.level == Finding::Level::Error ? "::error " : "::warning ";
  auto to = std::back_inserter(out);
  if (source.file) {
    fmt::format_to(to, "file={},line={},col={},", escape_property(escape_control(*source.file)),
                   source.line, source.column);
  }
  fmt::format_to(
      to, "title={}::{}\n",
      escape_property(fmt::format("{}: {}", escape_control(route.route->name), finding.rule)),
      escape_data(message(finding)));
}

}  // namespace

std::string github(const Report& report) {
  std::string out;
  for (const std::size_t index : broken_first(report)) {
    if (is_known_problem(report.routes[index])) {
      continue;  // annotated when it was new
    }
    for (const Finding& one : findings(report.routes[index])) {
      write(out, report.routes[index], one);
    }
  }
  return out;
}

}  // namespace prober::report

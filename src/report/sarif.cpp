// SARIF 2.1.0 (docs.oasis-open.org/sarif/sarif/v2.1.0): the routes' file is what is analysed, a
// result is a prediction that fails or a warning, and its rule the documented name of the error.

#include <fmt/format.h>

#include <map>
#include <nlohmann/json.hpp>

#include "prober/explanation.h"
#include "report/escape.h"
#include "report/findings.h"
#include "report/history.h"
#include "report/history_json.h"
#include "report/report.h"
#include "report/words.h"

namespace prober::report {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view kSchema =
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

// A path as a URI reference (RFC 3986); relative ones stay relative, which is what code hosts want.
std::string uri(std::string_view path) {
  constexpr std::string_view kPlain = "-._~/";
  std::string out = path.starts_with('/') ? "file://" : "";
  for (const char c : path) {
    const auto byte = static_cast<unsigned char>(c);
    const bool alphanumeric =
        (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    out += alphanumeric || kPlain.contains(c) ? std::string(1, c) : fmt::format("%{:02X}", byte);
  }
  return out;
}

std::string text_of(const Finding& finding) {
  std::string out = finding.title + ".";
  out += finding.message == out ? "" : " " + finding.message;
  out += finding.resolution.empty() ? "" : " Fix: " + finding.resolution;
  return escape_control(out);
}

class Rules {
 public:
  std::size_t index_of(const Finding& finding) {
    const auto [place, is_new] = places_.try_emplace(finding.rule, rules_.size());
    if (is_new) {
      add(finding);
    }
    return place->second;
  }

  [[nodiscard]] const Json& json() const { return rules_; }

 private:
  void add(const Finding& finding) {
    Json rule;
    rule["id"] = finding.rule;
    const auto known = explain_details(finding.rule);
    rule["shortDescription"]["text"] =
        known ? known->meaning
              : (finding.level == Finding::Level::Error ? "Prediction: " : "Warning: ") +
                    finding.rule;
    if (const std::string docs = known ? known->docs : finding.docs; !docs.empty()) {
      rule["helpUri"] = docs;
    }
    rules_.push_back(std::move(rule));
  }

  Json rules_ = Json::array();
  std::map<std::string, std::size_t> places_;
};

Json location(const Route& route) {
  Json out;
  if (route.source.file) {
    out["physicalLocation"]["artifactLocation"]["uri"] = uri(*route.source.file);
    out["physicalLocation"]["region"]["startLine"] = std::max(1, route.source.line);
    out["physicalLocation"]["region"]["startColumn"] = std::max(1, route.source.column);
  }
  out["logicalLocations"] = {
      {{"fullyQualifiedName", escape_control(route.name)}, {"kind", "route"}}};
  return out;
}

// A sound route that has a finding all the same, such as a note, had it before.
std::string_view baseline_state(Change change) {
  return change == Change::New ? "new" : change == Change::Changed ? "updated" : "unchanged";
}

Json result(const RouteReport& route, const Finding& finding, Rules& rules) {
  Json out;
  out["ruleId"] = finding.rule;
  out["ruleIndex"] = rules.index_of(finding);
  out["level"] = finding.level == Finding::Level::Error ? "error" : "warning";
  if (route.comparison) {
    out["baselineState"] = baseline_state(route.comparison->change);
  }
  out["message"]["text"] = text_of(finding);
  out["locations"] = {location(*route.route)};
  // What makes two runs' results the same one: not the line, which moves, nor the numbers.
  out["partialFingerprints"]["routeAndRule/v1"] =
      escape_control(route.route->name) + "#" + finding.rule;
  out["properties"] = {{"route", escape_control(route.route->name)},
                       {"state", to_string(route.verdict.state)}};
  add_history(route, out["properties"]);
  return out;
}

Json notification(std::string_view id, std::string_view level, const std::string& text) {
  return {{"descriptor", {{"id", id}}},
          {"level", level},
          {"message", {{"text", escape_control(text)}}}};
}

// What happened on the way: that not all was done, what was probed again, the sums of a comparison.
Json notifications(const Report& report) {
  Json out = Json::array();
  if (!report.ended_early.empty()) {
    out.push_back(notification("ended-early", "error", "Not finished: " + report.ended_early));
  }
  if (const std::string rounds = retry_words(report); !rounds.empty()) {
    out.push_back(notification("retry", "note", "Probed in " + rounds));
  }
  for (const RouteReport& one : report.routes) {
    if (one.rounds > 1) {
      out.push_back(notification("retry", "note",
                                 fmt::format("{} is {} {}", one.route->name,
                                             to_string(one.verdict.state), rounds_words(one))));
      out.back()["locations"] = {location(*one.route)};
    }
  }
  if (const std::string sums = baseline_words(report); !sums.empty()) {
    out.push_back(notification("baseline", "note", "Compared " + sums));
  }
  return out;
}

Json invocation(const Report& report) {
  const auto milliseconds =
      std::chrono::duration_cast<std::chrono::milliseconds>(report.duration).count();
  Json out = {{"executionSuccessful", report.ended_early.empty()},
              {"startTimeUtc", rfc3339(report.started_at_ms)},
              {"endTimeUtc", rfc3339(report.started_at_ms + milliseconds)}};
  if (Json told = notifications(report); !told.empty()) {
    out["toolExecutionNotifications"] = std::move(told);
  }
  return out;
}

}  // namespace

std::string sarif(const Report& report) {
  Rules rules;
  Json results = Json::array();
  for (const RouteReport& route : report.routes) {
    for (const Finding& finding : findings(route)) {
      results.push_back(result(route, finding, rules));
    }
  }
  Json run;
  run["tool"]["driver"] = {{"name", "prober"},
                           {"version", report.version},
                           {"semanticVersion", report.version},
                           {"rules", rules.json()}};
  run["invocations"] = Json::array({invocation(report)});
  run["columnKind"] = "unicodeCodePoints";
  run["results"] = std::move(results);
  run["properties"] = {{"proxy", "envoy-" + std::string(to_string(report.proxy))}};
  add_run_history(report, run["properties"]);
  Json out;
  out["$schema"] = kSchema;
  out["version"] = "2.1.0";
  out["runs"] = Json::array({std::move(run)});
  return escape_json(out.dump(1, ' ', false, Json::error_handler_t::replace)) + "\n";
}

}  // namespace prober::report

#include "report/history_json.h"

#include <string>

#include "prober/timestamp.h"

namespace prober::report {
namespace {

using Json = nlohmann::ordered_json;

Json baseline_json(const Report& report, const BaselineSource& baseline) {
  Json out;
  out["file"] = baseline.file;
  out["started_at"] = baseline.started_at_ms ? Json(rfc3339(*baseline.started_at_ms)) : Json();
  for (const Change change :
       {Change::New, Change::Changed, Change::StillBroken, Change::Fixed, Change::Unknown}) {
    out[std::string(to_string(change))] = count_changes(report, change);
  }
  out["gone"] = baseline.gone;
  return out;
}

}  // namespace

void add_history(const RouteReport& one, Json& out) {
  if (one.comparison) {
    const Comparison& comparison = *one.comparison;
    const EarlierRoute& before = comparison.before;
    const std::string_view change = to_string(comparison.change);
    out["change"] = change.empty() ? Json() : Json(change);
    out["since"] = comparison.since_ms != 0 ? Json(rfc3339(comparison.since_ms)) : Json();
    out["before"] = Json();
    if (comparison.known_route) {
      out["before"] = {{"state", to_string(before.state)},
                       {"problems", before.problems},
                       {"since", before.since_ms != 0 ? Json(rfc3339(before.since_ms)) : Json()}};
    }
  }
  if (one.first) {
    out["rounds"] = one.rounds;
    out["first"] = {{"state", to_string(one.first->state)}, {"problems", problems_of(*one.first)}};
  }
}

void add_run_history(const Report& report, Json& out) {
  if (!report.ended_early.empty()) {
    out["ended_early"] = report.ended_early;
  }
  if (report.baseline) {
    out["baseline"] = baseline_json(report, *report.baseline);
  }
  if (report.retry_for) {
    out["retry"] = {{"for_s", seconds(*report.retry_for)}, {"rounds", report.rounds}};
  }
}

}  // namespace prober::report

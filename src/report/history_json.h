#pragma once

#include <nlohmann/json.hpp>

#include "prober/report.h"

/// What --baseline and --retry-for add, in the words of the JSON report. Nothing is escaped.
namespace prober::report {

/// `change`, `since` and `before`; `rounds` and `first`. Nothing without either.
void add_history(const RouteReport& one, nlohmann::ordered_json& out);

/// `baseline`, `retry` and `ended_early` of the run; each only when there is something to say.
void add_run_history(const Report& report, nlohmann::ordered_json& out);

}  // namespace prober::report

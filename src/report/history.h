#pragma once

#include <string>

#include "prober/report.h"

namespace prober::report {

/// How the route stands to the baseline, for people: "new, was healthy", "still the same, since
/// 2026-11-24T12:00:00Z", "fixed, was failing since ...". Empty when there is nothing to say. Not
/// escaped: the baseline's texts are foreign.
[[nodiscard]] std::string change_words(const RouteReport& one);

/// "failing: 503 no_healthy_upstream", or the state alone. Not escaped.
[[nodiscard]] std::string with_problems(const Verdict& verdict);

/// What --retry-for did: "in round 3, at first failing: 503 no_healthy_upstream". Empty after one
/// round. Not escaped.
[[nodiscard]] std::string rounds_words(const RouteReport& one);

/// Both, joined by a semicolon.
[[nodiscard]] std::string history_words(const RouteReport& one);

/// What --retry-for did to the whole run: "3 rounds within 1 min (--retry-for)". Empty after one
/// round.
[[nodiscard]] std::string retry_words(const Report& report);

/// The sums of a comparison: "against base.json of 2026-11-24T12:00:00Z: 1 new, 2 still broken".
/// Empty without a baseline. Not escaped.
[[nodiscard]] std::string baseline_words(const Report& report);

}  // namespace prober::report

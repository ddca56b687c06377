#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "prober/report.h"
#include "prober/timestamp.h"

/// What several formats say in the same words. Nothing here is escaped: each format does that for
/// its readers.
namespace prober::report {

constexpr double kAll = 0.9995;  // a share from here on is every request

/// "33 %", "0.5 %", "99.7 %".
[[nodiscard]] std::string percent(double share);

struct FailingShare {
  double share = 0;      // of the route's requests, a race counted by its worst alternative
  bool perhaps = false;  // a race may also end well
};
[[nodiscard]] FailingShare failing_share(const Verdict& verdict);
/// "every request fails", "33 % of requests fail", "up to 50 % of requests fail"; of a route that
/// fails without any answer "no request is answered".
[[nodiscard]] std::string share_words(const Verdict& verdict);
/// One outcome's: "33 % of requests"; for an alternative of a race "by chance, 33 % of requests
/// together with the other answers".
[[nodiscard]] std::string share_words(const PredictedOutcome& outcome);

/// "503 UF no_healthy_upstream": what Pomerium answers, as its access log has it.
[[nodiscard]] std::string answer_words(const Prediction& prediction);
/// What a browser shows, of an outcome that has a page.
[[nodiscard]] std::string page_words(const PredictedOutcome& outcome, std::string_view page);
/// One line for a route: its state in words, the answer, its share; for Unknown and Skipped the
/// reason. Then what --retry-for and --baseline add.
[[nodiscard]] std::string route_words(const RouteReport& route);
/// "6 routes: 1 failing (wiki), ..., 1 skipped; 1.2 s, as Envoy 1.38 answers".
[[nodiscard]] std::string summary_words(const Report& report);

/// The first `most` of them, joined by commas, "and 3 more".
[[nodiscard]] std::string some_of(const std::vector<std::string>& texts, std::size_t most);

/// The slowest attempt's time, from its start to its end.
[[nodiscard]] Duration slowest(const Observation& observation);
/// "2026-09-21".
[[nodiscard]] std::string day(std::int64_t seconds_since_1970);
/// "prober.yaml:7", or "" when the route is not from a file.
[[nodiscard]] std::string source_words(const SourcePosition& source);

}  // namespace prober::report

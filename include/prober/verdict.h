#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "prober/attempt.h"
#include "prober/prediction.h"
#include "prober/route.h"

namespace prober {

/// From good to bad; Unknown and Skipped stand beside the scale.
enum class State { Healthy, Warning, Degraded, Failing, Unknown, Skipped };
/// "healthy", "warning", ...
[[nodiscard]] std::string_view to_string(State state);
/// 0 healthy, 1 warning, 2 degraded, 3 failing; 0 for those beside the scale.
[[nodiscard]] int severity(State state);

/// What an error means, in words. All texts are complete sentences without line breaks.
struct Explanation {
  std::string cause;
  std::string resolution;
  std::string docs;  // URL with the documentation's anchor
  std::string page;  // title of the page that a browser shows: "Web Server is down"
};

/// One way in which requests to the route would end.
struct PredictedOutcome {
  Prediction prediction;
  std::string error;            // error_name(prediction.details)
  std::optional<double> share;  // of the route's requests; unset for one of a race's alternatives
  int race = 0;           // 0: no race; else the alternatives of one race have the same number
  double race_share = 0;  // of all alternatives together
  bool fails = false;     // a visitor would call it broken
  std::vector<std::string> endpoints;
  std::vector<std::string> evidence;       // what was measured, one sentence each
  std::optional<Explanation> explanation;  // unset for a sound via_upstream
};

struct Warning {
  std::string code;  // "certificate_expires", "headroom", "unexpected_address", ...: a closed list
  std::string message;
  bool operator==(const Warning&) const = default;
};

/// How much of a limit the slowest endpoint used.
struct Headroom {
  std::string limit;  // to_string(Limit)
  Duration allowed{};
  Duration used{};
};

struct Verdict {
  State state = State::Unknown;
  std::string reason;                      // for Unknown and Skipped
  std::vector<PredictedOutcome> outcomes;  // worst first, then by share
  std::vector<Warning> warnings;
  std::vector<Headroom> headroom;
};

/// Judges a route by what was observed. Pure. `now` (seconds since 1970) is what certificates are
/// held against.
[[nodiscard]] Verdict judge(const Route& route, const Settings& settings,
                            const Observation& observation, std::int64_t now);

}  // namespace prober

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "prober/attempt.h"
#include "prober/prediction.h"
#include "prober/verdict.h"

namespace prober {

/// Cause, evidence and resolution of a predicted error, from what was observed. `attempt` is null
/// when there was no host to try; then `lookups` tell why. `now` (seconds since 1970) tells how
/// long ago a certificate expired; 0 leaves that out. Pure.
[[nodiscard]] Explanation explain(const Prediction& prediction, const Route& route,
                                  const Attempt* attempt, const std::vector<Lookup>& lookups,
                                  std::int64_t now = 0);

/// What was measured, one sentence each: "connect to 10.0.0.5:80 was refused after 312 us".
[[nodiscard]] std::vector<std::string> evidence(const Route& route, const Attempt& attempt);
[[nodiscard]] std::vector<std::string> evidence(const std::vector<Lookup>& lookups);

/// What is known of response code details alone, without a measurement: `prober explain`.
struct DetailsExplanation {
  std::string details;  // as understood, in today's spelling
  std::string error;    // error_name
  std::string meaning;
  std::vector<std::string> causes;  // the usual ones, likeliest first
  std::vector<std::string> checks;  // what to look at, in order
  std::string docs;
};

/// Takes today's spelling and older ones ("," for "|", connection_failure,
/// upstream_response_timeout, "TLS error: ..."). Nothing when the text is not known.
[[nodiscard]] std::optional<DetailsExplanation> explain_details(std::string_view text);

}  // namespace prober

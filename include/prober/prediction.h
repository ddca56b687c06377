#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "prober/attempt.h"
#include "prober/response_flag.h"
#include "prober/route.h"

namespace prober {

/// What the proxy's access log would show for a request now.
struct Prediction {
  int status = 0;
  ResponseFlags flags;
  std::string details;  // %RESPONSE_CODE_DETAILS%, byte for byte; Pomerium's statusText
  bool exact = true;    // false: a text of BoringSSL had to be approximated

  bool operator==(const Prediction&) const = default;
};

/// The documented name of an error: the stable key. `details` up to the "{", except that
/// response_timeout is called upstream_response_timeout.
[[nodiscard]] std::string error_name(std::string_view details);

/// What the proxy would answer to a request that goes to this endpoint. More than one: a race, each
/// may come. Pure: no I/O, no clock, never fails. Empty when the attempt is unfinished.
/// Source of the rules: recordings of Envoy 1.38.2 (tests/data/recordings.txt).
[[nodiscard]] std::vector<Prediction> predict(const Attempt& attempt, const Route& route);

/// The answer when the cluster has no host to send a request to.
[[nodiscard]] Prediction no_healthy_upstream(const Route& route);

/// The answer when a circuit breaker lets no request through.
[[nodiscard]] Prediction overflow(const Route& route);

}  // namespace prober

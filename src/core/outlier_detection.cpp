// What the router tells the outlier detector of a request, and whether that ejects a host.
// Source: Envoy 1.38, source/common/router/router.cc and
// source/common/upstream/outlier_detection_impl.cc; measured.

#include <algorithm>
#include <array>

#include "cluster.h"

namespace prober {
namespace {

// What a counter of consecutive failures sees of one request, in order.
enum class Event { Success, Failure };
using Events = std::vector<Event>;

// A reset, or a limit that is the host's fault. An idle or downstream limit is not, nor is a
// circuit breaker.
bool ends_locally(const Prediction& prediction) {
  const std::string_view details = prediction.details;
  const bool reset = details.starts_with("upstream_reset_") && !details.ends_with("{overflow}");
  return reset || details == "response_timeout" || details.starts_with("upstream_per_try_");
}

int local_status(const Prediction& prediction) {
  return prediction.details.starts_with("upstream_reset_") ? 503 : 504;
}

// The status that the upstream itself answered with before the end.
std::optional<int> answered_status(const Prediction& prediction, const Attempt& attempt) {
  if (prediction.details == "via_upstream") {
    return prediction.status;
  }
  return attempt.http ? attempt.http->status : std::nullopt;
}

// The statuses that count: the upstream's own, then what stands for a local end.
std::vector<int> statuses(const Prediction& prediction, const Attempt& attempt, bool with_local) {
  std::vector<int> out;
  if (const auto status = answered_status(prediction, attempt)) {
    out.push_back(*status);
  }
  // A timeout after the head is not reported (Filter::onResponseTimeout).
  const bool reported = ends_locally(prediction) &&
                        (out.empty() || prediction.details.starts_with("upstream_reset_"));
  if (with_local && reported) {
    out.push_back(local_status(prediction));
  }
  return out;
}

Events by_status(const std::vector<int>& statuses, int first, int last) {
  Events out;
  for (const int status : statuses) {
    out.push_back(status >= first && status <= last ? Event::Failure : Event::Success);
  }
  return out;
}

// With split_external_local_origin_errors each connection that stands is a success, so what fails
// after that is never twice in a row (measured).
Events by_origin(const Prediction& prediction, const Attempt& attempt) {
  Events out;
  const bool connected =
      attempt.connect == ConnectResult::Connected && (!attempt.tls || attempt.tls->completed);
  if (connected) {
    out.push_back(Event::Success);
  }
  if (ends_locally(prediction)) {
    out.push_back(Event::Failure);
  }
  return out;
}

// Whether requests that all look like this ever bring `threshold` failures in a row.
bool reaches(const Events& one, std::uint32_t threshold) {
  if (threshold == 0 || std::ranges::find(one, Event::Failure) == one.end()) {
    return false;  // the counter is compared when it has risen: 0 is never met
  }
  if (std::ranges::find(one, Event::Success) == one.end()) {
    return true;
  }
  std::uint32_t run = 0;
  std::uint32_t longest = 0;
  for (int twice = 0; twice < 2; ++twice) {
    for (const Event event : one) {
      run = event == Event::Failure ? run + 1 : 0;
      longest = std::max(longest, run);
    }
  }
  return longest >= threshold;
}

bool ejects(const Prediction& prediction, const Attempt& attempt, const OutlierDetection& by) {
  const bool split = by.split_external_local_origin_errors;
  const std::vector<int> seen = statuses(prediction, attempt, !split);
  const auto enforced = [](std::uint32_t percent, const Events& events, std::uint32_t threshold) {
    return percent > 0 && reaches(events, threshold);
  };
  return enforced(by.enforcing_consecutive_5xx, by_status(seen, 500, 599), by.consecutive_5xx) ||
         enforced(by.enforcing_consecutive_gateway_failure, by_status(seen, 502, 504),
                  by.consecutive_gateway_failure) ||
         (split && enforced(by.enforcing_consecutive_local_origin_failure,
                            by_origin(prediction, attempt), by.consecutive_local_origin_failure));
}

}  // namespace

bool would_eject(const std::vector<Prediction>& predictions, const Attempt& attempt,
                 const OutlierDetection& detection) {
  return !predictions.empty() && std::ranges::all_of(predictions, [&](const Prediction& one) {
    return ejects(one, attempt, detection);
  });
}

}  // namespace prober

#include "cluster.h"

#include <algorithm>
#include <cstdint>

namespace prober {
namespace {

// How many of the ejectable hosts Envoy would eject: DetectorImpl::ejectHost compares the share
// *after* the ejection with the limit, in doubles.
std::size_t ejections(std::size_t ejectable, std::size_t hosts, const OutlierDetection& detection) {
  std::size_t out = 0;
  while (out < ejectable) {
    const double percent = 100.0 * static_cast<double>(out + 1) / static_cast<double>(hosts);
    const bool within = percent <= detection.max_ejection_percent;
    const bool one_allowed = out == 0 && detection.always_eject_one_host;
    if (!within && !one_allowed) {
      break;
    }
    ++out;
  }
  return out;
}

}  // namespace

Rotation rotate(const std::vector<Host>& hosts, const ClusterSettings& settings) {
  const std::size_t count = hosts.size();
  Rotation out;
  out.share.assign(count, 0.0);
  out.ejected.assign(count, 0.0);
  if (count == 0 || settings.circuit_breakers.max_connection_pools == 0U) {
    return out;
  }
  const auto ejectable = static_cast<std::size_t>(std::ranges::count_if(hosts, &Host::ejectable));
  std::size_t gone = 0;
  if (settings.outlier_detection && ejectable > 0) {
    gone = ejections(ejectable, count, *settings.outlier_detection);
  }
  // Which of several equally bad hosts is ejected is chance, so each is out with the same
  // probability.
  const double chance =
      gone == 0 ? 0.0 : static_cast<double>(gone) / static_cast<double>(ejectable);
  double healthy = 0;
  for (std::size_t i = 0; i < count; ++i) {
    out.ejected[i] = hosts[i].ejectable ? chance : 0.0;
    healthy += hosts[i].passes_health_checks ? 1.0 - out.ejected[i] : 0.0;
  }
  const auto percent =
      static_cast<std::uint32_t>(100.0 * healthy / static_cast<double>(count) + 1e-9);
  out.panic = percent < settings.healthy_panic_threshold;
  double total = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const double in_rotation = hosts[i].passes_health_checks ? 1.0 - out.ejected[i] : 0.0;
    out.share[i] = (out.panic ? 1.0 : in_rotation) * hosts[i].weight;
    total += out.share[i];
  }
  out.empty = total <= 0;
  for (double& share : out.share) {
    share = out.empty ? 0.0 : share / total;
  }
  return out;
}

namespace {

bool local_origin(const Prediction& prediction) {
  return prediction.details != "via_upstream";
}

// What the router reports to the detector: resets and timeouts count as 503 and 504 unless local
// errors are split off; an idle or downstream limit is not the host's fault.
bool counts_locally(const Prediction& prediction) {
  return local_origin(prediction) && (prediction.details.starts_with("upstream_reset_") ||
                                      prediction.details == "response_timeout" ||
                                      prediction.details.starts_with("upstream_per_try_"));
}

bool ejects(const Prediction& prediction, const OutlierDetection& detection) {
  const bool local = local_origin(prediction);
  if (local && !counts_locally(prediction)) {
    return false;
  }
  if (local && detection.split_external_local_origin_errors) {
    return detection.enforcing_consecutive_local_origin_failure > 0;
  }
  const bool server_error = local || (prediction.status >= 500 && prediction.status < 600);
  const bool gateway_error = local || (prediction.status >= 502 && prediction.status <= 504);
  return (server_error && detection.enforcing_consecutive_5xx > 0) ||
         (gateway_error && detection.enforcing_consecutive_gateway_failure > 0);
}

}  // namespace

bool would_eject(const std::vector<Prediction>& predictions, const OutlierDetection& detection) {
  return !predictions.empty() && std::ranges::all_of(predictions, [&](const Prediction& one) {
    return ejects(one, detection);
  });
}

}  // namespace prober

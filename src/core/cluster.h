#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "prober/attempt.h"
#include "prober/prediction.h"
#include "prober/route.h"

namespace prober {

/// One host of a cluster as its load balancer sees it.
struct Host {
  std::uint32_t weight = 1;
  bool passes_health_checks = true;
  bool ejectable = false;  // outlier detection would eject it, were there no limit on ejections
  std::string address{};   // as Envoy prints it; what RING_HASH and MAGLEV hash
};

/// Who gets the requests in the steady state: each host health-checked, ejections made and not yet
/// over.
struct Rotation {
  std::vector<double> share;    // of the requests, by host; all zero when no host is left
  std::vector<double> ejected;  // probability that the host is among the ejected ones, 0 to 1
  bool panic = false;           // so few are left that all of them are used
  bool empty = true;            // no host at all: no_healthy_upstream
  /// RING_HASH and MAGLEV: `share` is that of visitors without a session, who all go to one host;
  /// this is that of the sessions. Empty for the other policies.
  std::vector<double> sessions;
  bool one_of_all = false;  // they go to one host, but which one could not be computed
};

/// Source: Envoy 1.38's load balancers and outlier detector, and measured clusters
/// (tests/data/cluster_shares.txt). Pure.
[[nodiscard]] Rotation rotate(const std::vector<Host>& hosts, const ClusterSettings& settings);

/// Whether a host that always ends this way is ejected by outlier detection sooner or later.
/// Ejection by success rate or failure percentage is left out: it depends on the load (100 and 50
/// requests to each host in an interval). Pure.
[[nodiscard]] bool would_eject(const std::vector<Prediction>& predictions, const Attempt& attempt,
                               const OutlierDetection& detection);

}  // namespace prober

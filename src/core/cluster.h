#pragma once

#include <cstdint>
#include <vector>

#include "prober/prediction.h"
#include "prober/route.h"

namespace prober {

/// One host of a cluster as its load balancer sees it.
struct Host {
  std::uint32_t weight = 1;
  bool passes_health_checks = true;
  bool ejectable = false;  // outlier detection would eject it, were there no limit on ejections
};

/// Who gets the requests in the steady state: each host health-checked, ejections made and not yet
/// over.
struct Rotation {
  std::vector<double> share;    // of the requests, by host; all zero when no host is left
  std::vector<double> ejected;  // probability that the host is the one ejected, 0 to 1
  bool panic = false;           // so few are left that all of them are used
  bool empty = true;            // no host at all: no_healthy_upstream
};

/// Source: Envoy's load balancer (isHostSetInPanic) and outlier detector (ejectHost), and the
/// recordings of clusters. Pure.
[[nodiscard]] Rotation rotate(const std::vector<Host>& hosts, const ClusterSettings& settings);

/// Whether a host that always ends this way is ejected by outlier detection sooner or later.
[[nodiscard]] bool would_eject(const std::vector<Prediction>& predictions,
                               const OutlierDetection& detection);

}  // namespace prober

#pragma once

#include <memory>

#include "config/fields.h"
#include "prober/route.h"

namespace prober::config {

/// Reads what a route says of its cluster: load balancing, health checks, outlier detection, panic
/// threshold and circuit breakers, the global ones below. Routes that say nothing share `defaults`.
[[nodiscard]] std::shared_ptr<const ClusterSettings> read_cluster(
    const Fields& route, const std::shared_ptr<const ClusterSettings>& defaults);

/// Lays a circuit_breaker_thresholds block over the one below it, field by field.
void read_circuit_breakers(const Value& block, CircuitBreakers& breakers, Problems& problems);

}  // namespace prober::config

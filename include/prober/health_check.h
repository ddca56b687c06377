#pragma once

#include "prober/attempt.h"
#include "prober/health.h"
#include "prober/request.h"
#include "prober/route.h"

namespace prober {

/// The request that Envoy's HTTP or gRPC health checker sends. Its Host is the cluster's name where
/// the check names none, which most virtual hosts do not know. Pure.
/// Source: Envoy, source/extensions/health_checkers/http/health_checker_impl.cc.
[[nodiscard]] HttpRequest health_check_request(const HealthCheck& check, const Route& route);

/// What the checker makes of an attempt that made that request. Pure.
[[nodiscard]] HealthObservation judge_health_check(const HealthCheck& check,
                                                   const Attempt& attempt);

}  // namespace prober

#pragma once

#include "config/fields.h"
#include "config/route_defaults.h"
#include "prober/route.h"

namespace prober::config {

/// What Pomerium's Policy.Validate asks of a route beside its `to`, and what Envoy then refuses in
/// the answers that Pomerium gives by itself.
void check_route(const Fields& fields, const Route& route, const RouteDefaults& defaults);

}  // namespace prober::config

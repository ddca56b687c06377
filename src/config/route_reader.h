#pragma once

#include <string>
#include <vector>

#include "config/fields.h"
#include "config/route_defaults.h"

namespace prober::config {

struct ReadRoute {
  Route route;
  std::string cluster;  // Pomerium's name for its cluster, which no other may have; "" without `to`
};

/// Reads a route; what is wrong with it is in the problems. A route with errors is returned as far
/// as it goes.
[[nodiscard]] ReadRoute read_route(const Value& entry, const RouteDefaults& defaults,
                                   Problems& problems);

/// Looks for what Envoy refuses in an allow_upgrades that holds for a route that is proxied.
void check_upgrades(const Fields& fields, const std::vector<std::string>& upgrades);

/// Whether the entry only adds a `probe:` to a route of another file.
[[nodiscard]] bool only_adds_probe(const Value& entry);

/// Lays the entry's `probe:` over the route's.
void add_probe(const Value& entry, Route& route, Problems& problems);

}  // namespace prober::config

#pragma once

#include "config/fields.h"
#include "prober/route.h"

namespace prober::config {

/// Where a `probe:` block stands; a request that may change something belongs to one route alone.
enum class ProbeScope { Global, Route };

/// Lays a `probe:` block over the settings below it. Its `proxy` and `concurrency` are not read
/// here.
void read_probe(const Value& block, ProbeScope scope, ProbeSettings& settings, Problems& problems);

/// Lays a `proxy:` block over the settings below it.
void read_proxy(const Value& block, ProxySettings& settings, Problems& problems);

}  // namespace prober::config

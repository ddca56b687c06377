#pragma once

#include <optional>

#include "config/global_checks.h"
#include "config/problems.h"
#include "config/route_defaults.h"
#include "config/tree.h"
#include "prober/route.h"

namespace prober::config {

/// What the keys at the top of all files say together; a later file wins, key by key.
struct Globals {
  Globals();

  Settings settings;
  RouteDefaults defaults;
  ProxySettings proxy;
  ProbeSettings probe;
  std::optional<Duration> timeout_write;
  bool max_stream_duration_given = false;
  Needs needs;
  std::optional<SourcePosition> bad_resolvers;  // harmless as long as no name is looked up
};

/// Reads the keys at the top of one file.
void read_globals(const Value& root, Problems& problems, Globals& globals);

}  // namespace prober::config

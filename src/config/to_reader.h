#pragma once

#include <string>
#include <vector>

#include "config/cluster_name.h"
#include "config/fields.h"
#include "prober/route.h"

namespace prober::config {

/// What `to` says.
struct ToList {
  std::vector<Upstream> upstreams;
  HashInput identity;  // by which Pomerium tells routes apart; empty without `to`
};

/// Reads `to` in all its forms: a URL, a list, lists and maps within lists.
[[nodiscard]] ToList read_to(const Fields& route);

[[nodiscard]] bool is_stream(Scheme scheme);

/// Whether Envoy looks names up for the cluster, or has addresses and sockets only. Pomerium does
/// not recognise an IPv6 address with a port.
[[nodiscard]] bool resolves_names(const std::vector<Upstream>& to);

}  // namespace prober::config

#pragma once

#include <string>
#include <string_view>

#include "config/cluster_name.h"
#include "prober/error.h"
#include "prober/route.h"

namespace prober::config {

/// One entry of `to`.
struct ToUrl {
  Upstream upstream;
  HashInput identity;           // what Pomerium tells routes apart by
  bool has_userinfo = false;    // Pomerium drops it
  bool unknown_scheme = false;  // acts like http
  bool port_too_big = false;    // over 65535: Pomerium refuses to start, though not here
};

/// Reads "https://host:8443/path,50". Weight 0: none given. The Error is in Pomerium's words and
/// does not repeat the text, which may hold a password. Source: config/custom.go, ParseWeightedURL;
/// config/envoyconfig/clusters.go, buildLbEndpoints.
[[nodiscard]] Result<ToUrl> parse_to(std::string_view text);

}  // namespace prober::config

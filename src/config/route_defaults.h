#pragma once

#include <memory>
#include <vector>

#include "config/identity_reader.h"
#include "config/pem.h"
#include "prober/route.h"

namespace prober::config {

/// What routes inherit: the global keys, and settings that routes without their own share.
struct RouteDefaults {
  Duration timeout = std::chrono::seconds(30);  // default_upstream_timeout
  DnsLookupFamily lookup_family = DnsLookupFamily::V4Preferred;
  std::vector<std::string> upgrades;       // the global allow_upgrades
  std::shared_ptr<const PathMatch> match;  // every path
  std::shared_ptr<const TlsSettings> tls;
  std::shared_ptr<const RequestRewrite> rewrite;
  std::shared_ptr<const ClusterSettings> cluster;
  std::shared_ptr<const ProxySettings> proxy;
  std::shared_ptr<const ProbeSettings> probe;
  std::shared_ptr<const ConfigFault> tls_fault;      // of routes that trust the system's roots
  std::shared_ptr<const ConfigFault> cluster_fault;  // of routes to addresses and names
  std::shared_ptr<const ConfigFault> names_fault;    // of routes to names
  IdentityProviders identity;
  std::shared_ptr<PemFiles> files;  // never null
  bool files_must_exist = true;
};

}  // namespace prober::config

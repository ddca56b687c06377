#pragma once

#include <memory>
#include <optional>

#include "config/fields.h"
#include "prober/route.h"

namespace prober::config {

/// What routes inherit: the global keys, and settings that routes without their own share.
struct RouteDefaults {
  Duration timeout = std::chrono::seconds(30);  // default_upstream_timeout
  DnsLookupFamily lookup_family = DnsLookupFamily::V4Preferred;
  bool websocket = false;  // `websocket` in the global allow_upgrades
  std::shared_ptr<const TlsSettings> tls;
  std::shared_ptr<const RequestRewrite> rewrite;
  std::shared_ptr<const ClusterSettings> cluster;
  std::shared_ptr<const ProxySettings> proxy;
  std::shared_ptr<const ProbeSettings> probe;
  bool files_must_exist = true;
};

/// Reads a route; what is wrong with it is in the problems. A route with errors is returned as far
/// as it goes.
[[nodiscard]] Route read_route(const Value& entry, const RouteDefaults& defaults,
                               Problems& problems);

/// Whether the entry only adds a `probe:` to a route of another file.
[[nodiscard]] bool only_adds_probe(const Value& entry);

/// Lays the entry's `probe:` over the route's.
void add_probe(const Value& entry, Route& route, Problems& problems);

/// Reads a certificate or key from KEY_file or, base64, from KEY. A file that cannot be read is an
/// error,
[[nodiscard]] PemSource read_pem(const Fields& fields, const std::string& key,
                                 bool files_must_exist);

}  // namespace prober::config

#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "loop.h"
#include "prober/attempt.h"
#include "prober/route.h"

namespace prober::net {

/// The address of a name that needs no lookup: an IPv4 address, or `localhost`, which Pomerium
/// makes 127.0.0.1. Envoy takes it whatever the lookup family is, V6_ONLY too (measured on 1.38.2).
/// An IPv6 address goes through the lookup, as in Pomerium.
[[nodiscard]] std::optional<IpAddress> literal_address(const std::string& name);

/// Resolves names as Envoy does under Pomerium's settings: /etc/hosts, as Envoy's c-ares reads it,
/// and search domains count, each family is asked for by itself. Lives on the loop's thread.
class Resolver {
 public:
  using Callback = std::function<void(Lookup)>;

  Resolver(Loop& loop, const DnsSettings& settings);
  Resolver(const Resolver&) = delete;
  Resolver& operator=(const Resolver&) = delete;
  /// Lookups that are under way are dropped; their callbacks never run.
  ~Resolver();

  /// Looks `name` up as that Envoy would; the callback runs later on the loop, once. Lookups beyond
  /// `udp_max_queries` at once wait for their turn.
  void resolve(const std::string& name, DnsLookupFamily family, EnvoyVersion envoy, Callback done);

  class Impl;

 private:
  std::shared_ptr<Impl> impl_;
};

}  // namespace prober::net

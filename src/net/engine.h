#pragma once

#include <cstddef>
#include <memory>

#include "connection.h"
#include "gate.h"
#include "loop.h"
#include "probe_session.h"
#include "resolver.h"
#include "tls_client.h"

namespace prober::net {

/// Everything that probes of one configuration share. Lives on the loop's thread; the loop, the
/// settings and the routes outlive it, its sessions do not.
class Engine {
 public:
  /// `concurrency`: connections at once.
  Engine(Loop& loop, const Settings& settings, std::size_t concurrency);

  /// Begins to probe. The callback runs once, on the loop, and never before this returns; it must
  /// not destroy the session directly but through Loop::destroy_later.
  [[nodiscard]] std::unique_ptr<ProbeSession> probe(const Route& route,
                                                    ProbeSession::Callback done);

 private:
  Loop& loop_;
  const Settings& settings_;
  Connector connector_;
  Resolver resolver_;
  TrustStores trust_;
  Gate gate_;
};

/// Raises the soft limit of open descriptors to the hard one and returns how many connections fit
/// under it, a reserve for the program itself taken off.
[[nodiscard]] std::size_t connections_that_fit();

}  // namespace prober::net

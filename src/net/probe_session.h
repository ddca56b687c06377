#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "attempt_session.h"
#include "gate.h"
#include "prober/attempt.h"
#include "resolver.h"
#include "tls_client.h"

namespace prober::net {

/// What the sessions of a run share. All of it outlives them.
struct Shared {
  Loop& loop;
  Connector& connector;
  Resolver& resolver;
  TrustStores& trust;
  Gate& gate;
  const Settings& settings;
};

/// What a session waits for, for people.
struct Waiting {
  std::string what;  // "the lookup of wiki.internal", "10.0.0.5:80 to connect"
  std::optional<TimePoint>
      until;  // when the whole session is over at the latest; nothing: who knows
};

/// One probe of one route: resolving -> probing every endpoint at once -> done. Lives on the loop's
/// thread. Destroying it cancels what is in flight; `done` then never runs.
class ProbeSession {
 public:
  using Callback = std::function<void(Observation)>;

  /// `route` must outlive the session.
  ProbeSession(Shared shared, const Route& route, Callback done);
  ProbeSession(const ProbeSession&) = delete;
  ProbeSession& operator=(const ProbeSession&) = delete;
  ~ProbeSession();

  /// What is known so far; with finished = false.
  [[nodiscard]] Observation partial(std::string reason) const;
  /// `what` is the last one begun of what is still open. While a name is looked up or an endpoint
  /// waits for a free connection nobody knows `until`.
  [[nodiscard]] Waiting waiting() const;

 private:
  struct Job;

  void resolve_names();
  void on_lookup(std::size_t index, Lookup lookup);
  void close_lookup();
  void probe_endpoints();
  void add_endpoint(std::size_t upstream, const Endpoint& endpoint);
  void queue(Job job);
  void start(std::size_t index);
  void on_attempt(std::size_t index, Attempt attempt);
  void finish_if_complete();
  [[nodiscard]] static std::optional<TimePoint> over_by(const Job& job);
  [[nodiscard]] AttemptPlan plan_for(std::size_t upstream, const Endpoint& endpoint) const;
  [[nodiscard]] AttemptPlan plan_health_check(std::size_t upstream, const Endpoint& endpoint) const;
  [[nodiscard]] TlsClient::Options tls_options(const Upstream& upstream) const;

  Shared shared_;
  const Route& route_;
  Callback done_;
  Observation observation_;
  std::vector<std::unique_ptr<Job>> jobs_;
  std::size_t lookups_open_ = 0;
  std::size_t jobs_open_ = 0;
  std::shared_ptr<bool> alive_;
};

}  // namespace prober::net

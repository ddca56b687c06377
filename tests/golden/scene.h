#pragma once

#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "prober/report.h"

/// Reports for the golden files: observations made up in code, judged by the real judge.
namespace prober::golden {

constexpr std::int64_t kNow = 1'790'000'000;  // 2026-09-21T14:13:20Z
constexpr std::int64_t kDay = 86'400;

/// One report, with the routes that it points to.
class Scene {
 public:
  explicit Scene(std::string name);

  /// Judges the observation and adds it.
  void add(Route route, Observation observation);

  /// Holds it against an earlier report; `routes` in that report's order.
  void compare_with(std::vector<EarlierRoute> routes);
  /// The last route added was probed in that many rounds, and had that verdict in the first.
  void retried(int rounds, const Verdict& first);

  /// The run was ended before everything was done.
  void ended_early(const std::string& why);

  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] const Report& report() const { return report_; }

 private:
  std::string name_;
  std::deque<Route> routes_;  // their addresses stay
  Report report_;
};

[[nodiscard]] Route make_route(const std::string& name, Scheme scheme, const std::string& host,
                               std::uint16_t port);

/// Tried at 10.0.0.<last>, nothing happened yet.
[[nodiscard]] Attempt make_attempt(int last, std::uint16_t port);
[[nodiscard]] Attempt connect_error(Attempt attempt, int error, ConnectResult result);
/// TCP is up, a request is sent, no byte of an answer came.
[[nodiscard]] Attempt connected(Attempt attempt);
[[nodiscard]] Attempt answered(Attempt attempt, int status);
[[nodiscard]] Attempt ended_by(Attempt attempt, Limit limit, Duration after);
/// The handshake failed with that reason of BoringSSL's.
[[nodiscard]] Attempt handshake_error(Attempt attempt, const std::string& server_name,
                                      std::uint32_t number, const std::string& reason);
[[nodiscard]] Certificate make_certificate(const std::string& name, std::int64_t days_left);

[[nodiscard]] Lookup resolved(const std::string& name, const std::vector<int>& last);
[[nodiscard]] Lookup unresolved(const std::string& name, LookupStatus status, Duration time);

/// One endpoint with one attempt for each.
[[nodiscard]] Observation observe(std::vector<Lookup> lookups, std::vector<Attempt> attempts);

[[nodiscard]] Scene every_state();
[[nodiscard]] Scene all_is_well();
[[nodiscard]] Scene against_baseline();
[[nodiscard]] Scene hostile_texts();
[[nodiscard]] Scene hostile_markup();
[[nodiscard]] Scene hostile_history();
[[nodiscard]] Scene several_endpoints();
[[nodiscard]] Scene names_and_connections();
[[nodiscard]] Scene handshakes();
[[nodiscard]] Scene answers();
[[nodiscard]] Scene time_limits();

}  // namespace prober::golden

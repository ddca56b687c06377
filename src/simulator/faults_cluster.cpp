#include "simulator/outcomes.h"
#include "simulator/replies.h"

namespace prober::simulator {
namespace {

using namespace outcomes;
using namespace steps;

constexpr char kCheck[] =
    "health_checks: [{timeout: 0.3s, interval: 0.2s, no_traffic_interval: 0.2s, "
    "unhealthy_threshold: 1, "
    "healthy_threshold: 1, http_health_check: {path: /healthz}}]";
constexpr char kNoPanic[] = "healthy_panic_threshold: 0";

Fault cluster(std::string name, std::string does, std::vector<Upstream> upstreams,
              std::vector<std::string> route, std::vector<Expected> expected) {
  Fault out;
  out.name = std::move(name);
  out.does = std::move(does);
  out.upstreams = std::move(upstreams);
  out.route = std::move(route);
  out.expected = std::move(expected);
  return out;
}

Script always(const std::string& status) {
  return {read_request(), send(reply(status, {}, "from the upstream\n")), repeat()};
}

std::string outliers(const std::string& settings) {
  return "outlier_detection: {interval: 0.1s, base_ejection_time: 30s, max_ejection_percent: "
         "100, " +
         settings + "}";
}

}  // namespace

std::vector<Fault> cluster_faults() {
  const Upstream refused_port = of_kind(Upstream::Kind::Refused);
  const Expected half_ok{200, "", "via_upstream", 0.5};
  const Expected half_refused{503, "UF", refused().details, 0.5};
  std::vector<Fault> out = {
      cluster("unhealthy", "fails its health check; panic threshold 0",
              {plain(always("503 Service Unavailable"))}, {kCheck, kNoPanic}, {no_host()}),
      cluster("unhealthy-panic", "fails its health check; default panic threshold",
              {plain(always("503 Service Unavailable"))}, {kCheck}, {passed(503)}),
      cluster("unhealthy-refused", "nothing listens; health check; panic threshold 0",
              {refused_port}, {kCheck, kNoPanic}, {no_host()}),
      cluster("unhealthy-refused-panic", "nothing listens; health check; default panic threshold",
              {refused_port}, {kCheck}, {refused()}),
      cluster("health-check-ok", "passes its health check", {plain(healthy())}, {kCheck, kNoPanic},
              {passed(200)}),
      cluster("one-of-two-unhealthy", "one of two refuses; health check",
              {plain(healthy()), refused_port}, {kCheck}, {passed(200)}),
      cluster("two-of-three-unhealthy", "two of three refuse; health check; panic",
              {plain(healthy()), refused_port, refused_port}, {kCheck},
              {{200, "", "via_upstream", 1.0 / 3}, {503, "UF", refused().details, 2.0 / 3}}),
      cluster("one-of-two-down", "one of two upstreams refuses", {plain(healthy()), refused_port},
              {}, {half_ok, half_refused}),
      cluster("ejected-5xx", "answers 500; ejected after 3 in a row; panic threshold 0",
              {plain(always("500 Internal Server Error"))},
              {outliers("consecutive_5xx: 3"), kNoPanic}, {no_host()}),
      cluster("ejected-5xx-panic", "answers 500; ejected, but panic",
              {plain(always("500 Internal Server Error"))}, {outliers("consecutive_5xx: 3")},
              {passed(500)}),
      cluster("max-pending-0", "max_pending_requests 0", {plain(healthy())},
              {"circuit_breaker_thresholds: {max_pending_requests: 0}"},
              {{503, "UO", before("overflow")}}),
      cluster("max-connections-0", "max_connections 0", {plain(healthy())},
              {"circuit_breaker_thresholds: {max_connections: 0}"}, {passed(200)}),
  };
  out.front().demo = true;
  out[7].demo = true;
  return out;
}

}  // namespace prober::simulator

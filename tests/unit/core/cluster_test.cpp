#include "cluster.h"

#include <doctest/doctest.h>

using namespace prober;

namespace {

constexpr Host kGood{};
constexpr Host kUnhealthy{1, false, false};
constexpr Host kEjectable{1, true, true};

std::vector<Host> many(std::size_t good, std::size_t bad) {
  std::vector<Host> out(good, kGood);
  out.insert(out.end(), bad, kEjectable);
  return out;
}

ClusterSettings settings(std::uint32_t panic, std::uint32_t max_ejection = 10) {
  ClusterSettings out;
  out.healthy_panic_threshold = panic;
  out.outlier_detection = OutlierDetection{};
  out.outlier_detection->max_ejection_percent = max_ejection;
  return out;
}

ClusterSettings with(LoadBalancingPolicy policy) {
  ClusterSettings out;
  out.policy = policy;
  return out;
}

double ejected(const Rotation& rotation) {
  double out = 0;
  for (const double one : rotation.ejected) {
    out += one;
  }
  return out;
}

}  // namespace

TEST_CASE("rotate: who gets requests") {
  struct Case {
    const char* name;
    std::vector<Host> hosts;
    ClusterSettings settings;
    std::vector<double> share;
    bool panic;
  };
  const Case cases[] = {
      {"no host", {}, settings(50), {}, false},
      {"two alike", {kGood, kGood}, settings(50), {0.5, 0.5}, false},
      {"by weight", {{1, true, false}, {3, true, false}}, settings(50), {0.25, 0.75}, false},
      {"RANDOM does not look at weights",
       {{1, true, false}, {3, true, false}},
       with(LoadBalancingPolicy::Random),
       {0.5, 0.5},
       false},
      {"LEAST_REQUEST does",
       {{1, true, false}, {3, true, false}},
       with(LoadBalancingPolicy::LeastRequest),
       {0.25, 0.75},
       false},
      {"72 % healthy are enough for any threshold",
       {kGood, kGood, kGood, kUnhealthy},
       settings(100),
       {1.0 / 3, 1.0 / 3, 1.0 / 3, 0},
       false},
      {"two of three are not",
       {kGood, kGood, kUnhealthy},
       settings(90),
       {1.0 / 3, 1.0 / 3, 1.0 / 3},
       true},
      {"the heaviest is ejected first",
       {kGood, {3, true, true}, {2, true, true}},
       settings(0, 34),
       {1.0 / 3, 0, 2.0 / 3},
       false},
      {"panic ends the ejections among those that get requests",
       {kGood, kEjectable, kEjectable, kEjectable},
       settings(60, 100),
       {0.25, 0.25, 0.25, 0.25},
       true},
      {"an unhealthy host gets no requests, so it is not ejected in another's stead",
       {kGood, {1, false, true}, kEjectable},
       settings(30, 34),
       {1, 0, 0},
       false},
      {"one of two unhealthy is no panic", {kGood, kUnhealthy}, settings(50), {1, 0}, false},
      {"one of three healthy is",
       {kGood, kUnhealthy, kUnhealthy},
       settings(50),
       {1.0 / 3, 1.0 / 3, 1.0 / 3},
       true},
      {"one of three at 33 is no panic",
       {kGood, kUnhealthy, kUnhealthy},
       settings(33),
       {1, 0, 0},
       false},
      {"one of three at 34 is",
       {kGood, kUnhealthy, kUnhealthy},
       settings(34),
       {1.0 / 3, 1.0 / 3, 1.0 / 3},
       true},
      {"none left and no panic", {kUnhealthy}, settings(0), {0}, false},
      {"an ejected host is out", {kGood, kEjectable}, settings(50, 100), {1, 0}, false},
      {"the only host, ejected, panic", {kEjectable}, settings(50, 100), {1}, true},
      {"the only host, ejected, no panic", {kEjectable}, settings(0, 100), {0}, false},
  };
  for (const Case& c : cases) {
    CAPTURE(c.name);
    const Rotation rotation = rotate(c.hosts, c.settings);
    CHECK(rotation.panic == c.panic);
    REQUIRE(rotation.share.size() == c.share.size());
    double total = 0;
    for (std::size_t i = 0; i < c.share.size(); ++i) {
      CHECK(rotation.share[i] == doctest::Approx(c.share[i]));
      total += rotation.share[i];
    }
    CHECK(rotation.empty == (total == 0));
  }
}

TEST_CASE("rotate: Pomerium's empty outlier_detection ejects from ten hosts on") {
  CHECK(ejected(rotate(many(8, 1), settings(50))) == doctest::Approx(0));
  CHECK(ejected(rotate(many(9, 1), settings(50))) == doctest::Approx(1));
  CHECK(ejected(rotate(many(10, 2), settings(50))) == doctest::Approx(1));
  CHECK(ejected(rotate(many(17, 3), settings(50))) == doctest::Approx(2));
}

TEST_CASE("rotate: no connection pool, no host") {
  ClusterSettings none = settings(50);
  none.circuit_breakers.max_connection_pools = 0;
  CHECK(rotate({kGood}, none).empty);
}

TEST_CASE("would_eject: which endings count, and how") {
  OutlierDetection defaults;
  OutlierDetection gateway;
  gateway.enforcing_consecutive_5xx = 0;
  gateway.enforcing_consecutive_gateway_failure = 100;
  OutlierDetection split;
  split.split_external_local_origin_errors = true;
  OutlierDetection split_off = split;
  split_off.enforcing_consecutive_local_origin_failure = 0;
  OutlierDetection split_once = split;
  split_once.consecutive_local_origin_failure = 1;
  OutlierDetection never;
  never.consecutive_5xx = 0;
  OutlierDetection once;
  once.consecutive_5xx = 1;
  const Prediction ok{200, {}, "via_upstream"};
  const Prediction error500{500, {}, "via_upstream"};
  const Prediction error503{503, {}, "via_upstream"};
  const Prediction refused{
      503, {ResponseFlag::UpstreamConnectionFailure}, "upstream_reset_before_response_started{x}"};
  const Prediction terminated{503,
                              {ResponseFlag::UpstreamConnectionTermination},
                              "upstream_reset_before_response_started{connection_termination}"};
  const Prediction cut{200,
                       {ResponseFlag::UpstreamProtocolError},
                       "upstream_reset_after_response_started{protocol_error}"};
  const Prediction overflowed{
      503, {ResponseFlag::UpstreamOverflow}, "upstream_reset_before_response_started{overflow}"};
  Attempt failed;
  failed.connect = ConnectResult::DelayedError;
  Attempt connected;
  connected.connect = ConnectResult::Connected;
  Attempt head;
  head.connect = ConnectResult::Connected;
  head.http.emplace().status = 200;
  Attempt head500 = head;
  head500.http->status = 500;
  const Prediction idle{504, {ResponseFlag::StreamIdleTimeout}, "stream_idle_timeout"};
  struct Case {
    const char* name;
    std::vector<Prediction> predictions;
    Attempt attempt;
    OutlierDetection detection;
    bool want;
  };
  const Case cases[] = {
      {"200", {ok}, head, defaults, false},
      {"500", {error500}, head500, defaults, true},
      {"500 is no gateway failure", {error500}, head500, gateway, false},
      {"503 is", {error503}, connected, gateway, true},
      {"a reset counts as 503", {refused}, failed, defaults, true},
      {"a reset, split", {refused}, failed, split, true},
      {"a reset, split and not enforced", {refused}, failed, split_off, false},
      {"an idle stream is not the host's fault", {idle}, connected, defaults, false},
      {"only when all alternatives count", {refused, ok}, failed, defaults, false},
      {"nothing known", {}, failed, defaults, false},
      {"split: a connection that stands is a success, so a reset after it is never the second",
       {terminated},
       connected,
       split,
       false},
      {"but it may be the first", {terminated}, connected, split_once, true},
      {"the same without the split", {terminated}, connected, defaults, true},
      {"a threshold of 0 is never met", {error500}, head500, never, false},
      {"a cut 200: a success and a failure in turn", {cut}, head, defaults, false},
      {"a cut 200 and a threshold of 1", {cut}, head, once, true},
      {"a cut 500 is two failures", {{500, {}, cut.details}}, head500, defaults, true},
      {"a circuit breaker is not the host's fault", {overflowed}, connected, once, false},
  };
  for (const Case& c : cases) {
    CAPTURE(c.name);
    CHECK(would_eject(c.predictions, c.attempt, c.detection) == c.want);
  }
}

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
  const Prediction ok{200, {}, "via_upstream"};
  const Prediction error500{500, {}, "via_upstream"};
  const Prediction error503{503, {}, "via_upstream"};
  const Prediction refused{
      503, {ResponseFlag::UpstreamConnectionFailure}, "upstream_reset_before_response_started{x}"};
  const Prediction idle{504, {ResponseFlag::StreamIdleTimeout}, "stream_idle_timeout"};
  struct Case {
    const char* name;
    std::vector<Prediction> predictions;
    OutlierDetection detection;
    bool want;
  };
  const Case cases[] = {
      {"200", {ok}, defaults, false},
      {"500", {error500}, defaults, true},
      {"500 is no gateway failure", {error500}, gateway, false},
      {"503 is", {error503}, gateway, true},
      {"a reset counts as 503", {refused}, defaults, true},
      {"a reset, split", {refused}, split, true},
      {"a reset, split and not enforced", {refused}, split_off, false},
      {"an idle stream is not the host's fault", {idle}, defaults, false},
      {"only when all alternatives count", {refused, ok}, defaults, false},
      {"nothing known", {}, defaults, false},
  };
  for (const Case& c : cases) {
    CAPTURE(c.name);
    CHECK(would_eject(c.predictions, c.detection) == c.want);
  }
}

#include <doctest/doctest.h>

#include <cerrno>

#include "prober/verdict.h"
#include "routes.h"

using namespace prober;
using namespace std::chrono_literals;

namespace {

constexpr std::int64_t kNow = 1'800'000'000;

Attempt answered(int status, std::uint16_t port = 80) {
  Attempt out;
  out.endpoint = test_endpoint(port);
  out.connect = ConnectResult::Connected;
  out.end = End::Answered;
  out.http.emplace();
  out.http->status = status;
  out.http->complete = true;
  out.http->bytes = 20;
  out.timings.connect = 1ms;
  out.timings.end = 5ms;
  return out;
}

Attempt refused(std::uint16_t port = 81) {
  Attempt out;
  out.endpoint = test_endpoint(port);
  out.connect = ConnectResult::DelayedError;
  out.os_error = ECONNREFUSED;
  out.end = End::Failed;
  return out;
}

Observation of(std::vector<Attempt> attempts) {
  Observation out;
  for (Attempt& attempt : attempts) {
    out.endpoints.emplace_back().attempts.push_back(std::move(attempt));
  }
  return out;
}

Verdict judged(const Route& route, const Observation& observation) {
  return judge(route, Settings{}, observation, kNow);
}

bool warns_of(const Verdict& verdict, std::string_view code) {
  for (const Warning& warning : verdict.warnings) {
    if (warning.code == code) {
      return true;
    }
  }
  return false;
}

double total_share(const Verdict& verdict) {
  double out = 0;
  int race = 0;
  for (const PredictedOutcome& one : verdict.outcomes) {
    if (one.share) {
      out += *one.share;
    } else if (one.race != race) {
      race = one.race;
      out += one.race_share;
    }
  }
  return out;
}

}  // namespace

TEST_CASE("judge: states by what becomes of the requests") {
  const Route route = test_route();
  CHECK(judged(route, of({answered(200)})).state == State::Healthy);
  CHECK(judged(route, of({answered(200), refused()})).state == State::Degraded);
  CHECK(judged(route, of({refused()})).state == State::Failing);
  CHECK(judged(route, of({answered(500)})).state == State::Failing);
  CHECK(judged(route, of({answered(401)})).state ==
        State::Healthy);  // identity headers are missing
  CHECK(judged(route, of({})).state == State::Failing);
}

TEST_CASE("judge: no host is one prediction without endpoints") {
  Observation nothing;
  nothing.lookups = {
      {0, "absent.example", LookupStatus::NotFound, {}, "10.0.0.2:53", std::nullopt, 2ms}};
  const Verdict verdict = judged(test_route(), nothing);
  REQUIRE(verdict.outcomes.size() == 1);
  CHECK(verdict.outcomes[0].prediction.details == "no_healthy_upstream");
  CHECK(verdict.outcomes[0].share == 1.0);
  CHECK(verdict.outcomes[0].endpoints.empty());
  REQUIRE(verdict.outcomes[0].explanation.has_value());
  CHECK(verdict.outcomes[0].explanation->cause.find("absent.example") != std::string::npos);
}

TEST_CASE("judge: hosts that end alike are one outcome, broken ones first, and shares sum to 1") {
  const Verdict verdict =
      judged(test_route(), of({answered(200), refused(81), answered(200), refused(82)}));
  REQUIRE(verdict.outcomes.size() == 2);
  CHECK(verdict.outcomes[0].fails);
  CHECK(verdict.outcomes[0].endpoints == std::vector<std::string>{"10.0.0.5:81", "10.0.0.5:82"});
  CHECK(*verdict.outcomes[0].share == doctest::Approx(0.5));
  CHECK(total_share(verdict) == doctest::Approx(1));
}

TEST_CASE("judge: a race keeps its alternatives together and counts as its worst") {
  Attempt reset = refused();
  reset.os_error = ECONNRESET;
  const Verdict verdict = judged(test_route(), of({answered(200), reset}));
  REQUIRE(verdict.outcomes.size() == 3);
  int alternatives = 0;
  for (const PredictedOutcome& one : verdict.outcomes) {
    if (one.race == 1) {
      ++alternatives;
      CHECK_FALSE(one.share.has_value());
      CHECK(one.race_share == doctest::Approx(0.5));
    }
  }
  CHECK(alternatives == 2);
  CHECK(total_share(verdict) == doctest::Approx(1));
  CHECK(verdict.state == State::Degraded);
}

TEST_CASE("judge: what `expect` says decides over the upstream's own answer") {
  Route route = test_route();
  edit(route.probe).path = "/healthz";
  CHECK(judged(route, of({answered(404)})).state == State::Failing);
  CHECK(warns_of(judged(route, of({answered(404)})), "unexpected_status"));
  edit(route.probe).expect_status = {{404, 404}};
  CHECK(judged(route, of({answered(404)})).state == State::Healthy);
  edit(route.probe).expect_body_contains = "ok";
  CHECK(judged(route, of({answered(404)})).state == State::Failing);
  CHECK(warns_of(judged(route, of({answered(404)})), "unexpected_body"));
}

TEST_CASE("judge: a warning where Envoy reads /etc/hosts otherwise than its lines say") {
  const IpAddress first = *IpAddress::parse("10.0.0.1");
  const IpAddress second = *IpAddress::parse("10.0.0.2");
  const IpAddress loopback = *IpAddress::parse("127.0.0.1");
  struct Row {
    std::string name;
    std::string server;
    std::vector<IpAddress> written;
    std::vector<IpAddress> taken;
    std::string warning;
  };
  for (const Row& row : std::vector<Row>{
           {"a", "/etc/hosts", {first, second}, {second, first}, ""},
           {"a",
            "/etc/hosts",
            {first},
            {first, second},
            "/etc/hosts gives a 10.0.0.1, but Envoy takes 10.0.0.1, 10.0.0.2: its resolver merges "
            "the lines that share an address or a name"},
           {"a",
            "/etc/hosts",
            {},
            {first},
            "/etc/hosts gives a no address, but Envoy takes 10.0.0.1: its resolver merges the "
            "lines that share an address or a name"},
           {"a",
            "10.0.0.53:53",
            {first},
            {second},
            "/etc/hosts gives a 10.0.0.1, but Envoy takes 10.0.0.2: its resolver merges the lines "
            "that share an address or a name"},
           {"a", "10.0.0.53:53", {}, {first, second}, ""},
           {"a.localhost", "/etc/hosts", {}, {loopback}, ""},
           {"a.localhost",
            "/etc/hosts",
            {first},
            {loopback},
            "/etc/hosts gives a.localhost 10.0.0.1, but Envoy takes 127.0.0.1: its resolver takes "
            "only loopback addresses for such names"},
       }) {
    Observation observation = of({answered(200)});
    Lookup lookup{0, row.name, LookupStatus::Ok, row.taken, row.server, std::nullopt, 1ms};
    lookup.hosts_file = row.written;
    observation.lookups = {lookup};
    const std::vector<Warning> warnings = judged(test_route(), observation).warnings;
    CHECK((warnings.empty() ? "" : warnings.front().message) == row.warning);
  }
}

TEST_CASE("judge: warnings make a working route a warning") {
  Route route = test_route();
  edit(route.probe).expect_ips = {*Cidr::parse("10.9.0.0/16")};
  Observation observation = of({answered(200)});
  observation.lookups = {
      {0, "web.example", LookupStatus::Ok, {*IpAddress::parse("10.0.0.5")}, "", 30, 1ms}};
  const Verdict verdict = judged(route, observation);
  CHECK(verdict.state == State::Warning);
  CHECK(warns_of(verdict, "unexpected_address"));

  Attempt slow = answered(200);
  slow.timings.end = 27s;
  CHECK(warns_of(judged(test_route(), of({slow})), "headroom"));

  Attempt expiring = answered(200);
  expiring.tls.emplace().completed = true;
  expiring.tls->chain.emplace_back().not_after = kNow + 5 * 86'400;
  CHECK(warns_of(judged(test_route(), of({expiring})), "certificate_expires"));
  expiring.tls->chain.front().not_after = kNow + 60 * 86'400;
  CHECK(judged(test_route(), of({expiring})).state == State::Healthy);
}

TEST_CASE("judge: circuit breakers at 0") {
  Route route = test_route();
  edit(route.cluster).circuit_breakers.max_requests = 0;
  CHECK(judged(route, of({answered(200)})).outcomes[0].prediction.details ==
        "upstream_reset_before_response_started{overflow}");
  CHECK(judged(route, of({refused()})).outcomes[0].prediction.details.find("Connection_refused") !=
        std::string::npos);
  edit(route.cluster).circuit_breakers.max_pending_requests = 0;
  CHECK(judged(route, of({refused()})).outcomes[0].prediction.details ==
        "upstream_reset_before_response_started{overflow}");
}

TEST_CASE("judge: an unhealthy host is out, and said so") {
  Observation observation = of({answered(200), refused()});
  observation.endpoints[0].health = HealthObservation{true, ""};
  observation.endpoints[1].health = HealthObservation{false, "connect: Connection refused"};
  const Verdict verdict = judged(test_route(), observation);
  REQUIRE(verdict.outcomes.size() == 1);
  CHECK(verdict.outcomes[0].prediction.status == 200);
  CHECK(verdict.state == State::Warning);
  CHECK(warns_of(verdict, "unhealthy_host"));
}

TEST_CASE("judge: hashing sends visitors without a session to one host, the table says which") {
  Route route = test_route();
  edit(route.cluster).policy = LoadBalancingPolicy::Maglev;
  const Verdict verdict = judged(route, of({answered(200, 80), refused(81), answered(404, 82)}));
  REQUIRE(verdict.outcomes.size() == 1);
  CHECK(*verdict.outcomes[0].share == doctest::Approx(1));
  CHECK(verdict.outcomes[0].endpoints.size() == 1);
  // Signed-in visitors meet the refusing host too, so the route cannot be called well.
  CHECK(verdict.state == State::Warning);
  CHECK(warns_of(verdict, "hashed_sessions"));
}

TEST_CASE("judge: which of several bad hosts is ejected is chance, so their ends are a race") {
  Route route = test_route();
  edit(route.cluster).outlier_detection->max_ejection_percent = 50;
  const Verdict verdict = judged(route, of({answered(200), answered(500, 81), answered(503, 82)}));
  REQUIRE(verdict.outcomes.size() == 3);
  for (const PredictedOutcome& one : verdict.outcomes) {
    CHECK((one.prediction.status == 200) == one.share.has_value());
    CHECK(one.share.value_or(one.race_share) == doctest::Approx(0.5));
  }
  CHECK(total_share(verdict) == doctest::Approx(1));
}

TEST_CASE("judge: few connection pools may leave workers of the proxy without a host") {
  Route route = test_route();
  edit(route.cluster).circuit_breakers.max_connection_pools = 1;
  const Verdict verdict = judged(route, of({answered(200)}));
  REQUIRE(verdict.outcomes.size() == 2);
  CHECK(verdict.outcomes[0].prediction.details == "no_healthy_upstream");
  CHECK(verdict.outcomes[0].race == 1);
  CHECK(total_share(verdict) == doctest::Approx(1));
  CHECK(warns_of(verdict, "connection_pools"));
  edit(route.cluster).circuit_breakers.max_connection_pools = 2;
  CHECK(judged(route, of({answered(200)})).state == State::Healthy);
}

TEST_CASE("judge: an overflow is not held against the host") {
  Route route = test_route();
  edit(route.cluster).circuit_breakers.max_pending_requests = 0;
  edit(route.cluster).healthy_panic_threshold = 0;
  edit(route.cluster).outlier_detection->max_ejection_percent = 100;
  const Verdict verdict = judged(route, of({answered(200), refused()}));
  REQUIRE(verdict.outcomes.size() == 1);
  CHECK(verdict.outcomes[0].prediction.details ==
        "upstream_reset_before_response_started{overflow}");
}

TEST_CASE("judge: skipped and unfinished routes have a reason and no predictions") {
  Route route = test_route();
  route.skip_reason = "a redirect";
  CHECK(judged(route, {}).state == State::Skipped);
  Observation open = of({answered(200)});
  open.finished = false;
  open.unfinished_reason = "interrupted";
  const Verdict verdict = judged(test_route(), open);
  CHECK(verdict.state == State::Unknown);
  CHECK(verdict.reason == "interrupted");
  CHECK(verdict.outcomes.empty());
}

TEST_CASE("judge: a fault of the configuration is the answer to every request") {
  struct Case {
    FaultEffect effect;
    int status;
    const char* flags;
    const char* details;
  };
  const Case cases[] = {
      {FaultEffect::RouteNotFound, 404, "NR", "route_not_found"},
      {FaultEffect::HostRewritten, 404, "NR", "route_not_found"},
      {FaultEffect::ExtAuthzError, 503, "UAEX", "ext_authz_error"},
      {FaultEffect::ClusterNotFound, 503, "NC", "cluster_not_found"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.details);
    Route route = test_route();
    const auto file = std::make_shared<const std::string>("config.yaml");
    route.skip_reason = "a redirect";  // what the proxy would answer by itself is down too
    route.fault = std::make_shared<const ConfigFault>(
        ConfigFault{c.effect, "`regex` is not a regular expression", {file, 7, 3}});
    CHECK_FALSE(worth_probing(route));
    const Verdict verdict = judged(route, {});
    CHECK(verdict.state == State::Failing);
    REQUIRE(verdict.outcomes.size() == 1);
    const PredictedOutcome& outcome = verdict.outcomes.front();
    CHECK(outcome.prediction.status == c.status);
    CHECK(to_string(outcome.prediction.flags) == c.flags);
    CHECK(outcome.prediction.details == c.details);
    CHECK(outcome.share == 1.0);
    REQUIRE(outcome.explanation);
    CHECK(outcome.explanation->cause.find("`regex` is not") != std::string::npos);
    CHECK(outcome.explanation->resolution.find("config.yaml:7:3") != std::string::npos);
  }
}

TEST_CASE("judge: a port that never opens has a reason and no prediction") {
  Route route = test_route();
  route.fault = std::make_shared<const ConfigFault>(
      ConfigFault{FaultEffect::PortNeverOpens, "a global `max_requests` of 0", {nullptr, 7, 3}});
  const Verdict verdict = judged(route, {});
  CHECK(verdict.state == State::Failing);
  CHECK(verdict.outcomes.empty());
  CHECK(verdict.reason.find("max_requests") != std::string::npos);
}

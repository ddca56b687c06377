// Holds the judgement of whole clusters against what a real Envoy did with them:
// tests/data/cluster_shares.txt.

#include <doctest/doctest.h>

#include <cerrno>
#include <charconv>
#include <fstream>
#include <map>
#include <set>
#include <sstream>

#include "prober/verdict.h"
#include "routes.h"

using namespace prober;

namespace {

std::vector<std::string> split(const std::string& text, char separator) {
  std::vector<std::string> out;
  std::istringstream stream(text);
  for (std::string part; std::getline(stream, part, separator);) {
    part.erase(0, part.find_first_not_of(' '));
    out.push_back(part);
  }
  return out;
}

std::uint32_t number(const std::string& text) {
  std::uint32_t out = 0;
  std::from_chars(text.data(), text.data() + text.size(), out);
  return out;
}

Attempt answering(int status) {
  Attempt out;
  out.connect = ConnectResult::Connected;
  out.end = End::Answered;
  out.request_complete = true;
  HttpFacts& http = out.http.emplace();
  http.status = status;
  http.complete = true;
  http.bytes = 20;
  return out;
}

Attempt cut(int status) {
  Attempt out = answering(status);
  out.end = End::Violation;
  out.http->complete = false;
  out.http->violation = Violation{"the body ended early", true};
  return out;
}

Attempt closing(End end) {
  Attempt out = answering(0);
  out.end = end;
  out.http = HttpFacts{};
  out.second_look = SecondLook::StayedOpen;
  return out;
}

Attempt timing_out(Limit limit, ConnectResult connect) {
  Attempt out = closing(End::Limit);
  out.connect = connect;
  out.limit = limit;
  return out;
}

// What prober would have observed of a host that behaves so.
Attempt attempt_of(const std::string& kind) {
  if (kind == "refused") {
    Attempt out;
    out.connect = ConnectResult::DelayedError;
    out.os_error = ECONNREFUSED;
    out.end = End::Failed;
    return out;
  }
  static const std::map<std::string, Attempt> kKinds = {
      {"ok", answering(200)},
      {"rst", closing(End::Rst)},
      {"fin", closing(End::Fin)},
      {"cut", cut(200)},
      {"cut500", cut(500)},
      {"slow", timing_out(Limit::RouteTimeout, ConnectResult::Connected)},
      {"hole", timing_out(Limit::ConnectTimeout, ConnectResult::TimedOut)},
  };
  const auto found = kKinds.find(kind);
  return found != kKinds.end() ? found->second
                               : answering(static_cast<int>(number(kind.substr(1))));
}

void set_outlier(OutlierDetection& out, const std::string& key, std::uint32_t value) {
  const std::map<std::string, std::uint32_t*> numbers = {
      {"max_ejection_percent", &out.max_ejection_percent},
      {"consecutive_5xx", &out.consecutive_5xx},
      {"enforcing_consecutive_5xx", &out.enforcing_consecutive_5xx},
      {"enforcing_consecutive_gateway_failure", &out.enforcing_consecutive_gateway_failure},
      {"consecutive_local_origin_failure", &out.consecutive_local_origin_failure}};
  if (const auto found = numbers.find(key); found != numbers.end()) {
    *found->second = value;
  } else if (key == "always_eject_one_host") {
    out.always_eject_one_host = value != 0;
  } else {
    REQUIRE(key == "split_external_local_origin_errors");
    out.split_external_local_origin_errors = value != 0;
  }
}

void set_breaker(CircuitBreakers& out, const std::string& key, std::uint32_t value) {
  const std::map<std::string, std::optional<std::uint32_t>*> numbers = {
      {"max_requests", &out.max_requests},
      {"max_pending_requests", &out.max_pending_requests},
      {"max_connection_pools", &out.max_connection_pools}};
  *numbers.at(key) = value;
}

LoadBalancingPolicy policy_of(const std::string& name) {
  static const std::map<std::string, LoadBalancingPolicy> kPolicies = {
      {"ROUND_ROBIN", LoadBalancingPolicy::RoundRobin},
      {"LEAST_REQUEST", LoadBalancingPolicy::LeastRequest},
      {"RANDOM", LoadBalancingPolicy::Random},
      {"RING_HASH", LoadBalancingPolicy::RingHash},
      {"MAGLEV", LoadBalancingPolicy::Maglev}};
  return kPolicies.at(name);
}

void add_host(const std::string& text, Route& route, Observation& observation) {
  const std::size_t at = text.find('@');
  const std::size_t star = text.find('*');
  Attempt attempt = attempt_of(text.substr(0, at));
  attempt.upstream = route.to.size();
  attempt.endpoint = {*IpAddress::parse(text.starts_with("hole") ? "127.0.0.66" : "127.0.0.1"),
                      static_cast<std::uint16_t>(number(text.substr(at + 1))), ""};
  Upstream upstream;
  upstream.port = attempt.endpoint.port;
  upstream.weight = star == std::string::npos ? 0 : number(text.substr(star + 1));
  route.to.push_back(upstream);
  EndpointObservation& endpoint = observation.endpoints.emplace_back();
  endpoint.attempts.push_back(std::move(attempt));
  if (text.back() == '+' || text.back() == '-') {
    endpoint.health = HealthObservation{text.back() == '+', "measured"};
  }
}

using Shares = std::map<std::string, double>;

Shares recorded(const std::string& text) {
  Shares out;
  for (const std::string& one : split(text, ',')) {
    const std::size_t space = one.find(' ');
    out[one.substr(space + 1)] = std::stod(one.substr(0, space));
  }
  return out;
}

std::string outcome(const Prediction& prediction) {
  const std::string flags = to_string(prediction.flags);
  return std::to_string(prediction.status) + " " + (flags.empty() ? "-" : flags) + " " +
         prediction.details;
}

void compare(const Verdict& verdict, const Shares& envoy) {
  Shares fixed;
  std::set<std::string> possible;
  for (const PredictedOutcome& one : verdict.outcomes) {
    possible.insert(outcome(one.prediction));
    if (one.share) {
      fixed[outcome(one.prediction)] += *one.share;
    }
  }
  for (const auto& [what, share] : envoy) {
    CAPTURE(what);
    CHECK(possible.contains(what));
  }
  for (const auto& [what, share] : fixed) {
    CAPTURE(what);
    const auto found = envoy.find(what);
    REQUIRE(found != envoy.end());
    CHECK(std::abs(found->second - share) < 0.085);
  }
}

}  // namespace

TEST_CASE("judge: clusters that Envoy was measured on") {
  std::ifstream file(CLUSTER_SHARES);
  REQUIRE(file.good());
  int clusters = 0;
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with('#')) {
      continue;
    }
    const std::vector<std::string> fields = split(line, ';');
    CAPTURE(fields.front());
    REQUIRE(fields.size() == 7);
    Route route = test_route();
    route.to.clear();
    Observation observation;
    ClusterSettings& cluster = edit(route.cluster);
    cluster.policy = policy_of(fields[1]);
    cluster.healthy_panic_threshold = number(fields[2]);
    for (const std::string& pair : split(fields[3] == "-" ? "" : fields[3], ',')) {
      const std::size_t equals = pair.find('=');
      set_outlier(
          cluster.outlier_detection.emplace(cluster.outlier_detection.value_or(OutlierDetection{})),
          pair.substr(0, equals), number(pair.substr(equals + 1)));
    }
    for (const std::string& pair : split(fields[4] == "-" ? "" : fields[4], ',')) {
      const std::size_t equals = pair.find('=');
      set_breaker(cluster.circuit_breakers, pair.substr(0, equals),
                  number(pair.substr(equals + 1)));
    }
    for (const std::string& host : split(fields[5], ' ')) {
      add_host(host, route, observation);
    }
    compare(judge(route, Settings{}, observation, 0), recorded(fields[6]));
    ++clusters;
  }
  CHECK(clusters >= 80);
}

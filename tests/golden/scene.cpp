#include "scene.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "prober/verdict.h"

namespace prober::golden {

using std::chrono::microseconds;
using std::chrono::milliseconds;

Scene::Scene(std::string name) : name_(std::move(name)) {
  report_.version = "0.1.0";
  report_.started_at_ms = kNow * 1000 + 250;
  report_.duration = milliseconds(1234);
}

void Scene::add(Route route, Observation observation) {
  route.source.file = std::make_shared<const std::string>("prober.yaml");
  route.source.line = 3 + 4 * static_cast<int>(routes_.size());
  route.source.column = 3;
  routes_.push_back(std::move(route));
  RouteReport one;
  one.route = &routes_.back();
  one.observation = std::move(observation);
  one.verdict = judge(*one.route, Settings(), one.observation, kNow);
  report_.routes.push_back(std::move(one));
}

void Scene::compare_with(std::vector<EarlierRoute> routes) {
  compare(report_, Baseline{"yesterday.json", false, (kNow - kDay) * 1000, std::move(routes)},
          false);
}

void Scene::retried(int rounds, const Verdict& first) {
  report_.retry_for = std::chrono::seconds(60);
  report_.rounds = std::max(report_.rounds, rounds);
  report_.routes.back().rounds = rounds;
  report_.routes.back().first = first;
}

void Scene::ended_early(const std::string& why) {
  report_.ended_early = why;
}

Route make_route(const std::string& name, Scheme scheme, const std::string& host,
                 std::uint16_t port) {
  Route route;
  route.name = name;
  route.from = fmt::format("https://{}.example.com", name);
  Upstream upstream;
  upstream.scheme = scheme;
  upstream.host = host;
  upstream.port = port;
  upstream.authority = fmt::format("{}:{}", host, port);
  route.to = {upstream};
  route.tls = std::make_shared<TlsSettings>();
  route.match = std::make_shared<PathMatch>();
  route.rewrite = std::make_shared<RequestRewrite>();
  route.cluster = std::make_shared<ClusterSettings>();
  route.proxy = std::make_shared<ProxySettings>();
  route.probe = std::make_shared<ProbeSettings>();
  return route;
}

Attempt make_attempt(int last, std::uint16_t port) {
  Attempt attempt;
  attempt.endpoint.ip = IpAddress::parse(fmt::format("10.0.0.{}", last)).value();
  attempt.endpoint.port = port;
  attempt.timings.end = microseconds(312);
  return attempt;
}

Attempt connect_error(Attempt attempt, int error, ConnectResult result) {
  attempt.connect = result;
  attempt.os_error = error;
  attempt.end = End::Failed;
  return attempt;
}

Attempt connected(Attempt attempt) {
  attempt.stage = Stage::Http;
  attempt.connect = ConnectResult::Connected;
  attempt.http = HttpFacts();
  attempt.request_complete = true;
  attempt.timings.connect = microseconds(290);
  attempt.timings.request = microseconds(400);
  attempt.timings.end = milliseconds(3);
  return attempt;
}

Attempt answered(Attempt attempt, int status) {
  attempt = connected(std::move(attempt));
  attempt.end = End::Answered;
  attempt.http->bytes = 180;
  attempt.http->status = status;
  attempt.http->body_bytes = 42;
  attempt.http->complete = true;
  attempt.http->headers = {
      {"Server", "nginx"}, {"Content-Type", "text/html"}, {"Set-Cookie", "session=SECRET"}};
  attempt.timings.first_byte = milliseconds(11);
  attempt.timings.head = milliseconds(11);
  attempt.timings.end = milliseconds(12);
  attempt.timings.largest_gap = milliseconds(10);
  return attempt;
}

Attempt ended_by(Attempt attempt, Limit limit, Duration after) {
  attempt.end = End::Limit;
  attempt.limit = limit;
  attempt.timings.end = after;
  return attempt;
}

Attempt handshake_error(Attempt attempt, const std::string& server_name, std::uint32_t number,
                        const std::string& reason) {
  attempt = connected(std::move(attempt));
  attempt.http.reset();
  attempt.stage = Stage::Tls;
  attempt.end = End::Failed;
  TlsFacts tls;
  tls.server_name = server_name;
  tls.end = TlsEnd::Error;
  tls.errors = {{number, "SSL routines:OPENSSL_internal:" + reason, true}};
  attempt.tls = tls;
  return attempt;
}

Certificate make_certificate(const std::string& name, std::int64_t days_left) {
  return {
      "CN=" + name, "CN=Corp CA", {name}, kNow + (days_left - 90) * kDay, kNow + days_left * kDay,
      "EC P-256"};
}

Lookup resolved(const std::string& name, const std::vector<int>& last) {
  Lookup lookup;
  lookup.name = name;
  lookup.status = LookupStatus::Ok;
  lookup.server = "10.0.0.53:53";
  lookup.ttl_s = 30;
  lookup.time = microseconds(850);
  for (const int one : last) {
    lookup.addresses.push_back(IpAddress::parse(fmt::format("10.0.0.{}", one)).value());
  }
  return lookup;
}

Lookup unresolved(const std::string& name, LookupStatus status, Duration time) {
  Lookup lookup;
  lookup.name = name;
  lookup.status = status;
  lookup.server = "10.0.0.53:53";
  lookup.time = time;
  return lookup;
}

Observation observe(std::vector<Lookup> lookups, std::vector<Attempt> attempts) {
  Observation out;
  out.lookups = std::move(lookups);
  for (Attempt& attempt : attempts) {
    EndpointObservation endpoint;
    endpoint.attempts.push_back(std::move(attempt));
    out.endpoints.push_back(std::move(endpoint));
  }
  return out;
}

}  // namespace prober::golden

#pragma once

#include <doctest/doctest.h>

#include <cerrno>
#include <memory>
#include <string>
#include <vector>

#include "prober/explanation.h"
#include "prober/prediction.h"

/// Routes and attempts that the tests of explanations share.
namespace prober::test {

constexpr std::int64_t kNow = 1'790'000'000;  // 2026-09-21
constexpr std::int64_t kDay = 86'400;

inline Route route_to(Scheme scheme, const std::string& host = "wiki.internal",
                      std::uint16_t port = 8080) {
  Route route;
  route.name = "wiki";
  route.from = "https://wiki.example.com";
  Upstream upstream;
  upstream.scheme = scheme;
  upstream.host = host;
  upstream.port = port;
  upstream.authority = host + ":" + std::to_string(port);
  route.to = {upstream};
  route.match = std::make_shared<PathMatch>();
  route.tls = std::make_shared<TlsSettings>();
  route.rewrite = std::make_shared<RequestRewrite>();
  route.cluster = std::make_shared<ClusterSettings>();
  route.proxy = std::make_shared<ProxySettings>();
  route.probe = std::make_shared<ProbeSettings>();
  return route;
}

inline Attempt attempt_at(const std::string& ip, std::uint16_t port = 8080) {
  Attempt attempt;
  attempt.endpoint = {IpAddress::parse(ip).value(), port, ""};
  attempt.timings.end = std::chrono::microseconds(312);
  return attempt;
}

inline Attempt failed_connect(int error, ConnectResult result = ConnectResult::DelayedError,
                              const std::string& ip = "10.0.0.5") {
  Attempt attempt = attempt_at(ip);
  attempt.connect = result;
  attempt.os_error = error;
  attempt.end = End::Failed;
  return attempt;
}

inline Attempt connected() {
  Attempt attempt = attempt_at("10.0.0.5");
  attempt.connect = ConnectResult::Connected;
  attempt.timings.connect = std::chrono::microseconds(200);
  attempt.stage = Stage::Http;
  attempt.http = HttpFacts();
  attempt.request_complete = true;
  return attempt;
}

inline Certificate certificate() {
  return {"CN=wiki",         "CN=Corp CA",     {"wiki.corp.test", "*.corp.test"},
          kNow - 100 * kDay, kNow + 90 * kDay, "EC P-256"};
}

inline Attempt tls_failure(const std::string& reason) {
  Attempt attempt = connected();
  attempt.stage = Stage::Tls;
  attempt.http.reset();
  attempt.end = End::Failed;
  TlsFacts tls;
  tls.server_name = "wiki.internal";
  tls.end = TlsEnd::Error;
  tls.errors = {{268435581, "SSL routines:OPENSSL_internal:" + reason, true}};
  attempt.tls = tls;
  return attempt;
}

inline Attempt verify_failure(const std::string& problem, int depth = 0) {
  Attempt attempt = tls_failure("CERTIFICATE_VERIFY_FAILED");
  attempt.tls->problems = {{depth, problem, true}};
  attempt.tls->chain = {certificate()};
  return attempt;
}

inline Attempt ended_by(Limit limit) {
  Attempt attempt = connected();
  attempt.end = End::Limit;
  attempt.limit = limit;
  attempt.timings.end = std::chrono::seconds(2);
  return attempt;
}

inline Explanation explained(const Attempt& attempt, const Route& route) {
  const auto predictions = predict(attempt, route);
  REQUIRE_FALSE(predictions.empty());
  return explain(predictions.front(), route, &attempt, {}, kNow);
}

inline void check_sentences(const Explanation& words) {
  for (const std::string& text : {words.cause, words.resolution}) {
    CAPTURE(text);
    CHECK(text.ends_with('.'));
    CHECK_FALSE(text.contains('\n'));
    CHECK_FALSE(text.contains("  "));
  }
  CHECK(words.docs.starts_with("https://www.pomerium.com/docs/internals/"));
  CHECK(words.docs.contains('#'));
}

}  // namespace prober::test

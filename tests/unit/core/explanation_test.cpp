#include <doctest/doctest.h>

#include "explanation_attempts.h"

namespace prober::test {
namespace {

TEST_CASE("explain: a connection that fails is explained by its errno") {
  struct Case {
    const char* name;
    Attempt attempt;
    const char* host;
    const char* cause;
    const char* resolution;
  };
  const auto immediate = ConnectResult::ImmediateError;
  const auto delayed = ConnectResult::DelayedError;
  const Case cases[] = {
      {"refused", failed_connect(ECONNREFUSED), "wiki.internal",
       "Nothing listens on wiki.internal:8080 (10.0.0.5:8080)", "0.0.0.0"},
      {"refused by address", failed_connect(ECONNREFUSED), "10.0.0.5",
       "Nothing listens on 10.0.0.5:8080", "port"},
      {"refused on loopback", failed_connect(ECONNREFUSED, delayed, "127.0.0.1"), "localhost",
       "localhost:8080 (127.0.0.1:8080)", "container in which Pomerium itself runs"},
      {"firewall rejects", failed_connect(EHOSTUNREACH), "wiki.internal", "firewall rejects",
       "security group"},
      {"no route", failed_connect(ENETUNREACH, immediate), "wiki.internal",
       "This host has no route", "ip route get"},
      {"a router has no route", failed_connect(ENETUNREACH), "wiki.internal", "A router on the way",
       "missing route"},
      {"no IPv6", failed_connect(ENETUNREACH, immediate, "2001:db8::1"), "wiki.internal",
       "[2001:db8::1]:8080", "dns_lookup_family"},
      {"prohibited", failed_connect(EACCES, immediate), "wiki.internal", "prohibited by a rule",
       "prohibit"},
      {"blackhole route", failed_connect(EINVAL, immediate), "wiki.internal", "invalid argument",
       "blackhole"},
      {"protocol unreachable", failed_connect(ENOPROTOOPT), "wiki.internal",
       "ICMP protocol unreachable", "firewall"},
      {"kernel gave up", failed_connect(ETIMEDOUT), "wiki.internal", "the kernel gave up",
       "security group"},
      {"reset on accept", failed_connect(ECONNRESET), "wiki.internal", "resets them at once",
       "load balancer"},
      {"another errno", failed_connect(ENOBUFS), "wiki.internal", "No buffer space available",
       "routing"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.name);
    const Explanation words = explained(c.attempt, route_to(Scheme::Http, c.host));
    check_sentences(words);
    CHECK_MESSAGE(words.cause.contains(c.cause), words.cause);
    CHECK_MESSAGE(words.resolution.contains(c.resolution), words.resolution);
    CHECK(words.page == "Web Server is down");
  }
}

TEST_CASE("explain: refused over IPv6 names the lookup family that chose IPv6") {
  Route route = route_to(Scheme::Http);
  const Attempt attempt = failed_connect(ECONNREFUSED, ConnectResult::DelayedError, "2001:db8::1");
  CHECK_FALSE(explained(attempt, route).resolution.contains("dns_lookup_family"));
  route.lookup_family = DnsLookupFamily::Auto;
  CHECK(explained(attempt, route).resolution.contains("dns_lookup_family: V4_PREFERRED"));
}

TEST_CASE("explain: unix sockets are named by their path") {
  struct Case {
    int error;
    const char* cause;
  };
  const Case cases[] = {{ENOENT, "The socket /run/app.sock does not exist"},
                        {ECONNREFUSED, "no process serves it"},
                        {EACCES, "Access to the socket /run/app.sock is denied"}};
  for (const Case& c : cases) {
    Attempt attempt = failed_connect(c.error, ConnectResult::ImmediateError);
    attempt.endpoint = {};
    attempt.endpoint.path = "/run/app.sock";
    CHECK(explained(attempt, route_to(Scheme::Unix, "")).cause.contains(c.cause));
  }
}

TEST_CASE("explain: a source address that cannot be taken") {
  Attempt attempt = failed_connect(EADDRNOTAVAIL, ConnectResult::BindError);
  attempt.bind_address = "10.9.9.9:0";
  const Explanation words = explained(attempt, route_to(Scheme::Http));
  CHECK(words.cause == "Connections cannot begin at 10.9.9.9:0: Cannot assign requested address.");
  CHECK(words.resolution.contains("envoy_bind_config_source_address"));
  CHECK(words.page.starts_with("503 upstream_reset_before_response_started{local_"));
  attempt.os_error = EINVAL;
  CHECK(explained(attempt, route_to(Scheme::Http)).cause.contains("address families"));
}

TEST_CASE("explain: a connection that ends without an answer") {
  struct Case {
    const char* name;
    Scheme scheme;
    const char* tls_version;
    bool grpc;
    bool request_complete;
    const char* cause;
    const char* resolution;
  };
  const Case cases[] = {
      {"plain", Scheme::Http, "", false, true, "closes it without a byte", "https:// in `to`"},
      {"h2c", Scheme::H2c, "", false, true, "without a frame of HTTP/2", "http:// instead of h2c"},
      {"gRPC over http://", Scheme::Http, "", true, true, "The request is gRPC", "h2c://"},
      {"TLS 1.3", Scheme::Https, "TLSv1.3", false, true, "misses a client certificate",
       "tls_client_cert_file"},
      {"TLS 1.2", Scheme::Https, "TLSv1.2", false, true, "without a byte of an answer",
       "tls_upstream_allow_renegotiation"},
      {"upload", Scheme::Http, "", false, false, "taken the whole request", "refuses the upload"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.name);
    Attempt attempt = connected();
    attempt.end = End::Fin;
    attempt.http->grpc_request = c.grpc;
    attempt.request_complete = c.request_complete;
    if (*c.tls_version != '\0') {
      attempt.tls = TlsFacts();
      attempt.tls->completed = true;
      attempt.tls->version = c.tls_version;
    }
    const Explanation words = explained(attempt, route_to(c.scheme));
    check_sentences(words);
    CHECK_MESSAGE(words.cause.contains(c.cause), words.cause);
    CHECK_MESSAGE(words.resolution.contains(c.resolution), words.resolution);
  }
}

TEST_CASE("explain: an answer that breaks HTTP is explained by the reader's words") {
  struct Case {
    const char* violation;
    const char* resolution;
  };
  const Case cases[] = {
      {"the answer does not begin with an HTTP/1 status line", "SSH, SMTP"},
      {"the connection ended within the head", "while it wrote the headers"},
      {"the head is larger than 81920 bytes", "Cookies, tokens"},
      {"more than 100 header lines", "Set-Cookie"},
      {"content-length is there twice", "second time"},
      {"content-length and transfer-encoding together", "never both"},
      {"the connection ended 9 bytes before the end that content-length announced", "crash"},
      {"204 with a body", "must not announce"},
      {"the connection ended before the last chunk", "chunked answer"},
      {"a header line without a colon", "each line has a colon"},
      {"nghttp2 refuses a frame: x", "curl -v --raw"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.violation);
    Attempt attempt = connected();
    attempt.end = End::Violation;
    attempt.http->bytes = 20;
    attempt.http->violation = Violation{c.violation, false};
    const Explanation words = explained(attempt, route_to(Scheme::Http));
    check_sentences(words);
    CHECK(words.cause.contains(c.violation));
    CHECK_MESSAGE(words.resolution.contains(c.resolution), words.resolution);
  }
}

TEST_CASE("explain: HTTP/2 resets are told apart by code, GOAWAY and size") {
  struct Case {
    const char* name;
    HttpFacts http;
    const char* cause;
  };
  HttpFacts base;
  base.version = HttpVersion::Http2;
  base.bytes = 30;
  const auto reset = [&base](std::uint32_t code) {
    HttpFacts http = base;
    http.reset_code = code;
    return http;
  };
  HttpFacts goaway = base;
  goaway.refused_by_goaway = true;
  HttpFacts large = base;
  large.head_too_large = true;
  const Case cases[] = {
      {"protocol error", reset(1), "resets the HTTP/2 stream with PROTOCOL_ERROR"},
      {"refused", reset(7), "(REFUSED_STREAM)"},
      {"connect", reset(10), "CONNECT_ERROR"},
      {"enhance", reset(11), "(code 11, ENHANCE_YOUR_CALM)"},
      {"a code without a name", reset(99), "(code 99, unknown)"},
      {"goaway", goaway, "GOAWAY that leaves it out"},
      {"large head", large, "60 KiB"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.name);
    Attempt attempt = connected();
    attempt.end = End::Violation;
    attempt.http = c.http;
    const Explanation words = explained(attempt, route_to(Scheme::H2c));
    check_sentences(words);
    CHECK_MESSAGE(words.cause.contains(c.cause), words.cause);
  }
}

TEST_CASE("explain: limits name themselves, their value and the key that sets them") {
  struct Case {
    Limit limit;
    const char* cause;
    const char* resolution;
    const char* page;
  };
  const Case cases[] = {
      {Limit::ConnectTimeout, "TLS handshake is not done within 10 s", "10 s",
       "Web Server is down"},
      {Limit::RouteTimeout, "does not begin to answer within the route's timeout of 30 s",
       "`timeout: 0s`", "504 response_timeout"},
      {Limit::StreamIdleTimeout, "for 5m no byte moves", "`idle_timeout`",
       "504 stream_idle_timeout"},
      {Limit::RequestTimeout, "`timeout_read`", "raise `timeout_read`", ""},
      {Limit::MaxStreamDuration, "longer than 7 s", "`timeout_write`", ""},
      {Limit::UpstreamMaxStreamDuration, "longer than 8 s, the max_stream_duration of the cluster",
       "x-envoy-upstream-stream-duration-ms", "Web Server is down"},
      {Limit::PerTryTimeout, "within the time of 3 s for one try",
       "x-envoy-upstream-rq-per-try-timeout-ms", "Web Server is down"},
      {Limit::PerTryIdleTimeout, "within the idle time of 2 s", "per_try_idle_timeout",
       "Web Server is down"},
  };
  Route route = route_to(Scheme::Http);
  auto proxy = std::make_shared<ProxySettings>();
  proxy->max_stream_duration = std::chrono::seconds(7);
  proxy->upstream_max_stream_duration = std::chrono::seconds(8);
  proxy->retry_policy = RetryPolicy();
  proxy->retry_policy->per_try_timeout = std::chrono::seconds(3);
  proxy->retry_policy->per_try_idle_timeout = std::chrono::seconds(2);
  route.proxy = proxy;
  for (const Case& c : cases) {
    CAPTURE(to_string(c.limit));
    const Explanation words = explained(ended_by(c.limit), route);
    check_sentences(words);
    CHECK_MESSAGE(words.cause.contains(c.cause), words.cause);
    CHECK_MESSAGE(words.resolution.contains(c.resolution), words.resolution);
    CHECK(words.page == c.page);
    CHECK(words.docs.ends_with("connection#timeouts"));
  }
}

TEST_CASE("explain: what the upstream had done when the time was over") {
  struct Case {
    const char* name;
    bool request_complete;
    std::uint64_t bytes;
    std::optional<int> status;
    const char* cause;
  };
  const Case cases[] = {
      {"nothing", true, 0, std::nullopt, "does not begin to answer"},
      {"part of the head", true, 10, std::nullopt, "does not complete its headers"},
      {"head", true, 100, 200, "begins its answer but does not end it"},
      {"upload", false, 0, std::nullopt, "does not take the whole request"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.name);
    Attempt attempt = ended_by(Limit::StreamIdleTimeout);
    attempt.request_complete = c.request_complete;
    attempt.http->bytes = c.bytes;
    attempt.http->status = c.status;
    CHECK(explained(attempt, route_to(Scheme::Http)).cause.contains(c.cause));
  }
  Attempt connecting = attempt_at("10.0.0.5");
  connecting.connect = ConnectResult::TimedOut;
  connecting.end = End::Limit;
  for (const auto& [limit, span] : {std::pair{Limit::RouteTimeout, "the route's timeout of"},
                                    std::pair{Limit::StreamIdleTimeout, "the idle time of"}}) {
    connecting.limit = limit;
    const Explanation words = explained(connecting, route_to(Scheme::Http));
    check_sentences(words);
    CHECK_MESSAGE(words.cause.contains(std::string("is not connected when ") + span), words.cause);
    CHECK(words.cause.contains("one in each 10 s gets 503 UF connection_timeout instead"));
  }
}

TEST_CASE("explain: no host is explained by the lookup that failed") {
  struct Case {
    LookupStatus status;
    const char* cause;
    const char* resolution;
  };
  const Case cases[] = {
      {LookupStatus::NotFound, "NXDOMAIN", "dns_resolvers"},
      {LookupStatus::NoData, "neither an A nor an AAAA", "record"},
      {LookupStatus::Timeout, "no answer to the lookup", "at start"},
      {LookupStatus::ServerFailure, "SERVFAIL", "dns_failure_refresh_rate"},
      {LookupStatus::Refused, "REFUSED", "dns_resolvers"},
      {LookupStatus::FormatError, "FORMERR", "dns_resolvers"},
      {LookupStatus::BadName, "not a name", "63"},
      {LookupStatus::NoServer, "No DNS server could be reached", "port 53"},
  };
  const Route route = route_to(Scheme::Http);
  for (const Case& c : cases) {
    CAPTURE(to_string(c.status));
    Lookup lookup;
    lookup.name = "wiki.internal";
    lookup.status = c.status;
    lookup.server = "10.0.0.53";
    const Explanation words = explain(no_healthy_upstream(route), route, nullptr, {lookup}, kNow);
    check_sentences(words);
    CHECK(words.cause.contains("wiki.internal"));
    CHECK_MESSAGE(words.cause.contains(c.cause), words.cause);
    CHECK_MESSAGE(words.resolution.contains(c.resolution), words.resolution);
    CHECK(words.page == "Web Server is down");
    REQUIRE(evidence({lookup}).size() == 1);
    CHECK(evidence({lookup}).front().contains("10.0.0.53"));
  }
}

TEST_CASE("explain: the lookup family is named when it is why there is no address") {
  Route route = route_to(Scheme::Http);
  route.lookup_family = DnsLookupFamily::V4Only;
  Lookup lookup;
  lookup.name = "six.internal";
  lookup.status = LookupStatus::NoData;
  const Explanation words = explain(no_healthy_upstream(route), route, nullptr, {lookup});
  CHECK(words.cause.contains("no IPv4 address"));
  CHECK(words.resolution.contains("V4_PREFERRED"));
}

TEST_CASE("explain: no host left by health checks, ejection or connection pools") {
  Route route = route_to(Scheme::Http);
  const Attempt attempt = connected();
  const auto cause = [&](const ClusterSettings& cluster) {
    route.cluster = std::make_shared<ClusterSettings>(cluster);
    return explain(no_healthy_upstream(route), route, &attempt, {}).cause;
  };
  ClusterSettings cluster;
  cluster.healthy_panic_threshold = 0;
  CHECK(cause(cluster).contains("outlier detection took it out"));
  cluster.health_checks.emplace_back();
  CHECK(cause(cluster).contains("fails its health check"));
  CHECK(cause(cluster).contains("`healthy_panic_threshold` is 0"));
  cluster.circuit_breakers.max_connection_pools = 0;
  CHECK(cause(cluster).contains("max_connection_pools"));
}

TEST_CASE("explain: a circuit breaker at 0 is named") {
  Route route = route_to(Scheme::Http);
  ClusterSettings cluster;
  cluster.circuit_breakers.max_pending_requests = 0;
  route.cluster = std::make_shared<ClusterSettings>(cluster);
  const Attempt attempt = connected();
  const Explanation words = explain(overflow(route), route, &attempt, {});
  check_sentences(words);
  CHECK(words.cause.contains("`max_pending_requests` is 0"));
}

TEST_CASE("explain: answers of the upstream itself have no page") {
  struct Case {
    int status;
    Scheme scheme;
    const char* cause;
    const char* resolution;
  };
  const Case cases[] = {
      {500, Scheme::Http, "itself answers 500", "application's own log"},
      {400, Scheme::Http, "as TLS servers do", "https://"},
      {404, Scheme::Http, "does not know this host or path", "preserve_host_header"},
      {401, Scheme::Https, "answers 401", "no identity"},
      {200, Scheme::Http, "body does not contain", "expect.body_contains"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.status);
    Attempt attempt = connected();
    attempt.end = End::Answered;
    attempt.http->status = c.status;
    attempt.http->complete = true;
    Route route = route_to(c.scheme);
    auto probe = std::make_shared<ProbeSettings>();
    probe->path = "/healthz";
    probe->expect_body_contains = "ok";
    route.probe = probe;
    const Explanation words = explained(attempt, route);
    check_sentences(words);
    CHECK_MESSAGE(words.cause.contains(c.cause), words.cause);
    CHECK_MESSAGE(words.resolution.contains(c.resolution), words.resolution);
    CHECK(words.page.empty());
  }
}

TEST_CASE("explain: Kubernetes routes say that the 502 is Pomerium's own") {
  Route route = route_to(Scheme::Https);
  route.kubernetes = true;
  const Explanation words = explained(failed_connect(ECONNREFUSED), route);
  CHECK(words.cause.contains("Pomerium's own reverse proxy"));
  CHECK(words.page.empty());
}

TEST_CASE("explanation: what is reached but does not answer as its protocol wants") {
  struct Case {
    const char* name;
    Scheme scheme;
    Answer answer;
    const char* cause;
    const char* resolution;
  };
  const Case cases[] = {
      {"udp", Scheme::Udp, Answer::Unreachable, "Nobody takes the datagrams", "CONNECT-UDP"},
      {"ssh, silent", Scheme::Ssh, Answer::Silent, "shows no SSH banner", "SSH server"},
      {"ssh, closed", Scheme::Ssh, Answer::Closed, "closes it without an SSH banner", "SSH server"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.name);
    Attempt attempt = attempt_at("10.0.0.5");
    attempt.connect = ConnectResult::Connected;
    attempt.answer = c.answer;
    attempt.os_error = c.answer == Answer::Unreachable ? ECONNREFUSED : 0;
    attempt.end = End::Connected;
    const Explanation words = explained(attempt, route_to(c.scheme));
    CHECK(words.cause.contains(c.cause));
    CHECK(words.resolution.contains(c.resolution));
  }
}

TEST_CASE("explain: both answers of a race have the same cause and say that it is chance") {
  const Attempt attempt = failed_connect(ECONNRESET);
  const Route route = route_to(Scheme::Http);
  const auto predictions = predict(attempt, route);
  REQUIRE(predictions.size() == 2);
  for (const Prediction& prediction : predictions) {
    const Explanation words = explain(prediction, route, &attempt, {});
    CHECK(words.cause.contains("resets them at once"));
    CHECK(words.cause.ends_with("so either answer may come."));
  }
}

TEST_CASE("explain: used-up retries are told") {
  Route route = route_to(Scheme::Http);
  auto proxy = std::make_shared<ProxySettings>();
  proxy->retry_policy = RetryPolicy();
  proxy->retry_policy->num_retries = 2;
  proxy->retry_policy->retry_on = {"5xx"};
  route.proxy = proxy;
  CHECK(
      explained(failed_connect(ECONNREFUSED), route).cause.ends_with("All 3 tries end like this."));
}

TEST_CASE("explain: the browser's page follows Pomerium's rule") {
  const Route route = route_to(Scheme::Https);
  const Attempt attempt = verify_failure("unable to get local issuer certificate");
  // "local" in the text makes Pomerium show its general page.
  CHECK(explained(attempt, route).page.starts_with("503 upstream_reset_before_response_started"));
  CHECK(explained(verify_failure("self signed certificate"), route).page == "Web Server is down");
  Attempt begun = connected();
  begun.end = End::Violation;
  begun.http->status = 200;
  begun.http->violation = Violation{"the connection ended before the last chunk", true};
  CHECK(explained(begun, route).page.empty());
  // A gRPC client gets a status, not a page.
  Prediction grpc = no_healthy_upstream(route);
  grpc.status = 200;
  CHECK(explain(grpc, route, nullptr, {}).page.empty());
}

}  // namespace
}  // namespace prober::test

// Each row is a rule that was measured on Envoy 1.38.2.

#include <doctest/doctest.h>

#include <cerrno>
#include <functional>

#include "prober/prediction.h"
#include "routes.h"

using namespace std::chrono_literals;
using namespace prober;

namespace {

using Edit = std::function<void(Attempt&, Route&)>;

Attempt connected() {
  Attempt out;
  out.endpoint = test_endpoint();
  out.stage = Stage::Http;
  out.connect = ConnectResult::Connected;
  out.request_complete = true;
  out.http.emplace();
  return out;
}

Edit connect_error(ConnectResult result, int error) {
  return [=](Attempt& attempt, Route&) {
    attempt.http.reset();
    attempt.connect = result;
    attempt.os_error = error;
    attempt.end = End::Failed;
  };
}

Edit limit(Limit which, std::function<void(HttpFacts&)> facts = [](HttpFacts&) {}) {
  return [=](Attempt& attempt, Route&) {
    attempt.end = End::Limit;
    attempt.limit = which;
    attempt.timings.end = std::chrono::milliseconds(300);
    facts(*attempt.http);
  };
}

Edit http(End end, std::function<void(HttpFacts&)> facts) {
  return [=](Attempt& attempt, Route&) {
    attempt.end = end;
    attempt.http->bytes = 10;
    facts(*attempt.http);
  };
}

Edit tls(std::function<void(TlsFacts&)> facts) {
  return [=](Attempt& attempt, Route& route) {
    route.to.front().scheme = Scheme::Https;
    attempt.http.reset();
    attempt.stage = Stage::Tls;
    attempt.end = End::Failed;
    attempt.tls.emplace().end = TlsEnd::Error;
    facts(*attempt.tls);
  };
}

Edit retrying(const Edit& edit, RetryPolicy policy) {
  return [=](Attempt& attempt, Route& route) {
    edit(attempt, route);
    prober::edit(route.proxy).retry_policy = policy;
  };
}

std::string line(const Prediction& one) {
  const std::string flags = to_string(one.flags);
  return std::to_string(one.status) + " " + (flags.empty() ? "-" : flags) + " " + one.details +
         (one.exact ? "" : " ~");
}

std::vector<std::string> lines(const Edit& edit) {
  Attempt attempt = connected();
  Route route = test_route();
  edit(attempt, route);
  std::vector<std::string> out;
  for (const Prediction& one : predict(attempt, route)) {
    out.push_back(line(one));
  }
  return out;
}

struct Case {
  const char* name;
  Edit edit;
  std::vector<std::string> want;
};

void check(const std::vector<Case>& cases) {
  for (const Case& c : cases) {
    CAPTURE(c.name);
    CHECK(lines(c.edit) == c.want);
  }
}

void set_status(HttpFacts& http) {
  http.status = 200;
}
void set_complete(HttpFacts& http) {
  http.status = 200;
  http.complete = true;
}
void set_interim(HttpFacts& http) {
  http.interim = {100};
}

const std::string kBefore = "upstream_reset_before_response_started{";
const std::string kAfter = "upstream_reset_after_response_started{";

}  // namespace

TEST_CASE("predict: connections that cannot be made") {
  const std::string failure = "503 UF " + kBefore + "remote_connection_failure|";
  check({
      {"refused",
       connect_error(ConnectResult::DelayedError, ECONNREFUSED),
       {failure + "delayed_connect_error:_Connection_refused}"}},
      {"host unreachable",
       connect_error(ConnectResult::DelayedError, EHOSTUNREACH),
       {failure + "delayed_connect_error:_No_route_to_host}"}},
      {"no route",
       connect_error(ConnectResult::ImmediateError, ENETUNREACH),
       {failure + "immediate_connect_error:_Network_is_unreachable|remote_address:10.0.0.5:80}"}},
      {"reset on accept: two answers were recorded",
       connect_error(ConnectResult::DelayedError, ECONNRESET),
       {failure + "delayed_connect_error:_Connection_reset_by_peer}",
        "503 UC " + kBefore + "connection_termination}"}},
      {"bind",
       [](Attempt& attempt, Route& route) {
         connect_error(ConnectResult::BindError, EADDRNOTAVAIL)(attempt, route);
         attempt.bind_address = "10.98.0.77:0";
       },
       {"503 UF " + kBefore +
        "local_connection_failure|failed_to_bind_to_10.98.0.77:0:_Cannot_assign_requested_"
        "address}"}},
      {"dropped", limit(Limit::ConnectTimeout), {"503 UF " + kBefore + "connection_timeout}"}},
      {"not finished", [](Attempt& attempt, Route&) { attempt.end = End::Unfinished; }, {}},
  });
}

TEST_CASE(
    "predict: limits, before and after the answer began, and on a request that is not complete") {
  const auto uploading = [](Limit which) {
    return [which](Attempt& attempt, Route& route) {
      limit(which)(attempt, route);
      attempt.request_complete = false;
    };
  };
  check({
      {"route timeout", limit(Limit::RouteTimeout), {"504 UT response_timeout"}},
      {"route timeout in the body",
       limit(Limit::RouteTimeout, set_status),
       {"200 UT response_timeout"}},
      {"idle", limit(Limit::StreamIdleTimeout), {"504 SI stream_idle_timeout"}},
      {"idle in the body",
       limit(Limit::StreamIdleTimeout, set_status),
       {"200 SI stream_idle_timeout"}},
      {"idle during an upload",
       uploading(Limit::StreamIdleTimeout),
       {"408 SI stream_idle_timeout"}},
      {"request timeout has no flag",
       uploading(Limit::RequestTimeout),
       {"408 - request_overall_timeout"}},
      {"listener's duration has no flag",
       limit(Limit::MaxStreamDuration),
       {"504 - max_duration_timeout"}},
      {"cluster's duration",
       limit(Limit::UpstreamMaxStreamDuration),
       {"504 UMSDR upstream_max_stream_duration_reached"}},
      {"cluster's duration in the body",
       limit(Limit::UpstreamMaxStreamDuration, set_status),
       {"200 UMSDR upstream_max_stream_duration_reached"}},
  });
}

TEST_CASE("predict: HTTP, bytes first and then the end") {
  check({
      {"complete", http(End::Answered, set_complete), {"200 - via_upstream"}},
      {"complete, then reset", http(End::Rst, set_complete), {"200 - via_upstream"}},
      {"closed without a byte",
       http(End::Fin, [](HttpFacts& f) { f.bytes = 0; }),
       {"503 UC " + kBefore + "connection_termination}"}},
      {"reset without a byte",
       http(End::Rst, [](HttpFacts& f) { f.bytes = 0; }),
       {"503 UC " + kBefore + "connection_termination}"}},
      {"violation in the head",
       http(End::Violation, [](HttpFacts& f) { f.violation = Violation{"x", false}; }),
       {"502 UPE " + kBefore + "protocol_error}"}},
      {"violation in the body",
       http(End::Violation,
            [](HttpFacts& f) {
              f.status = 200;
              f.violation = Violation{"x", true};
            }),
       {"200 UPE " + kAfter + "protocol_error}"}},
      {"closed after an interim answer",
       http(End::Fin, set_interim),
       {"503 UC " + kAfter + "connection_termination}"}},
      {"a 199 is dropped, not handed on",
       http(End::Fin, [](HttpFacts& f) { f.interim = {199}; }),
       {"503 UC " + kBefore + "connection_termination}"}},
      {"violation after an interim answer",
       http(End::Violation,
            [](HttpFacts& f) {
              f.interim = {100};
              f.violation = Violation{"x", false};
            }),
       {"502 UPE " + kAfter + "protocol_error}"}},
      {"enough was read", http(End::Answered, set_status), {"200 - via_upstream"}},
      {"reset on accept, by a second look",
       [](Attempt& attempt, Route&) {
         attempt.end = End::Rst;
         attempt.second_look = SecondLook::Reset;
       },
       {"503 UF " + kBefore +
            "remote_connection_failure|delayed_connect_error:_Connection_reset_by_peer}",
        "503 UC " + kBefore + "connection_termination}"}},
  });
}

TEST_CASE("predict: HTTP/2 by its codes") {
  const auto code = [](std::uint32_t value, bool started) {
    return http(End::Violation, [=](HttpFacts& f) {
      f.reset_code = value;
      if (started) {
        f.status = 200;
      }
    });
  };
  check({
      {"NO_ERROR", code(0, false), {"503 UR " + kBefore + "remote_reset}"}},
      {"PROTOCOL_ERROR", code(1, false), {"502 UPE " + kBefore + "protocol_error}"}},
      {"INTERNAL_ERROR after headers", code(2, true), {"200 UR " + kAfter + "remote_reset}"}},
      {"REFUSED_STREAM", code(7, false), {"503 UR " + kBefore + "remote_refused_stream_reset}"}},
      {"CONNECT_ERROR",
       code(10, false),
       {"503 UR " + kBefore + "remote_error_with_CONNECT_request}"}},
      {"GOAWAY",
       http(End::Violation, [](HttpFacts& f) { f.refused_by_goaway = true; }),
       {"503 UR " + kBefore + "remote_refused_stream_reset}"}},
      {"headers beyond the limit",
       http(End::Violation, [](HttpFacts& f) { f.head_too_large = true; }),
       {"503 UR " + kBefore + "remote_reset}"}},
  });
}

TEST_CASE("predict: Envoy 1.36 reads HTTP/2 with another codec") {
  const auto in_1_36 = [](const std::function<void(HttpFacts&)>& change) {
    return [change](Attempt& attempt, Route& route) {
      http(End::Violation, change)(attempt, route);
      edit(route.proxy).envoy = EnvoyVersion::V1_36;
    };
  };
  const auto violation = [](HttpVersion version) {
    return [version](HttpFacts& f) {
      f.version = version;
      f.violation = Violation{"x", false};
    };
  };
  check({
      {"RST_STREAM with PROTOCOL_ERROR",
       in_1_36([](HttpFacts& f) { f.reset_code = 1; }),
       {"503 UR " + kBefore + "remote_reset}"}},
      {"what nghttp2 refuses is a guess",
       in_1_36(violation(HttpVersion::Http2)),
       {"502 UPE " + kBefore + "protocol_error} ~"}},
      {"HTTP/1 is the same",
       in_1_36(violation(HttpVersion::Http1)),
       {"502 UPE " + kBefore + "protocol_error}"}},
  });
}

TEST_CASE("predict: names that are not UTF-8 read as in Envoy's log, byte by byte") {
  const auto named = [](const char* san) {
    return tls([san](TlsFacts& f) {
      f.errors = {{268435581, "SSL routines:OPENSSL_internal:CERTIFICATE_VERIFY_FAILED"}};
      f.name_mismatch = true;
      f.chain = {{}};
      f.chain.front().sans = {san};
    });
  };
  const auto listed = [](const char* san) {
    return std::vector{"503 UF " + kBefore +
                       "remote_connection_failure|TLS_error:|268435581:SSL_routines:OPENSSL_"
                       "internal:CERTIFICATE_VERIFY_FAILED:verify_cert_failed:_SAN_matcher,_"
                       "certificate_SANs_are_[" +
                       san + "]:TLS_error_end}"};
  };
  check({
      {"UTF-8 stays", named("\xc3\xbc\xe2\x82\xac\xf0\x9f\x98\x80"),
       listed("\xc3\xbc\xe2\x82\xac\xf0\x9f\x98\x80")},
      {"a bare byte", named("a\xff"), listed("a\xc3\xbf")},
      {"then good characters are bytes too", named("\xc3\xbc\xff"),
       listed("\xc3\x83\xc2\xbc\xc3\xbf")},
      {"cut short", named("\xc3"), listed("\xc3\x83")},
      {"a surrogate", named("\xed\xa0\x80"), listed("\xc3\xad\xc2\xa0\xc2\x80")},
      {"too long a form", named("\xc0\x80"), listed("\xc3\x80\xc2\x80")},
  });
}

TEST_CASE("predict: TLS errors as BoringSSL's queue reads, by version of Envoy") {
  const std::string failure = "503 UF " + kBefore + "remote_connection_failure";
  const auto verify = [](EnvoyVersion version, bool name) {
    return [=](Attempt& attempt, Route& route) {
      tls([=](TlsFacts& f) {
        f.errors = {{268435581, "SSL routines:OPENSSL_internal:CERTIFICATE_VERIFY_FAILED"}};
        f.name_mismatch = true;
        f.chain = {{}};
        f.chain.front().sans = {"a", "b"};
        if (!name) {
          f.problems = {{1, "certificate has expired"}, {0, "another"}};
        }
      })(attempt, route);
      edit(route.proxy).envoy = version;
    };
  };
  const std::string verify_failed =
      "|TLS_error:|268435581:SSL_routines:OPENSSL_internal:CERTIFICATE_VERIFY_FAILED";
  check({
      {"closed", tls([](TlsFacts& f) { f.end = TlsEnd::PeerClosed; }), {failure + "}"}},
      {"two entries",
       tls([](TlsFacts& f) { f.errors = {{1, "a b"}, {2, "c"}}; }),
       {failure + "|TLS_error:|1:a_b|2:c:TLS_error_end}"}},
      {"first problem with its depth",
       verify(EnvoyVersion::V1_38, false),
       {failure + verify_failed +
        ":verify_cert_failed:_X509_verify_cert:_certificate_verification_error_at_depth_1:_"
        "certificate_has_expired:TLS_error_end}"}},
      {"1.40 has a depth for every problem",
       [](Attempt& attempt, Route& route) {
         tls([](TlsFacts& f) {
           f.errors = {{1, "CERTIFICATE_VERIFY_FAILED"}};
           f.problems = {{-1, "no SANs"}};
         })(attempt, route);
         edit(route.proxy).envoy = EnvoyVersion::V1_40;
       },
       {failure + "|TLS_error:|1:CERTIFICATE_VERIFY_FAILED:verify_cert_failed:_X509_verify_cert:_"
                  "certificate_verification_error_at_depth_0:_no_SANs:TLS_error_end}"}},
      {"1.40 lists the SANs",
       verify(EnvoyVersion::V1_40, true),
       {failure + verify_failed +
        ":verify_cert_failed:_SAN_matcher,_certificate_SANs_are_[a,_b]:TLS_error_end}"}},
      {"1.37 does not",
       verify(EnvoyVersion::V1_37, true),
       {failure + verify_failed + ":verify_cert_failed:_SAN_matcher:TLS_error_end}"}},
      {"1.36 gives no reason",
       verify(EnvoyVersion::V1_36, true),
       {failure + verify_failed + ":TLS_error_end}"}},
  });
}

TEST_CASE("predict: retries meet the same fate, and leave their flag") {
  RetryPolicy policy;
  policy.retry_on = {"5xx"};
  RetryPolicy none = policy;
  none.num_retries = 0;
  RetryPolicy many = policy;
  many.num_retries = 200;
  const auto status = [](int value) {
    return http(End::Answered, [value](HttpFacts& f) {
      f.status = value;
      f.complete = true;
    });
  };
  const Edit closed = http(End::Fin, [](HttpFacts& f) { f.bytes = 0; });
  const auto limited = [](int value) {
    return http(End::Answered, [value](HttpFacts& f) {
      f.status = value;
      f.headers = {{"X-Envoy-RateLimited", "true"}};
      f.complete = true;
    });
  };
  const auto limit_after = [](Limit which, Duration end) {
    return [which, end](Attempt& attempt, Route& route) {
      limit(which)(attempt, route);
      attempt.timings.end = end;
    };
  };
  RetryPolicy rate;
  rate.retry_on = {"envoy-ratelimited"};
  RetryPolicy two = policy;
  two.num_retries = 2;
  RetryPolicy conflict;
  conflict.retry_on = {"retriable-4xx"};
  check({
      {"503 passes with the flag", retrying(status(503), policy), {"503 URX via_upstream"}},
      {"404 is not retried", retrying(status(404), policy), {"404 - via_upstream"}},
      {"409 with retriable-4xx", retrying(status(409), conflict), {"409 URX via_upstream"}},
      {"reset", retrying(closed, policy), {"503 URX,UC " + kBefore + "connection_termination}"}},
      {"even without a retry",
       retrying(closed, none),
       {"503 URX,UC " + kBefore + "connection_termination}"}},
      {"per-try timeout",
       retrying(limit(Limit::PerTryTimeout), policy),
       {"504 URX,UT upstream_per_try_timeout"}},
      {"tries that outlast the route's timeout",
       retrying(limit(Limit::PerTryTimeout), many),
       {"504 UT response_timeout"}},
      {"our own loop's lag is not the tries'",
       [&](Attempt& attempt, Route& route) {
         RetryPolicy timed = policy;
         timed.per_try_timeout = 300ms;
         retrying(limit_after(Limit::PerTryTimeout, 20s), timed)(attempt, route);
         attempt.timings.loop_lag = 19800ms;
       },
       {"504 URX,UT upstream_per_try_timeout"}},
      {"not once the answer began",
       retrying(limit(Limit::PerTryIdleTimeout, set_status), policy),
       {"200 UT upstream_per_try_idle_timeout"}},
      {"not once a 100 was handed on, whatever follows",
       retrying(http(End::Fin, [](HttpFacts& f) { f.interim = {100}; }), policy),
       {"503 UC " + kAfter + "connection_termination}"}},
      {"nor a sound answer then",
       retrying(http(End::Answered,
                     [](HttpFacts& f) {
                       f.interim = {103};
                       f.status = 503;
                       f.complete = true;
                     }),
                policy),
       {"503 - via_upstream"}},
      {"the cluster's duration counts for each try",
       retrying(limit(Limit::UpstreamMaxStreamDuration), policy),
       {"504 URX,UMSDR upstream_max_stream_duration_reached"}},
      {"rate limited: only with the word for it",
       retrying(limited(503), policy),
       {"503 - via_upstream"}},
      {"rate limited, and the word for it", retrying(limited(429), rate), {"429 URX via_upstream"}},
      {"pauses between the tries may outlast the route's timeout",
       retrying(limit_after(Limit::PerTryTimeout, 9980ms), two),
       {"504 URX,UT upstream_per_try_timeout", "504 UT response_timeout"}},
      {"tries that outlast the listener's duration",
       [&](Attempt& attempt, Route& route) {
         retrying(limit_after(Limit::PerTryTimeout, 300ms), policy)(attempt, route);
         prober::edit(route.proxy).max_stream_duration = 600ms;
       },
       {"504 - max_duration_timeout"}},
      {"tries that outlast idle_timeout",
       [&](Attempt& attempt, Route& route) {
         retrying(limit_after(Limit::PerTryTimeout, 300ms), two)(attempt, route);
         route.idle_timeout_set = true;
         route.idle_timeout = 500ms;
       },
       {"504 SI stream_idle_timeout"}},
      {"the route's timeout is final",
       retrying(limit(Limit::RouteTimeout), policy),
       {"504 UT response_timeout"}},
  });
}

TEST_CASE("predict: gRPC gets 200 for what the proxy answers, Kubernetes routes a plain 502") {
  const auto grpc = [](const Edit& inner) {
    return [inner](Attempt& attempt, Route& route) {
      edit(route.probe).headers = {{"content-type", "application/grpc"}};
      inner(attempt, route);
    };
  };
  const auto kubernetes = [](const Edit& inner) {
    return [inner](Attempt& attempt, Route& route) {
      route.kubernetes = true;
      inner(attempt, route);
    };
  };
  const Edit refused = connect_error(ConnectResult::DelayedError, ECONNREFUSED);
  check({
      {"refused",
       grpc(refused),
       {"200 UF " + kBefore +
        "remote_connection_failure|delayed_connect_error:_Connection_refused}"}},
      {"timeout", grpc(limit(Limit::RouteTimeout)), {"200 UT response_timeout"}},
      {"its own 503",
       grpc(http(End::Answered,
                 [](HttpFacts& f) {
                   f.status = 503;
                   f.complete = true;
                 })),
       {"503 - via_upstream"}},
      {"Kubernetes, refused", kubernetes(refused), {"502 - via_upstream"}},
      {"Kubernetes, an explicit timeout is Envoy's",
       kubernetes(limit(Limit::RouteTimeout)),
       {"504 UT response_timeout"}},
  });
}

TEST_CASE("error_name is the documentation's name") {
  CHECK(error_name("response_timeout") == "upstream_response_timeout");
  CHECK(error_name("upstream_reset_before_response_started{overflow}") ==
        "upstream_reset_before_response_started");
  CHECK(error_name("via_upstream") == "via_upstream");
}

TEST_CASE("predict: a header that Envoy will not send, once there is a connection") {
  Route route = test_route();
  edit(route.rewrite).set_request_headers = {{"x-a", "b"}, {"x bad", "c"}};
  Attempt attempt;
  attempt.connect = ConnectResult::Connected;
  attempt.end = End::Answered;
  attempt.http.emplace();
  attempt.http->status = 200;
  const auto predictions = predict(attempt, route);
  REQUIRE(predictions.size() == 1);
  CHECK(predictions[0].details ==
        "filter_removed_required_request_headers{invalid_header_name:_x_bad}");
  CHECK(to_string(predictions[0].flags) == "DPE");
  CHECK(predictions[0].status == 503);

  edit(route.rewrite).set_request_headers = {{"x-a", "b\nc"}};
  CHECK(predict(attempt, route).at(0).details ==
        "filter_removed_required_request_headers{invalid_header_value_for:_x-a}");
  attempt.connect = ConnectResult::DelayedError;
  attempt.os_error = ECONNREFUSED;
  attempt.http.reset();
  CHECK(to_string(predict(attempt, route).at(0).flags) == "UF");
}

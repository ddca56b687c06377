#include <doctest/doctest.h>

#include "explanation_attempts.h"

namespace prober::test {
namespace {

TEST_CASE("explain: a failed verification says what is wrong with the certificate") {
  struct Case {
    const char* name;
    Attempt attempt;
    const char* cause;
    const char* resolution;
  };
  Attempt expired = verify_failure("certificate has expired");
  expired.tls->chain[0].not_after = kNow - 3 * kDay;
  Attempt old_ca = verify_failure("certificate has expired", 1);
  old_ca.tls->chain.push_back({"CN=Corp CA", "CN=Root", {}, 0, kNow - kDay / 2, "RSA 2048"});
  Attempt future = verify_failure("certificate is not yet valid");
  future.tls->chain[0].not_before = kNow + kDay;
  Attempt unknown = verify_failure("unable to get local issuer certificate");
  unknown.tls->chain.push_back({"CN=Corp CA", "CN=Corp Root", {}, 0, kNow + kDay, "RSA 2048"});
  const Case cases[] = {
      {"expired", expired, "expired on 2026-09-18, 3 days ago", "Renew"},
      {"expired CA", old_ca, "A CA certificate in the chain of wiki.internal:8080", "intermediate"},
      {"not yet valid", future, "is not valid yet before 2026-09-22", "clocks"},
      {"self-signed", verify_failure("self signed certificate"), "is self-signed",
       "tls_custom_ca_file"},
      {"own root", verify_failure("self signed certificate in certificate chain", 1), "own root CA",
       "certificate_authority_file"},
      {"only the leaf", verify_failure("unable to get local issuer certificate"),
       "issued by \"CN=Corp CA\"", "fullchain.pem"},
      {"unknown CA", unknown, "leads to the CA \"CN=Corp Root\"", "private CA"},
      {"purpose", verify_failure("unsupported certificate purpose"), "serverAuth", "serverAuth"},
      {"name constraints", verify_failure("permitted subtree violation"),
       "name constraints say so (permitted subtree violation)", "every SAN counts"},
      {"another flaw", verify_failure("path length constraint exceeded"),
       "path length constraint exceeded (depth 0", "showcerts"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.name);
    const Explanation words = explained(c.attempt, route_to(Scheme::Https));
    check_sentences(words);
    CHECK_MESSAGE(words.cause.contains(c.cause), words.cause);
    CHECK_MESSAGE(words.resolution.contains(c.resolution), words.resolution);
  }
}

TEST_CASE("explain: a signature that does not hold, with tls_skip_verify too") {
  const TlsError bad{436207716, "ECDSA routines:OPENSSL_internal:BAD_SIGNATURE", true};
  Attempt attempt = verify_failure("certificate signature failure");
  attempt.tls->errors.insert(attempt.tls->errors.begin(), bad);
  const Explanation words = explained(attempt, route_to(Scheme::Https));
  check_sentences(words);
  CHECK(words.cause.contains("has the name of the one that issued the certificate"));
  CHECK_FALSE(words.cause.contains("tls_skip_verify"));

  attempt.tls->errors = {bad};
  Route route = route_to(Scheme::Https);
  auto tls = std::make_shared<TlsSettings>();
  tls->skip_verify = true;
  route.tls = tls;
  const Explanation skipped = explained(attempt, route);
  check_sentences(skipped);
  CHECK(skipped.cause.contains("In TLS 1.2 `tls_skip_verify` does not lift that"));
  CHECK(skipped.resolution.contains("Over TLS 1.3"));
}

TEST_CASE("explain: without a clock the expiry has a date and no days") {
  const Attempt attempt = verify_failure("certificate has expired");
  const Route route = route_to(Scheme::Https);
  const Explanation words = explain(predict(attempt, route).front(), route, &attempt, {});
  CHECK(words.cause.ends_with("expired on 2026-12-20."));
}

TEST_CASE("explain: a custom CA that lacks the issuer is named as the culprit") {
  Route route = route_to(Scheme::Https);
  auto tls = std::make_shared<TlsSettings>();
  tls->custom_ca.file = "/etc/ca.pem";
  route.tls = tls;
  CHECK(explained(verify_failure("unable to get local issuer certificate"), route)
            .resolution.contains("is used in place of the system's roots"));
}

TEST_CASE("explain: a name mismatch lists the SANs and the name that was looked for") {
  Attempt attempt = tls_failure("CERTIFICATE_VERIFY_FAILED");
  attempt.tls->name_mismatch = true;
  attempt.tls->chain = {certificate()};
  const Explanation words = explained(attempt, route_to(Scheme::Https));
  check_sentences(words);
  CHECK(words.cause.contains("not for wiki.internal: its SANs are [wiki.corp.test, *.corp.test]"));
  CHECK(words.resolution.contains("`tls_upstream_server_name: wiki.corp.test`"));
  attempt.tls->chain[0].sans.clear();
  CHECK(explained(attempt, route_to(Scheme::Https)).cause.contains("has no SAN at all"));
  attempt.tls->server_name = "10.0.0.5";
  CHECK(explained(attempt, route_to(Scheme::Https)).resolution.contains("as an IP address"));
  attempt.tls->server_name = "wiki.internal.";
  CHECK(explained(attempt, route_to(Scheme::Https)).resolution.contains("ends with a dot"));
}

TEST_CASE("explain: a handshake that fails otherwise") {
  struct Case {
    const char* reason;
    const char* cause;
    const char* resolution;
  };
  const Case cases[] = {
      {"WRONG_VERSION_NUMBER", "does not speak TLS", "http:// instead of https://"},
      {"KEY_USAGE_BIT_INCORRECT", "digitalSignature", "tls_skip_verify"},
      {"UNSUPPORTED_PROTOCOL", "1.2 and 1.3", "Enable TLS 1.2"},
      {"TOO_MANY_WARNING_ALERTS", "one warning after the other", "SNI"},
      {"SSLV3_ALERT_HANDSHAKE_FAILURE", "no cipher, key or client certificate",
       "tls_client_cert_file"},
      {"TLSV1_ALERT_PROTOCOL_VERSION", "no TLS version", "Enable TLS 1.2"},
      {"TLSV1_ALERT_UNRECOGNIZED_NAME", "wiki.internal that it is asked for",
       "tls_upstream_server_name"},
      {"TLSV1_ALERT_NO_APPLICATION_PROTOCOL", "ALPN", "ALPN"},
      {"TLSV1_ALERT_UNKNOWN_CA", "demands a client certificate", "tls_client_cert_file"},
      {"SSLV3_ALERT_BAD_CERTIFICATE", "demands a client certificate", "tls_client_key_file"},
      {"TLSV1_ALERT_INTERNAL_ERROR", "with the alert INTERNAL_ERROR", "TLS log"},
      {"unknown error", "with the alert unknown error", "TLS log"},
      {"EXCESS_HANDSHAKE_DATA", "fails: EXCESS_HANDSHAKE_DATA", "TLS configuration"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.reason);
    const Explanation words = explained(tls_failure(c.reason), route_to(Scheme::Https));
    check_sentences(words);
    CHECK_MESSAGE(words.cause.contains(c.cause), words.cause);
    CHECK_MESSAGE(words.resolution.contains(c.resolution), words.resolution);
  }
}

TEST_CASE("explain: a handshake that the server ends without an alert") {
  Attempt closed = tls_failure("");
  closed.tls->errors.clear();
  closed.tls->end = TlsEnd::PeerClosed;
  CHECK(explained(closed, route_to(Scheme::Https)).cause.contains("without a reason"));
  Attempt reset = tls_failure("");
  reset.tls->errors = {
      {33554536, "system library:OPENSSL_internal:Connection reset by peer", true}};
  CHECK(explained(reset, route_to(Scheme::Https)).cause.contains("resets the connection during"));
}

TEST_CASE("explain: a client certificate that the upstream refuses is told by its reason") {
  Route route = route_to(Scheme::Https);
  auto tls = std::make_shared<TlsSettings>();
  tls->client_certificate.file = "/etc/client.pem";
  route.tls = tls;
  CHECK(explained(tls_failure("TLSV1_ALERT_UNKNOWN_CA"), route)
            .cause.contains("does not know the CA"));
  CHECK(explained(tls_failure("SSLV3_ALERT_CERTIFICATE_EXPIRED"), route)
            .cause.contains("it has expired"));
}

}  // namespace
}  // namespace prober::test

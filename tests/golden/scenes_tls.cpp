#include "scene.h"

namespace prober::golden {
namespace {

constexpr std::uint32_t kVerifyFailed = 268435581;

Attempt verify_error(const std::string& name, const std::string& problem, std::int64_t days_left) {
  Attempt attempt =
      handshake_error(make_attempt(5, 443), name, kVerifyFailed, "CERTIFICATE_VERIFY_FAILED");
  attempt.tls->problems = {{0, problem, true}};
  attempt.tls->chain = {make_certificate(name, days_left)};
  return attempt;
}

void add(Scene& scene, const std::string& name, Attempt attempt) {
  const std::string host = name + ".internal";
  attempt.tls->server_name = host;
  scene.add(make_route(name, Scheme::Https, host, 443),
            observe({resolved(host, {5})}, {std::move(attempt)}));
}

}  // namespace

Scene handshakes() {
  Scene scene("handshakes");
  add(scene, "expired", verify_error("expired.internal", "certificate has expired", -3));
  add(scene, "self-signed", verify_error("self-signed.internal", "self signed certificate", 60));
  add(scene, "unknown-ca",
      verify_error("unknown-ca.internal", "unable to get local issuer certificate", 60));
  Attempt mismatch = verify_error("other.internal", "", 60);
  mismatch.tls->problems.clear();
  mismatch.tls->name_mismatch = true;
  add(scene, "mismatch", mismatch);
  add(scene, "plain-port",
      handshake_error(make_attempt(5, 443), "", 268435703, "WRONG_VERSION_NUMBER"));
  Attempt alert =
      handshake_error(make_attempt(5, 443), "", 268436496, "SSLV3_ALERT_HANDSHAKE_FAILURE");
  alert.tls->errors.push_back(
      {268435610, "SSL routines:OPENSSL_internal:HANDSHAKE_FAILURE_ON_CLIENT_HELLO", true});
  add(scene, "no-common-cipher", alert);
  Attempt approximate =
      handshake_error(make_attempt(5, 443), "", 268435671, "SSL_HANDSHAKE_FAILURE");
  approximate.tls->errors.front().exact = false;
  add(scene, "odd-server", approximate);
  Attempt closed = handshake_error(make_attempt(5, 443), "", 0, "");
  closed.tls->errors.clear();
  closed.tls->end = TlsEnd::PeerClosed;
  add(scene, "closes-at-hello", closed);
  return scene;
}

}  // namespace prober::golden

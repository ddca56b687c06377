#include "simulator/outcomes.h"
#include "simulator/replies.h"

namespace prober::simulator {
namespace {

using namespace outcomes;
using namespace steps;

Fault tls(std::string name, std::string does, TlsServer server, Expected expected,
          Script script = healthy()) {
  Fault out;
  out.name = std::move(name);
  out.does = std::move(does);
  out.scheme = "https";
  out.upstreams = {over_tls(std::move(server), std::move(script))};
  out.expected = {std::move(expected)};
  return out;
}

// https:// to a server that plays its script without TLS.
Fault raw(std::string name, std::string does, Script script, Expected expected) {
  Fault out = tls(std::move(name), std::move(does), {}, std::move(expected), std::move(script));
  out.upstreams.front().tls.reset();
  return out;
}

Fault with(Fault fault, std::vector<std::string> route) {
  fault.route = std::move(route);
  return fault;
}

Expected no_common() {
  return tls_error("268436496",
                   "SSLV3_ALERT_HANDSHAKE_FAILURE|268435610:SSL_routines:OPENSSL_internal:"
                   "HANDSHAKE_FAILURE_ON_CLIENT_HELLO");
}

std::vector<Fault> certificates() {
  const auto shows = [](CertificateKind kind) {
    TlsServer out;
    out.certificate = kind;
    return out;
  };
  using Kind = CertificateKind;
  std::vector<Fault> out = {
      tls("tls-ok", "a good certificate", {}, passed(200)),
      tls("tls-ok-alpn", "a good certificate, ALPN http/1.1", {.alpn = {"http/1.1"}}, passed(200)),
      tls("tls-self-signed", "a self-signed certificate", shows(Kind::SelfSigned),
          chain_error(0, "self_signed_certificate")),
      with(tls("tls-self-signed-skip-verify", "self-signed; tls_skip_verify",
               shows(Kind::SelfSigned), passed(200)),
           {"tls_skip_verify: true"}),
      tls("tls-expired", "a certificate that expired yesterday", shows(Kind::Expired),
          chain_error(0, "certificate_has_expired")),
      with(tls("tls-expired-skip-verify", "expired; tls_skip_verify", shows(Kind::Expired),
               passed(200)),
           {"tls_skip_verify: true"}),
      tls("tls-not-yet-valid", "valid from next week on", shows(Kind::NotYetValid),
          chain_error(0, "certificate_is_not_yet_valid")),
      tls("tls-wrong-name", "a certificate for another name", shows(Kind::OtherName),
          verify_error("SAN_matcher,_certificate_SANs_are_[other.example,_second.example]")),
      with(tls("tls-wrong-name-skip-verify", "another name; tls_skip_verify",
               shows(Kind::OtherName), passed(200)),
           {"tls_skip_verify: true"}),
      tls("tls-common-name-only", "the name only in the CN", shows(Kind::CommonNameOnly),
          verify_error("SAN_matcher,_certificate_SANs_are_[]")),
      tls("tls-wildcard", "a wildcard that covers the name", shows(Kind::Wildcard), passed(200)),
      tls("tls-wildcard-too-deep", "a wildcard one label short", shows(Kind::WildcardTooDeep),
          verify_error("SAN_matcher,_certificate_SANs_are_[*.test]")),
      tls("tls-upper-case", "the name in upper case", shows(Kind::UpperCase), passed(200)),
      with(tls("tls-address", "an IP URL and a certificate for it", shows(Kind::ForAddress),
               passed(200)),
           {"tls_upstream_server_name: 127.0.0.1"}),
      with(tls("tls-address-missing", "an IP URL and a certificate without it", {},
               verify_error("SAN_matcher,_certificate_SANs_are_[upstream.demo.test]")),
           {"tls_upstream_server_name: 127.0.0.1"}),
      tls("tls-unknown-ca", "a CA that is not trusted", shows(Kind::UnknownCa),
          chain_error(0, "unable_to_get_local_issuer_certificate")),
      tls("tls-incomplete-chain", "the intermediate is not sent", shows(Kind::IncompleteChain),
          chain_error(0, "unable_to_get_local_issuer_certificate")),
      tls("tls-complete-chain", "leaf and intermediate are sent", shows(Kind::WithIntermediate),
          passed(200)),
      tls("tls-expired-intermediate", "the intermediate has expired",
          shows(Kind::ExpiredIntermediate), chain_error(1, "certificate_has_expired")),
      tls("tls-client-usage-only", "a certificate for clients alone", shows(Kind::ClientUsageOnly),
          chain_error(0, "unsupported_certificate_purpose")),
      tls("tls-no-digital-signature", "a key usage without digitalSignature",
          shows(Kind::NoDigitalSignature), tls_error("268435758", "KEY_USAGE_BIT_INCORRECT")),
      tls("tls-rsa-1024", "an RSA key of 1024 bits", shows(Kind::Rsa1024), passed(200)),
      tls("tls-rsa-2048", "an RSA key of 2048 bits", shows(Kind::Rsa2048), passed(200)),
      tls("tls-p384", "a P-384 key", shows(Kind::EcdsaP384), passed(200)),
      tls("tls-p521", "a P-521 key", shows(Kind::EcdsaP521), no_common()),
      tls("tls-ed25519", "an Ed25519 key", shows(Kind::Ed25519), no_common()),
  };
  out[4].demo = true;
  out[7].demo = true;
  out[15].demo = true;
  return out;
}

// What a CA may issue, and a CA that got a new key.
std::vector<Fault> chains() {
  const auto shows = [](CertificateKind kind) { return TlsServer{.certificate = kind}; };
  using Kind = CertificateKind;
  const auto over12 = [](CertificateKind kind) {
    TlsServer out{.certificate = kind};
    out.maximum = TLS1_2_VERSION;
    out.far_away = true;
    return out;
  };
  const std::string bad_signature =
      "436207716:ECDSA_routines:OPENSSL_internal:BAD_SIGNATURE|184549382:X.509_certificate_"
      "routines:OPENSSL_internal:public_key_routines";
  return {
      tls("tls-outside-constraints", "names outside the intermediate's constraints",
          shows(Kind::OutsideConstraints), chain_error(0, "permitted_subtree_violation")),
      tls("tls-excluded-wildcard", "a wildcard that covers a name excluded by the intermediate",
          shows(Kind::ExcludedWildcard), chain_error(0, "excluded_subtree_violation")),
      tls("tls-former-ca", "issued by the CA before it got a new key", shows(Kind::FormerCa),
          connect_error("TLS_error:|" + bad_signature +
                        "|268435581:SSL_routines:OPENSSL_internal:CERTIFICATE_VERIFY_FAILED:"
                        "verify_cert_failed:_X509_verify_cert:_certificate_verification_error_at_"
                        "depth_0:_certificate_signature_failure:TLS_error_end")),
      with(tls("tls-former-ca-skip-verify-12", "the same in TLS 1.2; tls_skip_verify",
               over12(Kind::FormerCa),
               connect_error("TLS_error:|" + bad_signature + ":TLS_error_end")),
           {"tls_skip_verify: true"}),
      with(tls("tls-former-ca-skip-verify-13", "the same in TLS 1.3; tls_skip_verify",
               shows(Kind::FormerCa), passed(200)),
           {"tls_skip_verify: true"}),
  };
}

std::vector<Fault> handshakes() {
  TlsServer demands12{.maximum = TLS1_2_VERSION, .demands_client_certificate = true};
  TlsServer demands13{.minimum = TLS1_3_VERSION, .demands_client_certificate = true};
  TlsServer rsa{.certificate = CertificateKind::Rsa2048,
                .maximum = TLS1_2_VERSION,
                .ciphers = "DHE-RSA-AES256-GCM-SHA384"};
  TlsServer old_exchange = rsa;
  old_exchange.ciphers = "AES128-SHA:@SECLEVEL=0";
  const std::string hello_11("\x16\x03\x02\x00\x2a\x02\x00\x00\x26\x03\x02", 11);
  return {
      with(tls("tls-client-certificate", "demands a client certificate and gets a good one",
               demands13, passed(200)),
           {"tls_client_cert: {client_cert}", "tls_client_key: {client_key}"}),
      tls("tls-client-certificate-missing-12", "demands a client certificate, TLS 1.2", demands12,
          tls_error("268436496", "SSLV3_ALERT_HANDSHAKE_FAILURE")),
      tls("tls-client-certificate-missing-13", "demands a client certificate, TLS 1.3", demands13,
          terminated()),
      tls("tls-1-0", "TLS 1.0 alone", {.minimum = TLS1_VERSION, .maximum = TLS1_VERSION},
          tls_error("268436526", "TLSV1_ALERT_PROTOCOL_VERSION")),
      tls("tls-1-1", "TLS 1.1 alone", {.minimum = TLS1_1_VERSION, .maximum = TLS1_1_VERSION},
          tls_error("268436526", "TLSV1_ALERT_PROTOCOL_VERSION")),
      tls("tls-no-common-cipher", "DHE ciphers alone", rsa, no_common()),
      tls("tls-rsa-key-exchange", "AES128-SHA alone, which is still offered", old_exchange,
          passed(200)),
      tls("tls-refuses-name", "refuses the SNI", {.refuses_name = true},
          tls_error("268436568", "TLSV1_ALERT_UNRECOGNIZED_NAME")),
      raw("tls-server-hello-11", "a ServerHello for TLS 1.1",
          {read_some(),
           send(hello_11 + std::string(32, '\x11') + std::string("\x00\xc0\x14\x00", 4)), hang()},
          tls_error("268435696", "UNSUPPORTED_PROTOCOL")),
      raw("tls-closes-on-hello", "FIN on the ClientHello", {read_some(), fin()}, tls_closed()),
      raw("tls-resets-on-hello", "RST on the ClientHello", {read_some(), rst()}, tls_reset()),
      raw("tls-closes-on-accept", "FIN on accept", {fin()}, tls_closed()),
      raw("tls-partial-record", "half of a record, then FIN",
          {read_some(), send(std::string("\x16\x03\x03\x00\x7a\x02\x00", 7)), fin()}, tls_closed()),
      raw("tls-stalls", "never answers the ClientHello", {hang()}, dropped()),
      tls("tls-h2-chosen-speaks-http1", "chooses h2 and speaks HTTP/1.1", {.alpn = {"h2"}},
          protocol_error(), {read_some(), send(reply("400 Bad Request")), fin()}),
  };
}

std::vector<Fault> wrong_protocol() {
  std::vector<Fault> out = {
      raw("tls-to-plain-port", "https:// to a plain HTTP server",
          {read_some(), send(reply("400 Bad Request", {"connection: close"})), fin()},
          tls_error("268435703", "WRONG_VERSION_NUMBER")),
      raw("tls-to-waiting-plain-port", "https:// to a plain server that waits for more", healthy(),
          dropped()),
      raw("tls-to-banner", "https:// to a server that greets in plain text",
          {send("220 mail ESMTP\r\n"), hang()}, tls_error("268435703", "WRONG_VERSION_NUMBER")),
  };
  out.front().demo = true;
  const std::pair<int, const char*> alerts[] = {
      {10, "SSLV3_ALERT_UNEXPECTED_MESSAGE"},    {42, "SSLV3_ALERT_BAD_CERTIFICATE"},
      {46, "SSLV3_ALERT_CERTIFICATE_UNKNOWN"},   {47, "SSLV3_ALERT_ILLEGAL_PARAMETER"},
      {49, "TLSV1_ALERT_ACCESS_DENIED"},         {50, "TLSV1_ALERT_DECODE_ERROR"},
      {70, "TLSV1_ALERT_PROTOCOL_VERSION"},      {71, "TLSV1_ALERT_INSUFFICIENT_SECURITY"},
      {80, "TLSV1_ALERT_INTERNAL_ERROR"},        {112, "TLSV1_ALERT_UNRECOGNIZED_NAME"},
      {116, "TLSV1_ALERT_CERTIFICATE_REQUIRED"}, {120, "TLSV1_ALERT_NO_APPLICATION_PROTOCOL"}};
  for (const auto& [alert, name] : alerts) {
    const std::string bytes = std::string("\x15\x03\x03\x00\x02\x02", 6) + static_cast<char>(alert);
    out.push_back(raw("tls-alert-" + std::to_string(alert),
                      "alert " + std::to_string(alert) + " on the ClientHello",
                      {read_some(), send(bytes), fin()},
                      tls_error(std::to_string(268436456 + alert), name)));
  }
  return out;
}

std::vector<Fault> after_handshake() {
  const char* part = "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n0123456789";
  return {
      tls("tls-closes", "reads the request, close_notify and FIN", {}, terminated(),
          {read_request(), fin()}),
      tls("tls-resets", "reads the request, then RST", {}, terminated(), {read_request(), rst()}),
      tls("tls-closes-bare", "reads the request, FIN without close_notify", {}, terminated(),
          {read_request(), bare_fin()}),
      tls("tls-closes-at-once", "completes the handshake, then FIN", {}, terminated(), {fin()}),
      tls("tls-never-answers", "never answers", {}, timed_out(), {read_request(), hang()}),
      tls("tls-garbage", "answers garbage", {}, protocol_error(),
          {read_request(), send("garbage\r\n\r\n"), hang()}),
      tls("tls-plain-bytes", "answers outside TLS", {}, terminated(),
          {read_request(), send_plain("not a TLS record at all"), hang()}),
      tls("tls-short-body", "10 of 100 bytes, then FIN", {}, cut(),
          {read_request(), send(part), sleep(100), fin()}),
      tls("tls-short-body-reset", "10 of 100 bytes, then RST", {}, cut(),
          {read_request(), send(part), sleep(100), rst()}),
      tls("tls-until-bare-close", "no length, FIN without close_notify", {}, passed(200),
          {read_request(), send("HTTP/1.1 200 OK\r\n\r\n0123456789"), sleep(100), bare_fin()}),
  };
}

}  // namespace

std::vector<Fault> tls_faults() {
  std::vector<Fault> out;
  for (auto part : {certificates, chains, handshakes, wrong_protocol, after_handshake}) {
    for (Fault& fault : part()) {
      out.push_back(std::move(fault));
    }
  }
  return out;
}

}  // namespace prober::simulator

// Why the TLS handshake failed.

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "explanation_words.h"

namespace prober {
namespace {

constexpr std::int64_t kDay = 86'400;
constexpr std::size_t kMostSans = 8;

bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

const Certificate* certificate_at(const TlsFacts& tls, int depth) {
  const auto index = static_cast<std::size_t>(std::max(depth, 0));
  return index < tls.chain.size() ? &tls.chain[index] : nullptr;
}

std::string days_text(std::int64_t span) {
  const std::int64_t days = span / kDay;
  return days == 0 ? "less than a day" : fmt::format("{} day{}", days, days == 1 ? "" : "s");
}

// A name that may be offered for copying: an upstream can put anything into its SANs.
bool is_plain_name(const std::string& san) {
  return !san.empty() && san.size() <= 253 && std::ranges::all_of(san, [](unsigned char c) {
    return std::isalnum(c) != 0 || c == '.' || c == '-' || c == ':';
  });
}

Words explain_names(const Seen& seen, const TlsFacts& tls) {
  const std::vector<std::string> sans =
      tls.chain.empty() ? std::vector<std::string>{} : tls.chain.front().sans;
  const std::string& wanted = tls.server_name;
  std::string cause =
      sans.empty()
          ? fmt::format("The certificate of {} has no SAN at all, and Pomerium looks for {}.",
                        seen.where(), wanted)
          : fmt::format("The certificate of {} is not for {}: its SANs are [{}].", seen.where(),
                        wanted, some_of(sans, kMostSans));
  std::string fix = fmt::format("Issue a certificate that has {} among its SANs", wanted);
  if (IpAddress::parse(wanted)) {
    fix += " (as an IP address)";
  }
  const auto usable = std::ranges::find_if(sans, is_plain_name);
  fix += usable == sans.end()
             ? ", or set `tls_upstream_server_name` to a name that it has."
             : fmt::format(
                   ", or set `tls_upstream_server_name: {}` if that is the same service, or use "
                   "that name in `to`.",
                   *usable);
  fix += " A common name (CN) does not count, and a wildcard stands for one label only.";
  if (wanted.ends_with('.')) {
    fix += " The name in `to` ends with a dot, which no certificate matches: remove it.";
  }
  return {std::move(cause), std::move(fix)};
}

Words explain_expiry(const Seen& seen, const TlsFacts& tls, const VerifyProblem& problem) {
  const Certificate* certificate = certificate_at(tls, problem.depth);
  const std::string whose =
      problem.depth == 0 ? "The certificate" : "A CA certificate in the chain";
  std::string when;
  if (certificate != nullptr) {
    when = " on " + date(certificate->not_after);
    if (seen.now > certificate->not_after) {
      when += fmt::format(", {} ago", days_text(seen.now - certificate->not_after));
    }
  }
  std::string cause = fmt::format("{} of {} {}{}.", whose, seen.where(),
                                  when.empty() ? "has expired" : "expired", when);
  if (problem.depth > 0) {
    return {std::move(cause),
            "Have the upstream send the current intermediate certificates of its CA; a root that "
            "has expired must be replaced in Pomerium's CA file."};
  }
  return {std::move(cause),
          "Renew it and have the server load the new one (many need a reload), then look why the "
          "automatic renewal did not run. `tls_skip_verify` would let requests through meanwhile, "
          "without protection."};
}

Words explain_not_yet_valid(const Seen& seen, const TlsFacts& tls, const VerifyProblem& problem) {
  const Certificate* certificate = certificate_at(tls, problem.depth);
  const std::string from = certificate == nullptr ? "" : " before " + date(certificate->not_before);
  return {fmt::format("The certificate of {} is not valid yet{}.", seen.where(), from),
          "Compare the clocks of the upstream and of Pomerium's host (NTP); if they are right, "
          "the certificate was made for a later day."};
}

std::string trust_advice(const Seen& seen) {
  return seen.route.tls->custom_ca.empty()
             ? "set `tls_custom_ca_file` (for this route, in place of the system's roots) or "
               "`certificate_authority_file` (for all routes, added to them)"
             : "the route's `tls_custom_ca` is used in place of the system's roots and does not "
               "have it: put the CA that issued the certificate there";
}

Words explain_unknown_issuer(const Seen& seen, const TlsFacts& tls) {
  const std::string where = seen.where();
  if (tls.chain.size() == 1) {
    return {fmt::format("The certificate of {} was issued by \"{}\", which Pomerium does not "
                        "know; the server sends no intermediate certificate.",
                        where, tls.chain.front().issuer),
            fmt::format("If that is an intermediate CA, have the server send its whole chain "
                        "(fullchain.pem instead of cert.pem): Envoy does not fetch what is "
                        "missing, browsers do. If it is a private CA, {}.",
                        trust_advice(seen))};
  }
  const std::string last = tls.chain.empty() ? "" : fmt::format(" \"{}\"", tls.chain.back().issuer);
  return {fmt::format("The certificate of {} leads to the CA{}, which Pomerium does not trust.",
                      where, last),
          fmt::format("For a private CA {}. An intermediate or the leaf itself is taken as an "
                      "anchor too.",
                      trust_advice(seen))};
}

Words explain_signature(const Seen& seen) {
  const bool skips = seen.route.tls->skip_verify;
  return {
      fmt::format("A signature in the certificate chain of {} does not hold: most often a CA "
                  "that Pomerium trusts has the name of the one that issued the certificate, "
                  "and another key.{}",
                  seen.where(), skips ? " In TLS 1.2 `tls_skip_verify` does not lift that." : ""),
      fmt::format("Have the certificate issued anew by the CA of today. Otherwise {}.{}",
                  trust_advice(seen), skips ? " Over TLS 1.3 `tls_skip_verify` is enough." : "")};
}

Words explain_verification(const Seen& seen, const TlsFacts& tls) {
  if (tls.problems.empty()) {
    return explain_names(seen, tls);
  }
  const VerifyProblem& problem = tls.problems.front();
  const std::string& text = problem.text;
  if (contains(text, "has expired")) {
    return explain_expiry(seen, tls, problem);
  }
  if (contains(text, "not yet valid")) {
    return explain_not_yet_valid(seen, tls, problem);
  }
  if (contains(text, "in certificate chain")) {
    return {fmt::format("The chain of {} ends in its own root CA, which Pomerium does not trust.",
                        seen.where()),
            fmt::format("For a private CA {}.", trust_advice(seen))};
  }
  if (contains(text, "self signed")) {
    return {fmt::format("The certificate of {} is self-signed: nobody that Pomerium trusts "
                        "vouches for it.",
                        seen.where()),
            fmt::format("Give Pomerium that certificate (or, better, let a CA issue one and give "
                        "it the CA): {}.",
                        trust_advice(seen))};
  }
  if (contains(text, "signature failure")) {
    return explain_signature(seen);
  }
  if (contains(text, "subtree") || contains(text, "name constraint")) {
    return {fmt::format("A CA in the chain of {} may not issue certificates for the names in this "
                        "one: its name constraints say so ({}).",
                        seen.where(), text),
            "Have the certificate issued for names within the constraints (every SAN counts; an IP "
            "address under constraints on addresses is never accepted), or by another CA."};
  }
  if (contains(text, "issuer") || contains(text, "verify the first")) {
    return explain_unknown_issuer(seen, tls);
  }
  if (contains(text, "purpose")) {
    return {fmt::format("The certificate of {} may not be used by a server: its extended key "
                        "usage lacks serverAuth.",
                        seen.where()),
            "Issue one with serverAuth in its extended key usage; a client's certificate is not "
            "one for a server."};
  }
  return {fmt::format("The certificate of {} is not accepted: {} (depth {} of the chain).",
                      seen.where(), text, problem.depth),
          "Have the certificate issued anew without that flaw; `openssl s_client -connect "
          "HOST:PORT -showcerts` shows the chain."};
}

Words explain_client_certificate(const Seen& seen, std::string_view text) {
  const std::string where = seen.where();
  if (seen.route.tls->client_certificate.empty()) {
    return {fmt::format("{} demands a client certificate, and the route has none.", where),
            "Set `tls_client_cert_file` and `tls_client_key_file` to a certificate from a CA that "
            "the upstream trusts."};
  }
  const std::string_view why = contains(text, "EXPIRED")   ? "it has expired"
                               : contains(text, "REVOKED") ? "it is revoked"
                               : contains(text, "UNKNOWN_CA")
                                   ? "the upstream does not know the CA that issued it"
                                   : "the upstream gives no closer reason";
  return {fmt::format("{} does not accept the route's client certificate: {}.", where, why),
          "Have `tls_client_cert_file` hold a current certificate with clientAuth from the CA "
          "that the upstream expects, with its intermediates; or add that CA on the upstream."};
}

Words explain_alert(const Seen& seen, const TlsFacts& tls, std::string_view text) {
  const std::string where = seen.where();
  if (contains(text, "HANDSHAKE_FAILURE") || contains(text, "INSUFFICIENT_SECURITY")) {
    const bool no_certificate = seen.route.tls->client_certificate.empty();
    return {
        fmt::format("{} breaks the handshake off: there is no cipher, key or client "
                    "certificate that suits both sides.",
                    where),
        fmt::format("{} the upstream offer TLS 1.2 or 1.3 with ECDHE ciphers and an ECDSA "
                    "P-256/P-384 or RSA key (Envoy does not offer Ed25519).",
                    no_certificate ? "If the upstream demands a client certificate, set "
                                     "`tls_client_cert_file` and `tls_client_key_file`; else let"
                                   : "Let")};
  }
  if (contains(text, "PROTOCOL_VERSION")) {
    return {fmt::format("{} speaks no TLS version that Pomerium offers (1.2 and 1.3).", where),
            "Enable TLS 1.2 or 1.3 on the upstream."};
  }
  if (contains(text, "UNRECOGNIZED_NAME")) {
    return {fmt::format("{} does not serve the name {} that it is asked for (SNI).", where,
                        tls.server_name),
            "Use a name in `to` that the upstream serves, or set `tls_upstream_server_name` to "
            "one."};
  }
  if (contains(text, "NO_APPLICATION_PROTOCOL")) {
    return {fmt::format("{} accepts none of the protocols that Pomerium offers by ALPN.", where),
            "Enable HTTP/1.1 or HTTP/2 in the upstream's ALPN list (with `allow_websockets` "
            "Pomerium offers only HTTP/1.1)."};
  }
  if (contains(text, "UNKNOWN_CA") || contains(text, "CERTIFICATE") ||
      contains(text, "ACCESS_DENIED")) {
    return explain_client_certificate(seen, text);
  }
  const std::size_t name = text.find("ALERT_");
  return {fmt::format(
              "{} breaks the TLS handshake off with the alert {}.", where,
              text.substr(std::min(
                  text.size(), name == std::string_view::npos ? text.rfind(':') + 1 : name + 6))),
          "The reason stands in the upstream's TLS log; check versions, ciphers, SNI and client "
          "certificates on both sides."};
}

// Reasons of the own library, in the order in which they are looked for.
Words explain_library_error(const Seen& seen, std::string_view text) {
  const std::string where = seen.where();
  if (contains(text, "WRONG_VERSION_NUMBER") || contains(text, "HTTP_REQUEST")) {
    return {fmt::format("{} does not speak TLS: it answers the handshake in plain text.", where),
            "Write http:// instead of https:// in `to`, or name the port that serves TLS. In a "
            "list of several `to` one https:// makes Pomerium speak TLS to all of them."};
  }
  if (contains(text, "KEY_USAGE_BIT_INCORRECT")) {
    return {fmt::format("The key usage in the certificate of {} lacks digitalSignature.", where),
            "Issue a certificate with digitalSignature in its key usage; `tls_skip_verify` does "
            "not lift this."};
  }
  if (contains(text, "UNSUPPORTED_PROTOCOL")) {
    return {fmt::format("{} answers with a TLS version that Pomerium does not take (only 1.2 and "
                        "1.3).",
                        where),
            "Enable TLS 1.2 or 1.3 on the upstream."};
  }
  if (contains(text, "TOO_MANY_WARNING_ALERTS")) {
    return {fmt::format("{} sends one warning after the other instead of a handshake.", where),
            "Look in the upstream's TLS log: it may not know the name (SNI) that it is asked for."};
  }
  return {
      fmt::format("The TLS handshake with {} fails: {}.", where, text.substr(text.rfind(':') + 1)),
      "Look at the upstream's TLS configuration and log, and for a device on the way that "
      "changes TLS."};
}

}  // namespace

Words explain_handshake(const Seen& seen, const TlsFacts& tls) {
  if (tls.errors.empty()) {
    return {fmt::format("{} closes the connection during the TLS handshake, without a reason.",
                        seen.where()),
            fmt::format("Check that the port serves TLS (else write http:// in `to`), and what "
                        "the server's log says: some close on a name (SNI) that they do not know, "
                        "here {}.",
                        tls.server_name)};
  }
  const std::string& text = tls.errors.front().text;
  if (tls.errors.back().text.ends_with("CERTIFICATE_VERIFY_FAILED")) {
    return explain_verification(seen, tls);
  }
  if (contains(text, "ALERT_") || contains(text, "unknown error")) {
    return explain_alert(seen, tls, text);
  }
  if (contains(text, "system library")) {
    return {fmt::format("{} resets the connection during the TLS handshake.", seen.where()),
            "Check that the port serves TLS, and look for a firewall, load balancer or mesh that "
            "drops clients that it does not know."};
  }
  if (!tls.problems.empty() && !contains(text, "SSL routines")) {
    return explain_verification(seen, tls);  // tls_skip_verify did not lift it
  }
  return explain_library_error(seen, text);
}

}  // namespace prober

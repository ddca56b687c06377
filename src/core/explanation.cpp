// Cause and resolution of each error, from what was observed. The resolutions follow Pomerium's
// documentation and what turned out to be wrong in reported cases, in our own words.

#include "prober/explanation.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace prober {
namespace {

constexpr char kErrorDocs[] =
    "https://www.pomerium.com/docs/internals/troubleshooting#envoy-error-messages";
constexpr char kTimeoutDocs[] = "https://www.pomerium.com/docs/internals/connection#timeouts";
constexpr char kDnsDocs[] = "https://www.pomerium.com/docs/reference/dns";
constexpr char kTlsDocs[] = "https://www.pomerium.com/docs/reference/routes/tls";
constexpr char kHealthDocs[] = "https://www.pomerium.com/docs/reference/routes/load-balancing";
constexpr char kBreakerDocs[] =
    "https://www.pomerium.com/docs/reference/circuit-breaker-thresholds";

struct Words {
  std::string cause;
  std::string resolution;
  const char* docs = kErrorDocs;
};

bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

std::string target(const Route& route, const Attempt& attempt) {
  const std::string where = attempt.endpoint.to_string();
  if (attempt.upstream < route.to.size() && !route.to[attempt.upstream].host.empty()) {
    const Upstream& upstream = route.to[attempt.upstream];
    const std::string ip = attempt.endpoint.ip.to_string();
    return upstream.host == ip ? where : fmt::format("{} ({})", upstream.authority, where);
  }
  return where;
}

// ---- no host

Words explain_lookup(const Lookup& lookup) {
  const std::string asked =
      lookup.server.empty() ? "the resolver" : "the DNS server " + lookup.server;
  const std::string& name = lookup.name;
  switch (lookup.status) {
    case LookupStatus::NotFound:
      return {fmt::format("The name {} does not exist: {} answers NXDOMAIN.", name, asked),
              "Check the spelling of the host in `to`, and that the name exists in the DNS which "
              "Pomerium's own host or container asks. If another server knows it, name that one in "
              "`dns_resolvers`; a short name needs its search domain.",
              kDnsDocs};
    case LookupStatus::NoData:
      return {
          fmt::format("The name {} exists but has no address of the family that Pomerium asks for.",
                      name),
          "Add an A or AAAA record, or set `dns_lookup_family` to the family that the name has "
          "(the default V4_PREFERRED asks for A and then for AAAA).",
          kDnsDocs};
    case LookupStatus::Timeout:
      return {
          fmt::format("{} did not answer the question for {} within {}.",
                      lookup.server.empty() ? "The DNS server" : "The DNS server " + lookup.server,
                      name, human(lookup.time)),
          "Check that the DNS server runs and that UDP and TCP port 53 to it are open from "
          "Pomerium's "
          "host. A silent DNS server also keeps Pomerium from opening its port at start: lower "
          "`dns_query_timeout` and `dns_query_tries`, or name a working server in `dns_resolvers`.",
          kDnsDocs};
    case LookupStatus::ServerFailure:
      return {fmt::format("{} answers SERVFAIL for {}: it could not find out.", asked, name),
              "Look at the DNS server: its forwarders, its zone, DNSSEC. Envoy asks again at the "
              "`dns_failure_refresh_rate`; after a start with a failing DNS server a low one "
              "shortens the outage.",
              kDnsDocs};
    case LookupStatus::Refused:
      return {
          fmt::format("{} refuses to answer for {}.", asked, name),
          "The server does not serve this client: allow Pomerium's address there, or name another "
          "server in `dns_resolvers`.",
          kDnsDocs};
    case LookupStatus::FormatError:
      return {
          fmt::format("{} did not understand the question for {} (FORMERR).", asked, name),
          "The DNS server is broken or something between alters the packets; name another one in "
          "`dns_resolvers`.",
          kDnsDocs};
    case LookupStatus::BadName:
      return {fmt::format("{} is not a name that DNS can look up.", name),
              "Correct the host in `to`: labels have at most 63 characters.", kDnsDocs};
    case LookupStatus::NoServer:
      return {fmt::format("No DNS server could be reached for {}.", name),
              "Check that the resolver of Pomerium's host (or `dns_resolvers`) runs and that UDP "
              "and TCP "
              "port 53 to it are open.",
              kDnsDocs};
    case LookupStatus::Literal:
    case LookupStatus::Ok:
    case LookupStatus::Interrupted:
      break;
  }
  return {fmt::format("{} has no usable address.", name), "Check the DNS records of the name.",
          kDnsDocs};
}

Words explain_no_host(const Route& route, const Attempt* attempt,
                      const std::vector<Lookup>& lookups) {
  if (attempt == nullptr) {
    for (const Lookup& lookup : lookups) {
      if (lookup.addresses.empty()) {
        return explain_lookup(lookup);
      }
    }
  }
  if (route.cluster->circuit_breakers.max_connection_pools) {
    return {
        "`max_connection_pools` leaves no connection pool for this upstream.",
        "Take `max_connection_pools` out of `circuit_breaker_thresholds`; 0 blocks everything, 1 "
        "serves only the first worker thread.",
        kBreakerDocs};
  }
  return {
      "Every host of the route is out of rotation: its health check fails or outlier detection has "
      "ejected it, "
      "and `healthy_panic_threshold` does not put it back.",
      "Repair the upstream or its health check: Envoy sends the cluster's name as Host unless the "
      "check "
      "names a `host`, speaks HTTP/1 unless `codec_client_type` says HTTP2, and takes every "
      "status but those in `expected_statuses` (200) for unhealthy. With `healthy_panic_threshold` "
      "above 0 requests would be tried all the same.",
      kHealthDocs};
}

// ---- connecting

Words explain_os_error(const Route& route, const Attempt& attempt) {
  const std::string where = target(route, attempt);
  switch (attempt.os_error) {
    case ECONNREFUSED:
      return {fmt::format("Nothing listens on {}: the connection is refused.", where),
              "Start the upstream, or correct host and port in `to`. A service in a container must "
              "listen on 0.0.0.0, not on its own 127.0.0.1; in Kubernetes use the port that the "
              "pods serve."};
    case ECONNRESET:
      return {fmt::format("{} takes connections and resets them at once.", where),
              "Look for what accepts and drops: a load balancer without backends, a service mesh "
              "or TCP "
              "wrapper that refuses this client, a full or crashing server."};
    case EHOSTUNREACH:
      return {fmt::format(
                  "{} cannot be reached: a firewall rejects the connection, or the host is off.",
                  where),
              "Open the port for Pomerium's host in the firewall or security group; check that the "
              "host runs and the "
              "address is right."};
    case ENETUNREACH:
      return {
          fmt::format("There is no route to the network of {}.", where),
          attempt.endpoint.ip.v6
              ? "Pomerium's host has no IPv6 connectivity there: set `dns_lookup_family: V4_ONLY`, "
                "or "
                "give the host an IPv6 route."
              : "Add a route or VPN to that network on Pomerium's host, or correct the address."};
    case EACCES:
    case EPERM:
      return {fmt::format("This host's own rules prohibit connections to {}.", where),
              "Look at the routing table (`ip route get`), the local firewall and the security "
              "module of "
              "Pomerium's host; for a unix socket at its mode and owner."};
    case ENOENT:
      return {fmt::format("The socket {} does not exist.", where),
              "Start the upstream, or correct the path in `to`; in a container the socket must be "
              "mounted."};
    case ENOPROTOOPT:
      return {fmt::format("{} answers with ICMP protocol unreachable.", where),
              "A firewall or host there refuses TCP; open the port for Pomerium's host."};
    default:
      return {
          fmt::format("The connection to {} fails: {}.", where, std::strerror(attempt.os_error)),
          "Check address, port, routing and firewall between Pomerium's host and the upstream."};
  }
}

Words explain_connection_timeout(const Route& route, const Attempt& attempt) {
  const std::string where = target(route, attempt);
  const std::string limit = human(route.proxy->connect_timeout);
  if (attempt.connect == ConnectResult::Connected) {
    return {
        fmt::format(
            "{} accepts the TCP connection but does not finish the TLS handshake within {}.", where,
            limit),
        "If the port serves plain HTTP, write http:// in `to`. Else the server is overloaded or a "
        "middlebox holds TLS back; connect and handshake together have the connect timeout, which "
        "Pomerium fixes at 10 s.",
        kTimeoutDocs};
  }
  return {
      fmt::format("{} does not answer at all: packets are dropped for {}.", where, limit),
      "Open the port for Pomerium's host in the firewall or security group on the way, check that "
      "the address is right and the host is up, and that its queue of connections is not full.",
      kTimeoutDocs};
}

// ---- TLS

Words explain_verification(const Route& route, const Attempt& attempt) {
  const TlsFacts& tls = *attempt.tls;
  const std::string where = target(route, attempt);
  if (tls.problems.empty()) {
    std::string sans;
    for (const std::string& san :
         tls.chain.empty() ? std::vector<std::string>{} : tls.chain.front().sans) {
      sans += (sans.empty() ? "" : ", ") + san;
    }
    return {fmt::format("The certificate of {} is not for {}: its SANs are [{}].", where,
                        tls.server_name, sans),
            fmt::format("Issue a certificate with {} among its SANs (the subject's CN does not "
                        "count), use a name in "
                        "`to` that it has, or set `tls_upstream_server_name` to one.",
                        tls.server_name),
            kTlsDocs};
  }
  const std::string& text = tls.problems.front().text;
  const std::string whose =
      tls.problems.front().depth == 0 ? "The certificate" : "An issuer's certificate";
  if (contains(text, "expired")) {
    return {fmt::format("{} of {} has expired.", whose, where),
            "Renew it on the upstream and have the server load the new one. Until then "
            "`tls_skip_verify` "
            "would let requests through, unprotected.",
            kTlsDocs};
  }
  if (contains(text, "not yet valid")) {
    return {fmt::format("{} of {} is not valid yet.", whose, where),
            "Check the clocks of the upstream and of Pomerium's host, or wait for the "
            "certificate's first day.",
            kTlsDocs};
  }
  if (contains(text, "self signed")) {
    return {
        fmt::format(
            "The certificate of {} is self-signed, and nobody that Pomerium trusts vouches for it.",
            where),
        "Give Pomerium the certificate or its CA with `tls_custom_ca_file` (this route) or "
        "`certificate_authority_file` (all routes).",
        kTlsDocs};
  }
  if (contains(text, "issuer")) {
    return {fmt::format(
                "The certificate of {} comes from a CA that Pomerium does not trust, or the server "
                "does not send its intermediate certificates.",
                where),
            "Have the server send the whole chain; for a private CA set `tls_custom_ca_file` "
            "(replaces the "
            "system's roots for this route) or `certificate_authority_file` (adds to them).",
            kTlsDocs};
  }
  if (contains(text, "purpose")) {
    return {fmt::format("The certificate of {} may not be used by a server (extended key usage).",
                        where),
            "Issue one with serverAuth in its extended key usage.", kTlsDocs};
  }
  return {
      fmt::format("The certificate of {} is not accepted: {}.", where, text),
      "Issue a certificate that passes verification, or trust its CA with `tls_custom_ca_file`.",
      kTlsDocs};
}

Words explain_alert(const Route& route, const Attempt& attempt, const std::string& text) {
  const std::string where = target(route, attempt);
  if (contains(text, "HANDSHAKE_FAILURE") || contains(text, "INSUFFICIENT_SECURITY")) {
    return {fmt::format("{} breaks the TLS handshake off: there is no cipher, key or client "
                        "certificate that suits both.",
                        where),
            "If the upstream asks for a client certificate, set `tls_client_cert_file` and "
            "`tls_client_key_file`. Else "
            "let it offer TLS 1.2 or 1.3 with ECDHE and an ECDSA P-256/P-384 or RSA key; Ed25519 "
            "and P-521 "
            "keys are not accepted.",
            kTlsDocs};
  }
  if (contains(text, "PROTOCOL_VERSION")) {
    return {fmt::format("{} speaks no TLS version that Pomerium offers (1.2 and 1.3).", where),
            "Enable TLS 1.2 or 1.3 on the upstream.", kTlsDocs};
  }
  if (contains(text, "UNRECOGNIZED_NAME")) {
    return {fmt::format("{} does not know the name {} that it is asked for (SNI).", where,
                        attempt.tls->server_name),
            "Use a name in `to` that the upstream serves, or set `tls_upstream_server_name`.",
            kTlsDocs};
  }
  if (contains(text, "UNKNOWN_CA") || contains(text, "CERTIFICATE")) {
    return {
        fmt::format("{} does not accept the client certificate, or misses one.", where),
        "Set `tls_client_cert_file` and `tls_client_key_file` to a certificate from a CA that the "
        "upstream trusts, and check that it has not expired.",
        kTlsDocs};
  }
  return {fmt::format("{} breaks the TLS handshake off with an alert.", where),
          "Look at the upstream's TLS log for the reason; check versions, ciphers, SNI and client "
          "certificates.",
          kTlsDocs};
}

Words explain_handshake(const Route& route, const Attempt& attempt) {
  const TlsFacts& tls = *attempt.tls;
  const std::string where = target(route, attempt);
  if (tls.errors.empty()) {
    return {
        fmt::format("{} closes the connection during the TLS handshake, without a reason.", where),
        "Check that the port serves TLS (else write http:// in `to`) and what the server's log "
        "says; "
        "some servers close on a name (SNI) that they do not know.",
        kTlsDocs};
  }
  const std::string& text = tls.errors.front().text;
  if (text.ends_with("CERTIFICATE_VERIFY_FAILED")) {
    return explain_verification(route, attempt);
  }
  if (contains(text, "WRONG_VERSION_NUMBER") || contains(text, "HTTP_REQUEST")) {
    return {fmt::format("{} does not speak TLS on this port: it answers in plain text.", where),
            "Write http:// instead of https:// in `to`, or name the port that serves TLS.",
            kTlsDocs};
  }
  if (contains(text, "KEY_USAGE_BIT_INCORRECT")) {
    return {
        fmt::format("The certificate of {} has a key usage without digitalSignature.", where),
        "Issue one with digitalSignature in its key usage; `tls_skip_verify` does not help here.",
        kTlsDocs};
  }
  if (contains(text, "ALERT")) {
    return explain_alert(route, attempt, text);
  }
  if (contains(text, "system library")) {
    return {fmt::format("{} resets the connection during the TLS handshake.", where),
            "Check that the port serves TLS, and look for a firewall, proxy or mesh that drops "
            "unknown clients.",
            kTlsDocs};
  }
  if (contains(text, "UNSUPPORTED_PROTOCOL")) {
    return {fmt::format("{} answers with a TLS version that Pomerium does not offer.", where),
            "Enable TLS 1.2 or 1.3 on the upstream.", kTlsDocs};
  }
  return {fmt::format("The TLS handshake with {} fails.", where),
          "Look at the upstream's TLS configuration and log.", kTlsDocs};
}

// ---- the request

bool speaks_plain_http(const Route& route, const Attempt& attempt) {
  return attempt.upstream < route.to.size() && !uses_tls(route.to[attempt.upstream].scheme);
}

Words explain_termination(const Route& route, const Attempt& attempt) {
  const std::string where = target(route, attempt);
  if (attempt.tls && attempt.tls->version == "TLSv1.3" && attempt.http &&
      attempt.http->bytes == 0 && route.tls->client_certificate.empty()) {
    return {fmt::format("{} completes the TLS handshake and closes before it answers. With TLS 1.3 "
                        "a server that misses a "
                        "client certificate looks like this.",
                        where),
            "If the upstream demands client certificates, set `tls_client_cert_file` and "
            "`tls_client_key_file`; else look in its log for why it drops the request.",
            kTlsDocs};
  }
  if (attempt.http && attempt.http->status) {
    return {fmt::format("{} ended the connection in the middle of its answer.", where),
            "Look for a crash, a restart or a limit on the upstream while it writes the answer."};
  }
  const char* plain =
      speaks_plain_http(route, attempt)
          ? " A port that expects TLS (or the PROXY protocol) does the same: then write "
            "https:// in `to`."
          : "";
  return {fmt::format("{} accepts the connection and ends it without answering.", where),
          fmt::format("Look in the upstream's log for a crash or a refusal of this request.{} If "
                      "it happens only now and "
                      "then, the upstream's keep-alive is shorter than Pomerium's (1 h): raise it.",
                      plain)};
}

Words explain_protocol_error(const Route& route, const Attempt& attempt) {
  const std::string where = target(route, attempt);
  std::string what = "its answer breaks the rules of HTTP";
  if (attempt.http && attempt.http->violation) {
    what = attempt.http->violation->what;
  } else if (attempt.http && attempt.http->reset_code) {
    what = "it reset the stream with PROTOCOL_ERROR";
  }
  const bool h2c =
      attempt.upstream < route.to.size() && route.to[attempt.upstream].scheme == Scheme::H2c;
  const std::string hint =
      h2c ? "If the upstream speaks only HTTP/1.1, write http:// instead of h2c:// in `to`."
          : "If the port serves something else (SSH, SMTP, HTTP/2 without TLS: then h2c://), "
            "correct "
            "`to`. Else repair the application: no content-length twice or beside chunked, at most "
            "100 "
            "headers and 80 KiB of them (60 KiB over HTTP/2), bodies as long as announced.";
  return {fmt::format("{} does not answer as HTTP demands: {}.", where, what), hint};
}

Words explain_remote_reset(const Route& route, const Attempt& attempt) {
  const std::string where = target(route, attempt);
  if (attempt.http && attempt.http->head_too_large) {
    return {fmt::format(
                "The headers of {} are larger than Envoy takes over HTTP/2 (60 KiB, 100 fields).",
                where),
            "Send fewer or smaller headers; cookies and tokens are the usual cause."};
  }
  return {
      fmt::format("{} resets the HTTP/2 stream (code {}).", where,
                  attempt.http && attempt.http->reset_code ? *attempt.http->reset_code : 0U),
      "Look in the upstream's log: a handler failed, a limit was reached, or a sidecar gave up."};
}

Words explain_limit(const Route& route, const Attempt& attempt) {
  const std::string where = target(route, attempt);
  const bool begun = attempt.http && attempt.http->status;
  const std::string what = begun ? "does not finish its answer" : "does not answer";
  const std::string after = human(attempt.timings.end);
  switch (attempt.limit) {
    case Limit::RouteTimeout:
      if (attempt.connect != ConnectResult::Connected) {
        return {fmt::format("{} cannot be connected to, and the route's timeout of {} is over "
                            "before the connect timeout.",
                            where, human(route.timeout)),
                "Open the way to the upstream; a `timeout` above 10 s would show it as "
                "connection_timeout.",
                kTimeoutDocs};
      }
      return {
          fmt::format("{} {} within the route's timeout of {}.", where, what, human(route.timeout)),
          "Make the upstream faster, or raise `timeout` on the route (`default_upstream_timeout` "
          "for all). Answers "
          "that never end, such as server-sent events, need `timeout: 0s`.",
          kTimeoutDocs};
    case Limit::StreamIdleTimeout:
      return {fmt::format("{} {} and no byte moves for {}.", where, what,
                          human(route.idle_timeout_set ? route.idle_timeout
                                                       : route.proxy->stream_idle_timeout)),
              "Raise `idle_timeout` on the route, or have the upstream send something meanwhile.",
              kTimeoutDocs};
    case Limit::RequestTimeout:
      return {fmt::format("{} does not take the request's body in {}.", where, after),
              "The upstream reads too slowly or not at all: look at it, or raise `timeout_read` "
              "for slow uploads.",
              kTimeoutDocs};
    case Limit::MaxStreamDuration:
      return {
          fmt::format("The request to {} lasts longer than {}, the most that the listener allows.",
                      where, human(route.proxy->max_stream_duration)),
          "Raise or remove `timeout_write`, which sets this limit, or make the answer shorter.",
          kTimeoutDocs};
    case Limit::UpstreamMaxStreamDuration:
      return {
          fmt::format("The request to {} lasts longer than {}, the cluster's max_stream_duration.",
                      where, human(route.proxy->upstream_max_stream_duration)),
          "Pomerium never sets this limit by itself: a request header "
          "x-envoy-upstream-stream-duration-ms from an internal client, or an Envoy of your own in "
          "between, does. Raise or remove it there, or make the answer shorter.",
          kTimeoutDocs};
    case Limit::PerTryTimeout:
    case Limit::PerTryIdleTimeout:
      return {fmt::format("{} {} within the time for one try ({}).", where, what, after),
              "Pomerium has no retries of its own: the limit comes from a request header "
              "x-envoy-upstream-rq-per-try-timeout-ms or an Envoy in between. Raise it, or make "
              "the upstream faster.",
              kTimeoutDocs};
    case Limit::ConnectTimeout:
    case Limit::None:
      break;
  }
  return explain_connection_timeout(route, attempt);
}

Words explain_own_answer(const Route& route, const Prediction& prediction, const Attempt& attempt) {
  const std::string where = target(route, attempt);
  if (route.kubernetes && attempt.end != End::Answered) {
    return {fmt::format("{} cannot be reached; Kubernetes routes go through Pomerium's own proxy, "
                        "which answers 502.",
                        where),
            "Check the API server's address and port, and the service account token."};
  }
  if (prediction.status >= 500) {
    return {
        fmt::format("{} itself answers {}: Pomerium only passes it on.", where, prediction.status),
        "Look in the upstream application's own log; nothing in Pomerium changes this."};
  }
  if (prediction.status == 400 && speaks_plain_http(route, attempt)) {
    return {fmt::format("{} answers 400, as TLS servers do to a plain request.", where),
            "If the port expects TLS, write https:// in `to`; else look in the application's log."};
  }
  return {
      fmt::format("{} answers, but not as `expect` says (status {}).", where, prediction.status),
      "Check the probe's `path` and `expect`, and the Host that the upstream is sent: "
      "`preserve_host_header` keeps the public name."};
}

Words words_for(const Prediction& prediction, const Route& route, const Attempt* attempt,
                const std::vector<Lookup>& lookups) {
  const std::string& details = prediction.details;
  if (details == "no_healthy_upstream" || attempt == nullptr) {
    return explain_no_host(route, attempt, lookups);
  }
  if (details == "via_upstream") {
    return explain_own_answer(route, prediction, *attempt);
  }
  if (contains(details, "{overflow}")) {
    return {"A circuit breaker is set to 0, so no request passes.",
            "Raise `max_requests` and `max_pending_requests` in `circuit_breaker_thresholds`, of "
            "the route or globally.",
            kBreakerDocs};
  }
  if (contains(details, "{connection_timeout}")) {
    return explain_connection_timeout(route, *attempt);
  }
  if (attempt->end == End::Limit) {
    return explain_limit(route, *attempt);
  }
  if (contains(details, "local_connection_failure")) {
    return {fmt::format("Connections cannot be made from {}: {}.", attempt->bind_address,
                        std::strerror(attempt->os_error)),
            "Correct `envoy_bind_config_source_address`: it must be an address of this host, of "
            "the upstream's family."};
  }
  if (contains(details, "connect_error")) {
    return explain_os_error(route, *attempt);
  }
  if (contains(details, "remote_connection_failure") && attempt->tls) {
    return explain_handshake(route, *attempt);
  }
  if (contains(details, "protocol_error")) {
    return explain_protocol_error(route, *attempt);
  }
  if (contains(details, "remote_refused_stream_reset")) {
    return {
        fmt::format("{} refuses the HTTP/2 request before it handles it.", target(route, *attempt)),
        "It is shutting down (GOAWAY) or allows too few streams (SETTINGS_MAX_CONCURRENT_STREAMS): "
        "let it "
        "drain, or raise its limit."};
  }
  if (contains(details, "remote_reset") || contains(details, "remote_error_with_CONNECT")) {
    return explain_remote_reset(route, *attempt);
  }
  return explain_termination(route, *attempt);
}

// Pomerium's ui/src/App.tsx decides by the text; without a flag Envoy's plain text is sent instead
// of a page, and an answer that has begun can only be cut off.
std::string page_for(const Prediction& prediction, const Attempt* attempt) {
  const bool begun = attempt != nullptr && attempt->http && attempt->http->status;
  if (prediction.details == "via_upstream" || prediction.flags.empty() || begun) {
    return "";
  }
  const bool down =
      contains(prediction.details, "upstream") && !contains(prediction.details, "local");
  return down ? "Web Server is down" : "Pomerium's general error page";
}

}  // namespace

Explanation explain(const Prediction& prediction, const Route& route, const Attempt* attempt,
                    const std::vector<Lookup>& lookups) {
  Words words = words_for(prediction, route, attempt, lookups);
  const bool race = attempt != nullptr && attempt->second_look == SecondLook::Reset;
  if (race) {
    words.cause += " When the proxy notices the reset is chance, so either answer may come.";
  }
  return {std::move(words.cause), std::move(words.resolution), words.docs,
          page_for(prediction, attempt)};
}

}  // namespace prober

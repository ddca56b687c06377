// `prober explain`: response code details without a measurement.

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <cstring>

#include "prober/explanation.h"

namespace prober {
namespace {

constexpr char kErrorDocs[] =
    "https://www.pomerium.com/docs/internals/troubleshooting#envoy-error-messages";
constexpr char kTimeoutDocs[] = "https://www.pomerium.com/docs/internals/connection#timeouts";

struct Entry {
  std::string_view name;
  std::string_view meaning;
  std::vector<std::string> causes;
  std::vector<std::string> checks;
  const char* docs = kErrorDocs;
};

// The details that stand alone. Flags and statuses are Envoy 1.38's.
const std::vector<Entry>& entries() {
  static const std::vector<Entry> kEntries = {
      {"via_upstream",
       "No error of the proxy: the upstream itself answered, and Pomerium passed its answer on.",
       {"The application returned this status."},
       {"The upstream application's own log at that time."}},
      {"no_healthy_upstream",
       "503 UH: the cluster has no host that a request could go to.",
       {"The name in `to` does not resolve (NXDOMAIN, SERVFAIL, no record, a silent DNS server): "
        "DNS failures have no text of their own.",
        "Every host fails its health check and `healthy_panic_threshold` is 0.",
        "Outlier detection has ejected every host and the panic threshold is 0.",
        "`max_connection_pools` in the circuit breakers is too small."},
       {"Resolve the name from Pomerium's own host or container, with the resolvers it uses.",
        "Run the health check by hand: Envoy sends the cluster's name as Host unless `host` is "
        "set.",
        "prober --once shows which of these it is."}},
      {"upstream_max_stream_duration_reached",
       "504 UMSDR (408 when the request was not complete): the request lasted longer than the "
       "cluster's max_stream_duration.",
       {"Pomerium sets no such limit. A request header x-envoy-upstream-stream-duration-ms from a "
        "client that counts as internal does, or another Envoy between.",
        "An answer that never ends (server-sent events, long polling) meets the limit."},
       {"Look for the header, and for an Envoy or service mesh in front of or behind Pomerium.",
        "Raise or remove the limit there, or make the answer shorter."},
       kTimeoutDocs},
      {"upstream_per_try_timeout",
       "504 UT: one try took longer than a retry policy allows.",
       {"Pomerium configures no retries: the limit comes from a request header "
        "x-envoy-upstream-rq-per-try-timeout-ms, or another Envoy between.",
        "The upstream does not answer in that time."},
       {"Look for the header, and for other proxies on the way.",
        "Measure how long the upstream takes."},
       kTimeoutDocs},
      {"upstream_per_try_idle_timeout",
       "504 UT: within one try no byte came for longer than a retry policy allows.",
       {"As for upstream_per_try_timeout: another Envoy between sets it."},
       {"Look for other proxies on the way."},
       kTimeoutDocs},
      {"response_timeout",
       "504 UT: the upstream did not answer in full within the route's timeout (30 s unless the "
       "route or default_upstream_timeout says otherwise). Older Envoys and the documentation call "
       "it upstream_response_timeout.",
       {"The upstream is slow, overloaded or stuck on something behind it.",
        "The answer never ends by design: server-sent events, streaming, long polling.",
        "The route's `timeout` is shorter than the 10 s connect timeout, and packets to the "
        "upstream are dropped."},
       {"Time the same request against the upstream directly.",
        "Raise `timeout` on the route, or set it to 0s for streams.",
        "For websockets set `allow_websockets`, which lifts it."},
       kTimeoutDocs},
      {"stream_idle_timeout",
       "504 SI (408 when the request was not complete): no byte moved in either direction for "
       "`idle_timeout` (5 minutes unless the route says otherwise).",
       {"The upstream thinks for long without sending anything.", "A stream without heartbeats."},
       {"Raise `idle_timeout` on the route, or have the upstream send something meanwhile."},
       kTimeoutDocs},
      {"max_duration_timeout",
       "504 (408 when the request was not complete), without a flag: the request lasted longer "
       "than the listener's max_stream_duration, which Pomerium's timeout_write sets. The client "
       "sees Envoy's plain text, not Pomerium's page.",
       {"`timeout_write` is set and the answer takes longer."},
       {"Raise or remove `timeout_write`."},
       kTimeoutDocs},
      {"request_overall_timeout",
       "408, without a flag: the visitor's request was not complete within `timeout_read` (30 s).",
       {"A large or slow upload.", "An upstream that does not read the request's body."},
       {"Raise `timeout_read`.", "Check that the upstream takes uploads of that size."},
       kTimeoutDocs},
      {"request_header_timeout",
       "408: the visitor's request headers did not arrive in time.",
       {"A slow or broken client."},
       {"Not the upstream: look at the client and the network to it."},
       kTimeoutDocs},
      {"cluster_not_found",
       "503 NC: the route's cluster does not exist in Envoy.",
       {"Envoy rejected the route's cluster: an empty or unparsable CA file, two health checks, an "
        "IPv6 literal without a port, a bind address that is no IP.",
        "The route was added while its name's DNS is silent: for about two minutes."},
       {"Pomerium's log for a rejected cluster update.", "prober check -c config.yaml."}},
      {"route_not_found",
       "404 NR: no route matches the request.",
       {"The host or path has no route.",
        "`Host` stands in set_request_headers, which makes Envoy match the route again.",
        "A bad regex in any route: Envoy then rejects the whole route table."},
       {"`from`, prefix and path of the routes.", "prober check -c config.yaml."}},
      {"route_configuration_not_found",
       "404 NR: Envoy has no route table.",
       {"Envoy rejected it, or it has not arrived yet."},
       {"Pomerium's log at start and after changes."}},
      {"maintenance_mode",
       "503 UO: the upstream is in maintenance mode (x-envoy-upstream canary rule).",
       {"A runtime setting of Envoy."},
       {"Not set by Pomerium: look for another Envoy."}},
      {"drop_overload",
       "503 DO: the cluster drops a part of the load on purpose.",
       {"A drop policy in the load assignment."},
       {"Not set by Pomerium: look for another Envoy."}},
      {"unconditional_drop_overload",
       "503 UDO: the cluster drops all load on purpose.",
       {"A drop policy in the load assignment."},
       {"Not set by Pomerium: look for another Envoy."}},
      {"overload",
       "503: Envoy itself is overloaded.",
       {"Memory or connections of Pomerium's host are exhausted."},
       {"Memory limits and load of Pomerium."}},
      {"upgrade_failed",
       "403: the visitor asked for an upgrade (a websocket) that the route does not allow.",
       {"`allow_websockets` is missing."},
       {"Set `allow_websockets: true` on the route."}},
      {"websocket_handshake_unsuccessful",
       "The upstream did not agree to the websocket.",
       {"The application refuses: Host, Origin or path."},
       {"`preserve_host_header`, Origin, the path in `to`."}},
      {"direct_response",
       "The proxy answers by itself, as the route's `response` or `redirect` says.",
       {"Configured so."},
       {"The route."}},
      {"request_payload_too_large",
       "413: the request's body is larger than a filter may hold.",
       {"A large upload through a buffering filter."},
       {"The MCP limit max_request_bytes, if the route is one."}},
      {"response_payload_too_large",
       "500: the answer's body is larger than a filter may hold.",
       {"A large answer through a buffering filter."},
       {"The size of the answer."}},
      {"request_payload_exceeded_retry_buffer_limit",
       "The request's body was too large to be kept for a retry.",
       {"A retry policy in another Envoy."},
       {"Not set by Pomerium."}},
      {"ext_authz_error",
       "503 UAEX: Pomerium's own authorization did not answer.",
       {"Envoy rejected the cluster update because of one bad route: an incomplete health check, a "
        "panic threshold above 100. Then every route answers this.",
        "The authorize service is down or slow."},
       {"Pomerium's log for a rejected update.", "prober check -c config.yaml."}},
      {"ext_authz_denied",
       "Pomerium's authorization refused the request (401, 403 or a redirect to sign in).",
       {"The policy does not allow this user, or nobody is signed in."},
       {"The route's policy. Not the upstream."}},
      {"filter_removed_required_request_headers",
       "503: after the filters a required or well-formed request header was missing.",
       {"A header name with a space in set_request_headers."},
       {"`set_request_headers` of the route."}},
      {"filter_removed_required_response_headers",
       "The answer lost a required header in a filter.",
       {"rewrite_response_headers or an extension."},
       {"The route's response header settings."}},
      {"filter_added_invalid_request_data",
       "A filter made the request invalid.",
       {"An extension."},
       {"Envoy's log."}},
      {"filter_added_invalid_response_data",
       "A filter made the answer invalid.",
       {"An extension."},
       {"Envoy's log."}},
      {"downstream_remote_disconnect",
       "DC: the visitor's side closed the connection before the answer was complete.",
       {"The browser was closed, a load balancer in front timed out."},
       {"Timeouts in front of Pomerium."}},
      {"downstream_local_disconnect",
       "Envoy closed the visitor's connection.",
       {"A drain after a change of the configuration, or a protocol error of the client."},
       {"Changes and certificates at that time."}},
      {"low_version",
       "426: the client speaks HTTP below 1.1.",
       {"An old client."},
       {"The client."}},
      {"missing_host_header",
       "400: the request has no Host.",
       {"A broken client."},
       {"The client."}},
      {"request_headers_failed_strict_check",
       "400: Envoy's own headers in the request are malformed.",
       {"A client sends x-envoy-* headers."},
       {"The client."}},
      {"missing_path_rejected",
       "404: the request has no path.",
       {"A broken client."},
       {"The client."}},
      {"invalid_path",
       "400: the path is malformed.",
       {"A broken client, or escaped slashes, which Pomerium rejects."},
       {"The request's path."}},
      {"absolute_path_rejected",
       "404: the request line has a whole URL.",
       {"A client that takes Pomerium for a forward proxy."},
       {"The client."}},
      {"path_normalization_failed",
       "400: the path cannot be normalised.",
       {"Escaped slashes (%2F), which Pomerium rejects."},
       {"The request's path."}},
      {"filter_chain_not_found",
       "The connection matched no listener.",
       {"SNI without a certificate or route."},
       {"The name that the client asks for."}},
      {"duration_timeout",
       "The connection reached its greatest age.",
       {"A limit on the listener."},
       {"Not the upstream."}},
      {"downstream_header_timeout",
       "408: the visitor's headers came too slowly.",
       {"A slow client."},
       {"The client."}},
      {"admin_filter_response",
       "Envoy's admin interface answered.",
       {"A request to the admin address."},
       {"Not the upstream."}},
      {"internal_redirect",
       "Envoy followed a redirect of the upstream by itself.",
       {"An internal redirect policy."},
       {"Not set by Pomerium."}},
      {"rejecting_because_detection_failed",
       "403: the visitor's address could not be determined.",
       {"xff_num_trusted_hops does not fit the proxies in front."},
       {"xff_num_trusted_hops."}},
      {"early_connect_data",
       "400: data came before a CONNECT was answered.",
       {"A broken client."},
       {"The client."}},
  };
  return kEntries;
}

// What stands in the braces: Envoy's StreamResetReason.
const std::vector<Entry>& reasons() {
  static const std::vector<Entry> kReasons = {
      {"remote_connection_failure",
       "UF: the connection to the upstream could not be made, by the other side's doing.",
       {},
       {}},
      {"local_connection_failure",
       "UF: the connection could not be made, by this side's doing: the source address could not "
       "be taken.",
       {"`envoy_bind_config_source_address` is not an address of Pomerium's host, or of the wrong "
        "family."},
       {"The address, with `ip addr` on Pomerium's host."}},
      {"connection_timeout",
       "UF: TCP and TLS together took longer than the connect timeout (10 s, fixed).",
       {"A firewall or security group drops the packets.",
        "The address is wrong or the host is off.",
        "https:// to a port that speaks plain HTTP and waits for more.",
        "The server's queue of connections is full."},
       {"Open the port from Pomerium's host; try `nc -vz HOST PORT` there.", "The scheme in `to`."},
       kTimeoutDocs},
      {"connection_failure",
       "UF: the connection to the upstream could not be made. Newer Envoys say "
       "remote_connection_failure, local_connection_failure or connection_timeout.",
       {"Refused, dropped, reset, or a TLS handshake that failed."},
       {"What follows in the braces, if anything."}},
      {"connection_termination",
       "UC: the upstream took the connection and ended it before its answer was complete.",
       {"The upstream's keep-alive is shorter than Pomerium's (1 h), and it closed the connection "
        "as it was used again: then it happens now and then.",
        "http:// to a port that expects TLS (or the PROXY protocol): then it happens every time.",
        "TLS 1.3 and a server that demands a client certificate.",
        "The application crashed or restarted."},
       {"Does it happen always or now and then?", "The upstream's log.",
        "Raise the upstream's keep-alive timeout above the proxy's idle time.",
        "The scheme in `to`; tls_client_cert."}},
      {"protocol_error",
       "UPE (502): what the upstream sent is not valid HTTP.",
       {"content-length twice, or beside chunked; a body shorter than announced; bad chunks.",
        "More than 100 headers or 80 KiB of them.",
        "The port serves something else: SSH, SMTP, HTTP/2 (h2c).",
        "h2c:// to a server that speaks HTTP/1."},
       {"The raw answer: `curl -v --raw`.", "The scheme and port in `to`.",
        "prober --once names the violation."}},
      {"remote_reset",
       "UR: the upstream reset the HTTP/2 stream, or its headers were beyond 60 KiB or 100 fields.",
       {"A handler failed, a limit was reached, a sidecar gave up.",
        "Too many or too large headers."},
       {"The upstream's and the sidecar's log.", "The size of the headers."}},
      {"remote_refused_stream_reset",
       "UR: the upstream refused the HTTP/2 stream before it handled it.",
       {"It is shutting down (GOAWAY).", "SETTINGS_MAX_CONCURRENT_STREAMS is too low."},
       {"Deployments at that time; the upstream's limit of streams."}},
      {"remote_error_with_CONNECT_request",
       "UR: the upstream reset a CONNECT with CONNECT_ERROR.",
       {"The other end of the tunnel could not be reached."},
       {"What the tunnel leads to."}},
      {"local_reset",
       "LR: Envoy itself reset the stream.",
       {"An invalid message, a timeout, or a half-closed connection seen by the codec."},
       {"Envoy's counters for the cluster."}},
      {"local_refused_stream_reset",
       "LR: Envoy refused the stream itself.",
       {"The connection was being closed."},
       {"Envoy's counters for the cluster."}},
      {"HTTP/1_premature_upstream_half_close",
       "LR: the upstream closed its side before the request was sent in full.",
       {"It does not want the upload."},
       {"The upstream's limit for uploads."}},
      {"overflow",
       "UO: a circuit breaker let no more requests through.",
       {"More than 1024 connections, pending requests or requests at once, or a lower "
        "`circuit_breaker_thresholds`.",
        "A slow upstream, which makes requests pile up."},
       {"`circuit_breaker_thresholds`, of the route and globally.",
        "How fast the upstream answers."},
       "https://www.pomerium.com/docs/reference/circuit-breaker-thresholds"},
      {"overload_manager_reset",
       "OM: Envoy's overload manager reset the stream.",
       {"Memory pressure."},
       {"Pomerium's memory."}},
      {"remote_reset_(no_error)",
       "The upstream reset the HTTP/2 stream with NO_ERROR.",
       {"It stopped after an early answer."},
       {"The upstream's log."}},
  };
  return kReasons;
}

const Entry* find(const std::vector<Entry>& list, std::string_view name) {
  const auto found = std::ranges::find(list, name, &Entry::name);
  return found == list.end() ? nullptr : &*found;
}

// What may follow "remote_connection_failure|": causes and checks by the words in it.
struct Transport {
  std::string_view words;
  std::string_view cause;
  std::string_view check;
};
constexpr Transport kTransports[] = {
    {"Connection_refused",
     "Nothing listens on that address and port: the upstream is not started, the port is wrong, or "
     "it listens on its own 127.0.0.1 only.",
     "Host and port in `to`; that the service listens on 0.0.0.0."},
    {"No_route_to_host", "A firewall rejects the connection, or the host is off.",
     "The firewall on the way and on the host."},
    {"Network_is_unreachable", "Pomerium's host has no route to that network, often IPv6.",
     "The routing table; `dns_lookup_family: V4_ONLY`."},
    {"Connection_reset_by_peer", "The upstream resets the connection at once.",
     "Load balancers without backends, a mesh that refuses the client; whether the port speaks "
     "TLS."},
    {"Connection_timed_out", "The kernel gave up: packets are dropped.",
     "The firewall on the way."},
    {"Permission_denied",
     "This host's own routing or firewall rules prohibit it, or a unix socket's mode.",
     "`ip route get`, the local firewall, the socket's owner."},
    {"No_such_file_or_directory", "The unix socket does not exist.", "The path in `to`."},
    {"Invalid_argument",
     "The kernel refuses the address: a blackhole route, or source and target of different "
     "families.",
     "`ip route get`; envoy_bind_config_source_address."},
    {"Protocol_not_available", "The host answers with ICMP protocol unreachable.",
     "The firewall on the way."},
    {"SAN_matcher",
     "The certificate is not for the name that Pomerium asks for; only SANs count, not the CN.",
     "The SANs of the certificate; `tls_upstream_server_name`."},
    {"unable_to_get_local_issuer",
     "The certificate's CA is not trusted, or the server does not send its intermediates.",
     "`tls_custom_ca_file`, `certificate_authority_file`; the chain that the server sends."},
    {"self_signed", "The certificate is self-signed.",
     "`tls_custom_ca_file` with that certificate."},
    {"has_expired", "The certificate has expired.", "Renew it and have the server load it."},
    {"not_yet_valid", "The certificate is not valid yet.", "The clocks."},
    {"unsupported_certificate_purpose", "The certificate may not be used by a server.",
     "serverAuth in its extended key usage."},
    {"CERTIFICATE_VERIFY_FAILED",
     "The upstream's certificate is not accepted: expired, for another name, or from an unknown "
     "CA.",
     "openssl s_client -connect HOST:PORT -servername NAME."},
    {"WRONG_VERSION_NUMBER", "The port does not speak TLS: https:// to a plain HTTP port.",
     "The scheme and port in `to`."},
    {"HTTP_REQUEST", "The port does not speak TLS.", "The scheme and port in `to`."},
    {"HANDSHAKE_FAILURE",
     "No cipher or key that suits both, or (TLS 1.2) the upstream demands a client certificate.",
     "`tls_client_cert_file`; the upstream's TLS settings. Ed25519 and P-521 keys are not "
     "accepted."},
    {"UNKNOWN_CA", "The upstream does not trust the CA of the client certificate.",
     "`tls_client_cert_file` and the upstream's client CA."},
    {"ALERT_CERTIFICATE", "The upstream does not accept the client certificate, or misses one.",
     "`tls_client_cert_file`."},
    {"ALERT_BAD_CERTIFICATE", "The upstream does not accept the client certificate, or misses one.",
     "`tls_client_cert_file`."},
    {"PROTOCOL_VERSION", "The upstream speaks no TLS version that Pomerium offers (1.2, 1.3).",
     "The upstream's TLS versions."},
    {"UNSUPPORTED_PROTOCOL",
     "The upstream answers with a TLS version that Pomerium does not offer.",
     "The upstream's TLS versions."},
    {"UNRECOGNIZED_NAME", "The upstream does not know the name that it is asked for (SNI).",
     "`tls_upstream_server_name`."},
    {"KEY_USAGE_BIT_INCORRECT", "The certificate's key usage lacks digitalSignature.",
     "Issue a new certificate; tls_skip_verify does not help."},
    {"NO_APPLICATION_PROTOCOL", "The upstream offers neither HTTP/2 nor HTTP/1.1 (ALPN).",
     "The upstream's ALPN."},
    {"Secret_is_not_supplied", "Envoy has not got its certificate yet.", "Pomerium's log."},
};

std::string underscored(std::string_view text) {
  std::string out(text);
  std::ranges::replace_if(
      out, [](char c) { return std::isspace(static_cast<unsigned char>(c)) != 0; }, '_');
  return out;
}

// Envoy before about 1.31: "," for "|", errno as a number, "TLS error: n:" without the first bar.
std::string todays_spelling(std::string text) {
  text = underscored(text);
  if (text == "upstream_response_timeout") {
    return "response_timeout";
  }
  const std::size_t brace = text.find('{');
  if (brace == std::string::npos) {
    return text;
  }
  const std::size_t comma = text.find(',', brace);
  const std::size_t bar = text.find('|', brace);
  if (comma != std::string::npos && (bar == std::string::npos || comma < bar)) {
    text[comma] = '|';
  }
  constexpr std::string_view kOld = "TLS_error:_";
  const std::size_t old = text.find(kOld);
  if (old != std::string::npos) {
    text.replace(old, kOld.size(), "TLS_error:|");
  }
  constexpr std::string_view kDelayed = "delayed_connect_error:_";
  const std::size_t delayed = text.find(kDelayed);
  if (delayed != std::string::npos) {
    const std::size_t start = delayed + kDelayed.size();
    const std::size_t end = std::min(text.find_first_not_of("0123456789", start), text.size());
    int number = 0;
    std::from_chars(text.data() + start, text.data() + end, number);
    if (end > start && number > 0) {
      text.replace(start, end - start, underscored(std::strerror(number)));
    }
  }
  return text;
}

DetailsExplanation from_entry(const std::string& details, const Entry& entry) {
  return {details,      error_name(details), std::string(entry.meaning),
          entry.causes, entry.checks,        entry.docs};
}

std::optional<DetailsExplanation> explain_reset(const std::string& details) {
  constexpr std::string_view kBefore = "upstream_reset_before_response_started";
  constexpr std::string_view kAfter = "upstream_reset_after_response_started";
  const bool before = details.starts_with(kBefore);
  if (!before && !details.starts_with(kAfter)) {
    return std::nullopt;
  }
  const std::string when = before
                               ? "The request to the upstream was reset before its answer began. "
                               : "The upstream's answer had begun and was cut off: the visitor "
                                 "sees a broken page, with the "
                                 "upstream's own status in the log. ";
  const std::size_t brace = details.find('{');
  if (brace == std::string::npos) {
    return DetailsExplanation{details,
                              error_name(details),
                              when + "The reason is missing: it stands in braces after the name.",
                              {},
                              {"The whole text in the access log (response-code-details)."},
                              kErrorDocs};
  }
  const std::string inside = details.substr(brace + 1, details.rfind('}') - brace - 1);
  const std::size_t bar = std::min(inside.find('|'), inside.size());
  const Entry* reason = find(reasons(), inside.substr(0, bar));
  if (reason == nullptr) {
    return std::nullopt;
  }
  DetailsExplanation out = from_entry(details, *reason);
  out.meaning = when + out.meaning;
  const std::string transport = inside.substr(bar);
  for (const Transport& one : kTransports) {
    if (transport.find(one.words) != std::string::npos) {
      out.causes.insert(out.causes.begin(), std::string(one.cause));
      out.checks.insert(out.checks.begin(), std::string(one.check));
      break;
    }
  }
  if (inside == "remote_connection_failure") {
    out.causes.emplace_back(
        "The upstream closed the connection during the TLS handshake, without a reason: the port "
        "does not speak TLS, or the server does not know the name (SNI).");
    out.checks.emplace_back("The scheme and port in `to`; the upstream's TLS log.");
  }
  return out;
}

}  // namespace

std::optional<DetailsExplanation> explain_details(std::string_view text) {
  const std::string details = todays_spelling(std::string(text));
  if (auto reset = explain_reset(details)) {
    return reset;
  }
  const std::string name = details.substr(0, details.find('{'));
  if (const Entry* entry = find(entries(), name)) {
    return from_entry(details, *entry);
  }
  if (name.starts_with("http1.") || name.starts_with("http2.") || name.starts_with("http3.")) {
    return DetailsExplanation{details,
                              name,
                              "The visitor's own request broke the rules of HTTP, so Envoy refused "
                              "it before any upstream was asked.",
                              {"A broken or hostile client."},
                              {"The client; not the upstream."},
                              kErrorDocs};
  }
  return std::nullopt;
}

}  // namespace prober

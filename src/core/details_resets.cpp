#include "details_table.h"

namespace prober {

namespace {

constexpr auto kReasons = std::to_array<DetailsEntry>({
    {"remote_connection_failure",
     "503 UF: the connection to the upstream could not be made, by the other side's doing: it "
     "was refused, rejected or reset, or the TLS handshake failed.",
     {"Without a reason after it: the upstream closed the connection during the TLS handshake. "
      "The port does not speak TLS, or the server does not know the name (SNI)."},
     {"Scheme and port in `to`.", "The upstream's own log.",
      "prober --once tells which stage failed."}},
    {"local_connection_failure",
     "503 UF: the connection could not be made, by this side's doing: the source address could "
     "not be taken.",
     {"`envoy_bind_config_source_address` is not an address of Pomerium's host, or of the wrong "
      "family."},
     {"The address, with `ip addr` on Pomerium's host."}},
    {"connection_timeout",
     "503 UF: TCP and TLS together took longer than the connect timeout (10 s, fixed).",
     {"A firewall or security group drops the packets.", "The address is wrong or the host is off.",
      "https:// to a port that speaks plain HTTP and waits for more.",
      "The server's queue of connections is full."},
     {"Open the port from Pomerium's host; try `nc -vz HOST PORT` there.", "The scheme in `to`."},
     kTimeoutDocs},
    {"connection_failure",
     "503 UF: the connection to the upstream could not be made. Newer Envoys say "
     "remote_connection_failure, local_connection_failure or connection_timeout.",
     {"Refused, dropped, reset, or a TLS handshake that failed."},
     {"What follows in the braces, if anything."}},
    {"connection_termination",
     "503 UC: the upstream took the connection and ended it before its answer was complete.",
     {"The upstream's keep-alive is shorter than Pomerium's (1 h), and it closed the connection "
      "as it was used again: then it happens now and then.",
      "http:// to a port that expects TLS (or the PROXY protocol): then it happens every time.",
      "TLS 1.3 and a server that demands a client certificate.",
      "The application crashed or restarted."},
     {"Does it happen always or now and then?", "The upstream's log.",
      "Raise the upstream's keep-alive timeout above the proxy's idle time.",
      "The scheme in `to`; tls_client_cert."}},
    {"protocol_error",
     "502 UPE: what the upstream sent is not valid HTTP.",
     {"content-length twice, or beside chunked; a body shorter than announced; bad chunks.",
      "More than 100 headers or 80 KiB of them.",
      "The port serves something else: SSH, SMTP, HTTP/2 (h2c).",
      "h2c:// to a server that speaks HTTP/1."},
     {"The raw answer: `curl -v --raw`.", "The scheme and port in `to`.",
      "prober --once names the violation."}},
    {"remote_reset",
     "503 UR: the upstream reset the HTTP/2 stream, or its headers were beyond 60 KiB or 100 "
     "fields.",
     {"A handler failed, a limit was reached, a sidecar gave up.",
      "Too many or too large headers."},
     {"The upstream's and the sidecar's log.", "The size of the headers."}},
    {"remote_refused_stream_reset",
     "503 UR: the upstream refused the HTTP/2 stream before it handled it.",
     {"It is shutting down (GOAWAY).", "SETTINGS_MAX_CONCURRENT_STREAMS is too low."},
     {"Deployments at that time; the upstream's limit of streams."}},
    {"remote_error_with_CONNECT_request",
     "503 UR: the upstream reset a CONNECT with CONNECT_ERROR.",
     {"The other end of the tunnel could not be reached."},
     {"What the tunnel leads to."}},
    {"local_reset",
     "503 LR: Envoy itself reset the stream.",
     {"An invalid message, a timeout, or a half-closed connection seen by the codec."},
     {"Envoy's counters for the cluster."}},
    {"local_refused_stream_reset",
     "503 LR: Envoy refused the stream itself.",
     {"The connection was being closed."},
     {"Envoy's counters for the cluster."}},
    {"HTTP/1_premature_upstream_half_close",
     "503 LR: the upstream closed its side before the request was sent in full.",
     {"It does not want the upload."},
     {"The upstream's limit for uploads."}},
    {"overflow",
     "503 UO: a circuit breaker let no more requests through.",
     {"More than 1024 connections, pending requests or requests at once, or a lower "
      "`circuit_breaker_thresholds`.",
      "A slow upstream, which makes requests pile up."},
     {"`circuit_breaker_thresholds`, of the route and globally.",
      "How fast the upstream answers."}},
    {"overload_manager_reset",
     "503 OM: Envoy's overload manager reset the stream.",
     {"Memory pressure."},
     {"Pomerium's memory."}},
    {"remote_reset_(no_error)",
     "503 UR: the upstream reset the HTTP/2 stream with NO_ERROR.",
     {"It stopped after an early answer."},
     {"The upstream's log."}},
});

constexpr auto kTransports = std::to_array<TransportReason>({
    {"Connection_refused",
     "Nothing listens on that address and port: the upstream is not started, the port is wrong, "
     "or it listens on its own 127.0.0.1 only.",
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
    {"BAD_CERTIFICATE", "The upstream does not accept the client certificate.",
     "`tls_client_cert_file` and the upstream's client CA."},
    {"failed_to_bind",
     "The source address is not one of Pomerium's host, or of another family than the upstream.",
     "`envoy_bind_config_source_address`; `ip addr` on Pomerium's host."},
    {"socket_creation_failure", "The kernel gave no socket: descriptors or memory are used up.",
     "The limit of open files of Pomerium (ulimit -n), its memory."},
    {"Secret_is_not_supplied", "Envoy has not got its certificate yet.", "Pomerium's log."},
});

}  // namespace

std::span<const DetailsEntry> reset_reasons() {
  return kReasons;
}

std::span<const TransportReason> transport_reasons() {
  return kTransports;
}

}  // namespace prober

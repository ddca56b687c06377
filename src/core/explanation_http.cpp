// Why a request over a sound connection did not get its answer.

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "explanation_words.h"

namespace prober {
namespace {

bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

bool http2(const Attempt& attempt) {
  return attempt.http && attempt.http->version == HttpVersion::Http2;
}

bool answer_began(const Attempt& attempt) {
  return attempt.http && attempt.http->status.has_value();
}

bool no_byte_came(const Attempt& attempt) {
  return !attempt.http || attempt.http->bytes == 0;
}

Scheme scheme_of(const Seen& seen) {
  const Upstream* upstream = seen.upstream();
  return upstream == nullptr ? Scheme::Http : upstream->scheme;
}

Words explain_silent_end(const Seen& seen, std::string_view verb) {
  const std::string where = seen.where();
  if (scheme_of(seen) == Scheme::H2c) {
    return {
        fmt::format("{} accepts the connection and {} it without a frame of HTTP/2.", where, verb),
        "If the upstream speaks only HTTP/1.1, write http:// instead of h2c:// in `to`; if it "
        "expects TLS, https://. Else look in its log."};
  }
  if (seen.attempt.http && seen.attempt.http->grpc_request && scheme_of(seen) == Scheme::Http) {
    return {fmt::format("{} accepts the connection and {} it without an answer. The request is "
                        "gRPC, and http:// means HTTP/1.1.",
                        where, verb),
            "Write h2c:// instead of http:// in `to`: gRPC needs HTTP/2."};
  }
  return {
      fmt::format("{} accepts the connection and {} it without a byte of an answer.", where, verb),
      "If it happens every time: a port that expects TLS (https:// in `to`), the PROXY "
      "protocol or mutual TLS of a mesh does this, or the application crashes on the request: "
      "see its log. If only now and then: the upstream closes idle connections before "
      "Pomerium does (after 1 h, not settable); raise its keep-alive timeout."};
}

Words explain_silent_end_over_tls(const Seen& seen, const TlsFacts& tls, std::string_view verb) {
  const std::string where = seen.where();
  const bool none = seen.route.tls->client_certificate.empty();
  if (tls.version == "TLSv1.3") {
    return {fmt::format("{} completes the TLS handshake and {} the connection without a byte of "
                        "an answer. With TLS 1.3 a server that {} does just this.",
                        where, verb,
                        none ? "misses a client certificate" : "rejects the client certificate"),
            none ? "If the upstream demands client certificates, set `tls_client_cert_file` and "
                   "`tls_client_key_file`. Else its log tells why it drops the request."
                 : "Check that the upstream trusts the CA of `tls_client_cert_file` and that the "
                   "certificate is current. Else its log tells why it drops the request."};
  }
  return {fmt::format("{} completes the TLS handshake and {} the connection without a byte of an "
                      "answer.",
                      where, verb),
          "Look in the upstream's log for a crash or a refusal of this request or of this Host; a "
          "server that asks for TLS renegotiation needs `tls_upstream_allow_renegotiation`. If it "
          "happens only now and then, raise the upstream's keep-alive timeout."};
}

// What to do about a violation, by the words of the strict readers (src/wire).
struct Advice {
  std::string_view part;
  std::string_view text;
};
constexpr std::array kAdvice = std::to_array<Advice>({
    {"status line",
     "The port does not speak HTTP/1: is it SSH, SMTP, a database, or HTTP/2 without TLS (then "
     "write h2c://)? Correct scheme or port in `to`."},
    {"not HTTP/2",
     "If the upstream speaks only HTTP/1.1, write http:// instead of h2c:// in `to`."},
    {"within the head",
     "The application or a proxy before it ended the connection while it wrote the headers: see "
     "its log for a crash."},
    {"larger than",
     "Send fewer or smaller headers: Envoy takes 80 KiB and 100 of them over HTTP/1 (60 KiB over "
     "HTTP/2). Cookies, tokens and Content-Security-Policy are the usual causes."},
    {"header lines",
     "Send fewer headers: Envoy takes at most 100. Repeated Set-Cookie lines are the usual cause."},
    {"is there twice",
     "Something sets that header a second time, often a proxy or framework in front of the "
     "application: send it once."},
    {"transfer-encoding",
     "Send content-length or transfer-encoding: chunked, never both, and no other coding."},
    {"content-length",
     "Send as many bytes as content-length announces; a crash or a compressing filter that does "
     "not correct the length is the usual cause."},
    {"with a body", "A 1xx or 204 answer must not announce a body: repair the application."},
    {"chunk",
     "The chunked answer is broken or was cut off: look for a crash while it is written, and for "
     "chunked coding done by hand."},
    {"header",
     "Repair the header line that the application sends: names have no space, values no control "
     "characters, each line has a colon."},
    {"flood", "The upstream or a proxy before it sends control frames without end: repair it."},
});

std::string advice_for(const Seen& seen, std::string_view violation) {
  const auto* found = std::ranges::find_if(
      kAdvice, [violation](const Advice& one) { return contains(violation, one.part); });
  if (found != kAdvice.end()) {
    return std::string(found->text);
  }
  if (http2(seen.attempt)) {
    return "Look at the upstream's HTTP/2 implementation and log: a bad frame, a forbidden header "
           "(connection, transfer-encoding) or a body that does not fit content-length are usual.";
  }
  return "Look at the raw answer (`curl -v --raw`) and repair the application.";
}

std::string stream_idle_text(const Seen& seen) {
  return human(seen.route.idle_timeout_set ? seen.route.idle_timeout
                                           : seen.route.proxy->stream_idle_timeout);
}

std::string what_is_missing(const Attempt& attempt) {
  if (answer_began(attempt)) {
    return "begins its answer but does not end it";
  }
  if (!attempt.request_complete) {
    return "does not take the whole request";
  }
  return no_byte_came(attempt) ? "does not begin to answer" : "does not complete its headers";
}

bool connecting(const Attempt& attempt) {
  return attempt.connect != ConnectResult::Connected || (attempt.tls && !attempt.tls->completed);
}

// Envoy keeps the connection that a request began, and the next one waits for it (measured).
Words explain_slow_connect(const Seen& seen, const std::string& limit) {
  const std::string connect_timeout = human(seen.route.proxy->connect_timeout);
  return {fmt::format("{} is not connected when {} is over; it is shorter than the connect timeout "
                      "of {}. Where requests follow one another, one in each {} gets 503 UF "
                      "connection_timeout instead: it waits for a connection that an earlier one "
                      "began.",
                      seen.where(), limit, connect_timeout, connect_timeout),
          "The fault is the connection, not a slow answer: packets are dropped (firewall, "
          "security group, wrong address) or the TLS handshake hangs.",
          kTimeoutDocs};
}

Words explain_route_timeout(const Seen& seen) {
  const Attempt& attempt = seen.attempt;
  const std::string where = seen.where();
  const std::string limit = human(seen.route.timeout);
  if (connecting(attempt)) {
    return explain_slow_connect(seen, fmt::format("the route's timeout of {}", limit));
  }
  return {fmt::format("{} {} within the route's timeout of {}.", where, what_is_missing(attempt),
                      limit),
          "Find out why the upstream is slow (its log, what it waits for), or raise `timeout` on "
          "the route (`default_upstream_timeout` for all). Answers without an end, such as "
          "server-sent events or AI chats, need `timeout: 0s`; websockets `allow_websockets`.",
          kTimeoutDocs};
}

Words explain_cluster_duration(const Seen& seen) {
  return {fmt::format("The request to {} lasts longer than {}, the max_stream_duration of the "
                      "cluster: {}.",
                      seen.where(), human(seen.route.proxy->upstream_max_stream_duration),
                      answer_began(seen.attempt) ? "its answer is cut off there"
                                                 : "no answer had begun by then"),
          "Make the answer shorter or end it sooner (paging; for streams, reconnecting clients), "
          "or raise or remove the limit where it is set. Pomerium itself sets none: look for a "
          "second Envoy or a mesh on the way, and for the request header "
          "x-envoy-upstream-stream-duration-ms from an internal client.",
          kTimeoutDocs};
}

Words explain_per_try(const Seen& seen, std::string_view details) {
  const auto& policy = seen.route.proxy->retry_policy;
  const bool idle = contains(details, "idle");
  const std::string limit =
      policy ? human(idle ? policy->per_try_idle_timeout : policy->per_try_timeout)
             : human(seen.attempt.timings.end);
  if (connecting(seen.attempt)) {
    return explain_slow_connect(seen, fmt::format("the time of {} for one try", limit));
  }
  return {fmt::format("{} {} within the {} of {} for one try.", seen.where(),
                      what_is_missing(seen.attempt), idle ? "idle time" : "time", limit),
          fmt::format("Make the upstream faster, or raise {} where it is set. Pomerium configures "
                      "no retries: look for a second Envoy or a mesh on the way, and for the "
                      "request header x-envoy-upstream-rq-per-try-timeout-ms.",
                      idle ? "per_try_idle_timeout" : "per_try_timeout"),
          kTimeoutDocs};
}

}  // namespace

Words explain_termination(const Seen& seen) {
  const Attempt& attempt = seen.attempt;
  const std::string_view verb = attempt.end == End::Rst ? "resets" : "closes";
  if (answer_began(attempt)) {
    return {fmt::format("{} {} the connection in the middle of its answer.", seen.where(), verb),
            "Look for a crash, a restart, or a limit of the upstream while it writes the answer."};
  }
  if (!no_byte_came(attempt)) {
    return {fmt::format("{} {} the connection before its answer begins.", seen.where(), verb),
            "Look in the upstream's log for a crash or a shutdown at that moment."};
  }
  if (!attempt.request_complete && attempt.http) {
    return {fmt::format("{} {} the connection before it has taken the whole request.", seen.where(),
                        verb),
            "The upstream refuses the upload: look for a limit on the size of requests, there or "
            "in a proxy before it."};
  }
  return attempt.tls ? explain_silent_end_over_tls(seen, *attempt.tls, verb)
                     : explain_silent_end(seen, verb);
}

Words explain_protocol_error(const Seen& seen) {
  const std::string where = seen.where();
  const auto& http = seen.attempt.http;
  if (http && http->reset_code) {
    return {fmt::format("{} resets the HTTP/2 stream with {}: it takes the request itself for "
                        "invalid.",
                        where, http2_error_name(*http->reset_code)),
            "Look in the upstream's log which header or frame it refuses; a host or path that is "
            "rewritten to something invalid is a usual cause."};
  }
  const std::string what =
      http && http->violation ? http->violation->what : "the answer breaks the rules of HTTP";
  const bool cut = http && http->violation && http->violation->after_head;
  return {fmt::format("{} {}: {}.", where,
                      cut ? "begins to answer, then breaks HTTP's rules and is cut off"
                          : "does not answer in valid HTTP",
                      what),
          advice_for(seen, what)};
}

Words explain_stream_reset(const Seen& seen, std::string_view details) {
  const std::string where = seen.where();
  const auto& http = seen.attempt.http;
  if (contains(details, "remote_refused_stream_reset")) {
    const bool goaway = http && http->refused_by_goaway;
    return {fmt::format("{} refuses the HTTP/2 request before it handles it{}.", where,
                        goaway ? ", by a GOAWAY that leaves it out" : " (REFUSED_STREAM)"),
            goaway ? "The upstream is shutting down or recycling connections: let it drain (GOAWAY "
                     "first, close later) and keep another instance up."
                   : "It allows too few streams at once (SETTINGS_MAX_CONCURRENT_STREAMS) or is "
                     "shutting down: raise the limit, add instances, or let it drain."};
  }
  if (contains(details, "CONNECT")) {
    return {fmt::format("{} resets the stream with CONNECT_ERROR: the far end of the tunnel "
                        "cannot be reached from there.",
                        where),
            "Look at what the upstream tunnels to."};
  }
  if (http && http->head_too_large) {
    return {fmt::format("The headers of {} are more than Envoy takes over HTTP/2 (60 KiB, 100 "
                        "fields), so it resets the stream.",
                        where),
            "Send fewer or smaller headers; cookies and tokens are the usual causes."};
  }
  const std::uint32_t code = http && http->reset_code ? *http->reset_code : 0;
  return {fmt::format("{} resets the HTTP/2 stream{} (code {}, {}).", where,
                      answer_began(seen.attempt) ? " in the middle of its answer" : "", code,
                      http2_error_name(code)),
          "Look in the log of the upstream and of a sidecar before it: a handler failed, a limit "
          "was reached, or the answer was given up."};
}

Words explain_limit(const Seen& seen, std::string_view details) {
  const std::string where = seen.where();
  if (details == "response_timeout" || details == "upstream_response_timeout") {
    return explain_route_timeout(seen);
  }
  if (details == "stream_idle_timeout") {
    if (connecting(seen.attempt)) {
      return explain_slow_connect(seen, fmt::format("the idle time of {}", stream_idle_text(seen)));
    }
    return {fmt::format("{} {}, and for {} no byte moves in either direction.", where,
                        what_is_missing(seen.attempt), stream_idle_text(seen)),
            "Raise `idle_timeout` on the route (`0s` lifts it), or have the upstream send "
            "something meanwhile, such as a heartbeat.",
            kTimeoutDocs};
  }
  if (details == "request_overall_timeout") {
    return {fmt::format("{} does not take the request's body within `timeout_read`, {} after the "
                        "start.",
                        where, human(seen.attempt.timings.end)),
            "See why the upstream does not read (overload, a limit on uploads); for slow uploads "
            "raise `timeout_read`.",
            kTimeoutDocs};
  }
  if (details == "max_duration_timeout") {
    return {fmt::format("The request to {} lasts longer than {}, the most that the listener "
                        "allows.",
                        where, human(seen.route.proxy->max_stream_duration)),
            "Raise or remove `timeout_write`, which sets this limit, or make the answer shorter.",
            kTimeoutDocs};
  }
  return details == "upstream_max_stream_duration_reached" ? explain_cluster_duration(seen)
                                                           : explain_per_try(seen, details);
}

}  // namespace prober

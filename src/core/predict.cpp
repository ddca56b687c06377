// One attempt -> what the proxy would answer. The rules were measured on Envoy 1.38.2; each has
// rows in tests/unit/core/predict_test.cpp, and the recordings are in tests/data/recordings.txt.

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "core/utf8.h"
#include "prober/ascii.h"
#include "prober/prediction.h"
#include "prober/request.h"

namespace prober {
namespace {

// Envoy's StreamResetReason, with what the router makes of it: source/common/router/router.cc.
struct Reset {
  std::string_view reason;
  ResponseFlag flag;
  int status;
};
constexpr Reset kLocalConnectionFailure{"local_connection_failure",
                                        ResponseFlag::UpstreamConnectionFailure, 503};
constexpr Reset kRemoteConnectionFailure{"remote_connection_failure",
                                         ResponseFlag::UpstreamConnectionFailure, 503};
constexpr Reset kConnectionTimeout{"connection_timeout", ResponseFlag::UpstreamConnectionFailure,
                                   503};
constexpr Reset kConnectionTermination{"connection_termination",
                                       ResponseFlag::UpstreamConnectionTermination, 503};
constexpr Reset kRemoteReset{"remote_reset", ResponseFlag::UpstreamRemoteReset, 503};
constexpr Reset kRemoteRefused{"remote_refused_stream_reset", ResponseFlag::UpstreamRemoteReset,
                               503};
constexpr Reset kConnectError{"remote_error_with_CONNECT_request",
                              ResponseFlag::UpstreamRemoteReset, 503};
constexpr Reset kProtocolError{"protocol_error", ResponseFlag::UpstreamProtocolError, 502};

// What the retry policy is asked about.
enum class Kind { Upstream, ConnectFailure, Reset, Refused, PerTryTimeout, Other };

struct Judged {
  Prediction prediction;
  Kind kind = Kind::Other;
};

// RFC 9113, section 7.
constexpr std::uint32_t kH2ProtocolError = 1;
constexpr std::uint32_t kH2RefusedStream = 7;
constexpr std::uint32_t kH2ConnectError = 10;

// Envoy writes the details with every white space replaced: StringUtil::replaceAllEmptySpace.
std::string underscored(std::string text) {
  std::ranges::replace_if(text, [](char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }, '_');
  return text;
}

// Certificates may have any bytes in their names. Of a text that is not UTF-8 Envoy's log has each
// byte as the character of that number.
std::string as_logged(std::string text) {
  std::string_view rest = text;
  while (!rest.empty() && character_length(rest) > 0) {
    rest.remove_prefix(character_length(rest));
  }
  if (rest.empty()) {
    return text;
  }
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x80) {
      out += c;
    } else {
      out += static_cast<char>(0xc0 | byte >> 6);
      out += static_cast<char>(0x80 | (byte & 0x3f));
    }
  }
  return out;
}

bool grpc_request(const Route& route) {
  return !route.to.empty() && build_request(route, route.to.front()).grpc();
}

bool handed_on_interim(const Attempt& attempt) {
  return attempt.http && std::ranges::any_of(attempt.http->interim, is_handed_on);
}

Judged via_upstream(int status) {
  return {{status, {}, "via_upstream", true}, Kind::Upstream};
}

class Predictor {
 public:
  Predictor(const Attempt& attempt, const Route& route) : attempt_(attempt), route_(route) {}

  std::vector<Judged> run() const {
    if (attempt_.end == End::Unfinished) {
      return {};
    }
    if (const auto refused = by_refused_header()) {
      return {*refused};
    }
    if (attempt_.end == End::Limit) {
      return {by_limit()};
    }
    if (attempt_.connect != ConnectResult::Connected) {
      return by_connect();
    }
    if (attempt_.tls && !attempt_.tls->completed) {
      return by_handshake(*attempt_.tls);
    }
    if (attempt_.http) {
      return by_http(*attempt_.http);
    }
    return {via_upstream(200)};  // a CONNECT that is connected
  }

 private:
  // What the client gets when the proxy answers, before or after the upstream's own head.
  int status_or(int local) const {
    if (attempt_.http && attempt_.http->status) {
      return *attempt_.http->status;
    }
    return grpc_request(route_) ? 200 : local;
  }

  bool head_came() const { return attempt_.http && attempt_.http->status.has_value(); }

  Judged local(ResponseFlags flags, std::string details, int status,
               Kind kind = Kind::Other) const {
    return {{status_or(status), std::move(flags), std::move(details), true},
            head_came() ? Kind::Other : kind};
  }

  Judged reset(const Reset& reset, const std::string& transport, Kind kind) const {
    const bool started = head_came() || handed_on_interim(attempt_);
    const std::string_view when = started ? "after" : "before";
    std::string details = fmt::format("upstream_reset_{}_response_started{{{}{}{}}}", when,
                                      reset.reason, transport.empty() ? "" : "|", transport);
    return local({reset.flag}, as_logged(underscored(std::move(details))), reset.status, kind);
  }

  // A header that Envoy will not send is noticed when there is a connection to send it on
  // (measured): source/common/http/header_utility.cc, checkValidRequestHeaders.
  std::optional<Judged> by_refused_header() const {
    const bool ready =
        attempt_.connect == ConnectResult::Connected && (!attempt_.tls || attempt_.tls->completed);
    const std::string refused = invalid_request_header(route_);
    if (!ready || refused.empty() || attempt_.end == End::Connected) {
      return std::nullopt;
    }
    return Judged{{grpc_request(route_) ? 200 : 503,
                   {ResponseFlag::DownstreamProtocolError},
                   underscored("filter_removed_required_request_headers{" + refused + "}"),
                   true},
                  Kind::Other};
  }

  Judged by_limit() const {
    const int timeout_status = attempt_.request_complete ? 504 : 408;
    switch (attempt_.limit) {
      case Limit::ConnectTimeout:
        return reset(kConnectionTimeout, "", Kind::ConnectFailure);
      case Limit::RouteTimeout:
        return local({ResponseFlag::UpstreamRequestTimeout}, "response_timeout", 504);
      case Limit::StreamIdleTimeout:
        return local({ResponseFlag::StreamIdleTimeout}, "stream_idle_timeout", timeout_status);
      case Limit::RequestTimeout:
        return local({}, "request_overall_timeout", 408);
      case Limit::MaxStreamDuration:
        return local({}, "max_duration_timeout", timeout_status);
      case Limit::UpstreamMaxStreamDuration:
        return local({ResponseFlag::UpstreamMaxStreamDurationReached},
                     "upstream_max_stream_duration_reached", timeout_status, Kind::Reset);
      case Limit::PerTryTimeout:
        return local({ResponseFlag::UpstreamRequestTimeout}, "upstream_per_try_timeout", 504,
                     Kind::PerTryTimeout);
      case Limit::PerTryIdleTimeout:
        return local({ResponseFlag::UpstreamRequestTimeout}, "upstream_per_try_idle_timeout", 504,
                     Kind::PerTryTimeout);
      case Limit::None:
        break;
    }
    return via_upstream(status_or(200));
  }

  Judged connect_failure(const std::string& transport) const {
    return reset(kRemoteConnectionFailure, transport, Kind::ConnectFailure);
  }

  Judged delayed_reset() const {
    return connect_failure(fmt::format("delayed connect error: {}", std::strerror(ECONNRESET)));
  }

  std::vector<Judged> by_connect() const {
    const std::string error = std::strerror(attempt_.os_error);
    switch (attempt_.connect) {
      case ConnectResult::ImmediateError:
        return {connect_failure(fmt::format("immediate connect error: {}|remote address:{}", error,
                                            attempt_.endpoint.to_string()))};
      case ConnectResult::BindError:
        return {reset(kLocalConnectionFailure,
                      fmt::format("failed to bind to {}: {}", attempt_.bind_address, error),
                      Kind::ConnectFailure)};
      case ConnectResult::DelayedError:
        if (attempt_.os_error == ECONNRESET) {
          return reset_on_accept();
        }
        return {connect_failure("delayed connect error: " + error)};
      case ConnectResult::NotStarted:
      case ConnectResult::Connected:
      case ConnectResult::TimedOut:
        break;
    }
    return {reset(kConnectionTimeout, "", Kind::ConnectFailure)};
  }

  // A server that resets as it accepts: the RST comes before the proxy looks at the connection, or
  // after it has written. Either was recorded for the same upstream.
  std::vector<Judged> reset_on_accept() const {
    const bool tls = attempt_.upstream < route_.to.size() &&
                     transport_of(route_, route_.to[attempt_.upstream]).tls != nullptr;
    if (tls) {
      return {handshake_failure({TlsError{
                  33554432U + ECONNRESET,
                  std::string("system library:OPENSSL_internal:") + std::strerror(ECONNRESET)}}),
              delayed_reset()};
    }
    return {delayed_reset(), reset(kConnectionTermination, "", Kind::Reset)};
  }

  // "verify cert failed: ..." as Envoy's default validator appends it; which part an Envoy has
  // depends on its version.
  std::string verify_reason(const TlsFacts& tls) const {
    const EnvoyVersion envoy = route_.proxy->envoy;
    if (envoy == EnvoyVersion::V1_36) {
      return "";
    }
    if (!tls.problems.empty()) {
      // Up to 1.38 a problem of no certificate in particular had none for its depth either.
      const int depth = tls.problems.front().depth;
      return fmt::format(
          ":verify cert failed: X509_verify_cert: certificate verification error at depth {}: {}",
          envoy == EnvoyVersion::V1_40 ? std::max(depth, 0) : depth, tls.problems.front().text);
    }
    if (envoy == EnvoyVersion::V1_37) {
      return ":verify cert failed: SAN matcher";
    }
    std::string sans;
    if (!tls.chain.empty()) {
      for (const std::string& san : tls.chain.front().sans) {
        sans += (sans.empty() ? "" : ", ") + san;
      }
    }
    return fmt::format(":verify cert failed: SAN matcher, certificate SANs are [{}]", sans);
  }

  Judged handshake_failure(const std::vector<TlsError>& errors) const {
    std::string text = "TLS_error:";
    bool exact = true;
    for (const TlsError& error : errors) {
      text += fmt::format("|{}:{}", error.number, error.text);
      exact = exact && error.exact;
    }
    const bool verify =
        attempt_.tls && (!attempt_.tls->problems.empty() || attempt_.tls->name_mismatch) &&
        !errors.empty() && errors.back().text.ends_with("CERTIFICATE_VERIFY_FAILED");
    if (verify) {
      text += verify_reason(*attempt_.tls);
      exact = exact && (attempt_.tls->problems.empty() || attempt_.tls->problems.front().exact);
    }
    Judged out = connect_failure(text + ":TLS_error_end");
    out.prediction.exact = exact;
    return out;
  }

  std::vector<Judged> by_handshake(const TlsFacts& tls) const {
    const bool reset_at_once =
        attempt_.second_look == SecondLook::Reset && !attempt_.second_look_tls;
    if (reset_at_once) {
      return reset_on_accept();
    }
    if (tls.end == TlsEnd::PeerClosed || tls.errors.empty()) {
      return {connect_failure("")};
    }
    return {handshake_failure(tls.errors)};
  }

  // Envoy 1.36 reads HTTP/2 with oghttp2, the later ones with nghttp2. oghttp2 takes some frames
  // that nghttp2 refuses, and refuses others in another way.
  bool other_http2_codec() const { return route_.proxy->envoy == EnvoyVersion::V1_36; }

  std::optional<Judged> by_http2(const HttpFacts& http) const {
    if (http.reset_code) {
      switch (*http.reset_code) {
        case kH2ProtocolError:
          return reset(other_http2_codec() ? kRemoteReset : kProtocolError, "", Kind::Reset);
        case kH2RefusedStream:
          return reset(kRemoteRefused, "", Kind::Refused);
        case kH2ConnectError:
          return reset(kConnectError, "", Kind::Reset);
        default:
          return reset(kRemoteReset, "", Kind::Reset);
      }
    }
    if (http.refused_by_goaway) {
      return reset(kRemoteRefused, "", Kind::Refused);
    }
    if (http.head_too_large) {
      return reset(kRemoteReset, "", Kind::Reset);
    }
    return std::nullopt;
  }

  // Bytes first, then the end: what came before a FIN or RST decides.
  std::vector<Judged> by_http(const HttpFacts& http) const {
    if (http.complete) {
      return {via_upstream(http.status.value_or(200))};
    }
    if (auto judged = by_http2(http)) {
      return {*judged};
    }
    if (http.violation) {
      Judged out = reset(kProtocolError, "", Kind::Reset);
      out.prediction.exact = http.version == HttpVersion::Http1 || !other_http2_codec();
      return {out};
    }
    if (attempt_.end == End::Fin || attempt_.end == End::Rst) {
      if (http.bytes == 0 && attempt_.second_look == SecondLook::Reset && !attempt_.tls) {
        return reset_on_accept();
      }
      return {reset(kConnectionTermination, "", Kind::Reset)};
    }
    return {via_upstream(http.status.value_or(200))};
  }

  const Attempt& attempt_;
  const Route& route_;
};

bool has(const RetryPolicy& policy, std::string_view word) {
  return std::ranges::find(policy.retry_on, word) != policy.retry_on.end();
}

bool rate_limited(const Attempt& attempt) {
  static constexpr std::string_view kHeader = "x-envoy-ratelimited";
  return attempt.http && std::ranges::any_of(attempt.http->headers, [](const HeaderField& one) {
           return same_letters(one.name, kHeader);
         });
}

// RetryStateImpl::wouldRetryFromHeaders and wouldRetryFromReset
// (source/common/router/retry_state_impl.cc).
bool would_retry(const Judged& judged, const Attempt& attempt, const RetryPolicy& policy) {
  if (handed_on_interim(attempt)) {
    return false;  // Router::Filter::onUpstream1xxHeaders gives up the retry state
  }
  const int status = judged.prediction.status;
  const bool any_error = has(policy, "5xx") || has(policy, "gateway-error") || has(policy, "reset");
  switch (judged.kind) {
    case Kind::Upstream: {
      if (rate_limited(attempt)) {
        return has(policy, "envoy-ratelimited");
      }
      const auto& codes = policy.retriable_status_codes;
      return (has(policy, "5xx") && status >= 500 && status < 600) ||
             (has(policy, "gateway-error") && status >= 502 && status <= 504) ||
             (has(policy, "retriable-4xx") && status == 409) ||
             (has(policy, "retriable-status-codes") &&
              std::ranges::find(codes, status) != codes.end());
    }
    case Kind::ConnectFailure:
      return any_error || has(policy, "connect-failure") || has(policy, "reset-before-request");
    case Kind::Refused:
      return any_error || has(policy, "refused-stream");
    case Kind::Reset:
    case Kind::PerTryTimeout:
      return any_error;
    case Kind::Other:
      return false;
  }
  return false;
}

// Before each retry Envoy waits, at random, for up to 25 ms, doubled each time, at most 250 ms.
Duration longest_pauses(std::uint32_t retries) {
  constexpr Duration kMost = std::chrono::milliseconds(250);
  Duration pause = std::chrono::milliseconds(25);
  Duration all{};
  for (; retries > 0 && pause < kMost; --retries, pause *= 2) {
    all += pause;
  }
  return all + kMost * retries;
}

struct Bound {
  Duration after{};
  Prediction prediction;
};

// What ends a request that is tried again and again without an answer: the first of the limits
// that do not start anew with each try.
std::optional<Bound> bound_of_tries(const Attempt& attempt, const Route& route) {
  const ProxySettings& proxy = *route.proxy;
  const int status = grpc_request(route) ? 200 : attempt.request_complete ? 504 : 408;
  const Duration idle = route.idle_timeout_set ? route.idle_timeout : proxy.stream_idle_timeout;
  const Bound bounds[] = {
      {route.timeout, {status, {ResponseFlag::UpstreamRequestTimeout}, "response_timeout", true}},
      {idle, {status, {ResponseFlag::StreamIdleTimeout}, "stream_idle_timeout", true}},
      {proxy.max_stream_duration, {status, {}, "max_duration_timeout", true}},
  };
  std::optional<Bound> first;
  for (const Bound& one : bounds) {
    if (one.after != Duration{} && (!first || one.after < first->after)) {
      first = one;
    }
  }
  return first;
}

// How long one try lasts: as measured, less what our own loop was late, but no less than the limit
// that ended it.
Duration time_of_try(const Attempt& attempt, const RetryPolicy& policy) {
  const Duration limit = attempt.limit == Limit::PerTryTimeout       ? policy.per_try_timeout
                         : attempt.limit == Limit::PerTryIdleTimeout ? policy.per_try_idle_timeout
                                                                     : Duration{};
  return std::max(limit, attempt.timings.end - attempt.timings.loop_lag);
}

// Every try is taken to meet the same fate, so the last one's answer is what comes out, unless the
// tries together outlast another limit. Both when the pauses decide.
std::vector<Prediction> after_retries(const Judged& judged, const Attempt& attempt,
                                      const Route& route) {
  Prediction last = judged.prediction;
  const auto& policy = route.proxy->retry_policy;
  if (!policy || !would_retry(judged, attempt, *policy)) {
    return {last};
  }
  if (route.cluster->circuit_breakers.max_retries == 0U && policy->num_retries > 0) {
    last.flags.insert(last.flags.begin(), ResponseFlag::UpstreamOverflow);
    return {last};
  }
  last.flags.insert(last.flags.begin(), ResponseFlag::UpstreamRetryLimitExceeded);
  const auto bound = attempt.end == End::Limit ? bound_of_tries(attempt, route) : std::nullopt;
  const Duration least = time_of_try(attempt, *policy) * (policy->num_retries + 1);
  if (bound && least >= bound->after) {
    return {bound->prediction};
  }
  if (bound && least + longest_pauses(policy->num_retries) > bound->after) {
    return {last, bound->prediction};
  }
  return {last};
}

}  // namespace

std::string error_name(std::string_view details) {
  const std::string_view name = details.substr(0, details.find('{'));
  return name == "response_timeout" ? "upstream_response_timeout" : std::string(name);
}

std::vector<Prediction> predict(const Attempt& attempt, const Route& route) {
  std::vector<Prediction> out;
  for (const Judged& judged : Predictor(attempt, route).run()) {
    for (Prediction& prediction : after_retries(judged, attempt, route)) {
      // Envoy sends Kubernetes routes to Pomerium's own reverse proxy, whose failures are a plain
      // 502.
      if (route.kubernetes && prediction.details != "via_upstream" && attempt.end != End::Limit) {
        prediction = {502, {}, "via_upstream", true};
      }
      out.push_back(std::move(prediction));
    }
  }
  return out;
}

Prediction no_healthy_upstream(const Route& route) {
  return {grpc_request(route) ? 200 : 503,
          {ResponseFlag::NoHealthyUpstream},
          "no_healthy_upstream",
          true};
}

Prediction overflow(const Route& route) {
  return {grpc_request(route) ? 200 : 503,
          {ResponseFlag::UpstreamOverflow},
          "upstream_reset_before_response_started{overflow}",
          true};
}

}  // namespace prober

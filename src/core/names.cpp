// The words for every enumeration of include/prober, in one place.

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "prober/attempt.h"
#include "prober/duration.h"
#include "prober/response_flag.h"
#include "prober/route.h"
#include "prober/verdict.h"

namespace prober {

std::string human(Duration span) {
  using std::chrono::duration_cast;
  const auto us = duration_cast<std::chrono::microseconds>(span).count();
  if (us < 1000) {
    return fmt::format("{} us", us);
  }
  if (us < 10'000) {
    return fmt::format("{:.1f} ms", static_cast<double>(us) / 1000);
  }
  if (us < 1'000'000) {
    return fmt::format("{} ms", us / 1000);
  }
  if (us < 60'000'000) {
    const std::string text = fmt::format("{:.1f}", static_cast<double>(us) / 1e6);
    return (text.ends_with(".0") ? text.substr(0, text.size() - 2) : text) + " s";
  }
  const auto s = us / 1'000'000;
  return s % 60 == 0 ? fmt::format("{}m", s / 60) : fmt::format("{}m{}s", s / 60, s % 60);
}

const std::array<ResponseFlagName, 30>& response_flag_names() {
  using enum ResponseFlag;
  static constexpr std::array<ResponseFlagName, 30> kNames{{
      {FailedLocalHealthCheck, "LH", "FailedLocalHealthCheck"},
      {NoHealthyUpstream, "UH", "NoHealthyUpstream"},
      {UpstreamRequestTimeout, "UT", "UpstreamRequestTimeout"},
      {LocalReset, "LR", "LocalReset"},
      {UpstreamRemoteReset, "UR", "UpstreamRemoteReset"},
      {UpstreamConnectionFailure, "UF", "UpstreamConnectionFailure"},
      {UpstreamConnectionTermination, "UC", "UpstreamConnectionTermination"},
      {UpstreamOverflow, "UO", "UpstreamOverflow"},
      {NoRouteFound, "NR", "NoRouteFound"},
      {DelayInjected, "DI", "DelayInjected"},
      {FaultInjected, "FI", "FaultInjected"},
      {RateLimited, "RL", "RateLimited"},
      {UnauthorizedExternalService, "UAEX", "UnauthorizedExternalService"},
      {RateLimitServiceError, "RLSE", "RateLimitServiceError"},
      {DownstreamConnectionTermination, "DC", "DownstreamConnectionTermination"},
      {UpstreamRetryLimitExceeded, "URX", "UpstreamRetryLimitExceeded"},
      {StreamIdleTimeout, "SI", "StreamIdleTimeout"},
      {InvalidEnvoyRequestHeaders, "IH", "InvalidEnvoyRequestHeaders"},
      {DownstreamProtocolError, "DPE", "DownstreamProtocolError"},
      {UpstreamMaxStreamDurationReached, "UMSDR", "UpstreamMaxStreamDurationReached"},
      {ResponseFromCacheFilter, "RFCF", "ResponseFromCacheFilter"},
      {NoFilterConfigFound, "NFCF", "NoFilterConfigFound"},
      {DurationTimeout, "DT", "DurationTimeout"},
      {UpstreamProtocolError, "UPE", "UpstreamProtocolError"},
      {NoClusterFound, "NC", "NoClusterFound"},
      {OverloadManagerTerminated, "OM", "OverloadManagerTerminated"},
      {DnsResolutionFailed, "DF", "DnsResolutionFailed"},
      {DropOverload, "DO", "DropOverload"},
      {DownstreamRemoteReset, "DR", "DownstreamRemoteReset"},
      {UnconditionalDropOverload, "UDO", "UnconditionalDropOverload"},
  }};
  return kNames;
}

std::string_view short_name(ResponseFlag flag) {
  return response_flag_names().at(static_cast<std::size_t>(flag)).short_name;
}

std::string_view long_name(ResponseFlag flag) {
  return response_flag_names().at(static_cast<std::size_t>(flag)).long_name;
}

std::optional<ResponseFlag> flag_from_short_name(std::string_view name) {
  const auto& names = response_flag_names();
  const auto found = std::ranges::find(names, name, &ResponseFlagName::short_name);
  return found == names.end() ? std::nullopt : std::optional(found->flag);
}

std::string to_string(const ResponseFlags& flags) {
  std::string out;
  for (const ResponseFlag flag : flags) {
    out += out.empty() ? "" : ",";
    out += short_name(flag);
  }
  return out;
}

std::string_view to_string(Scheme scheme) {
  switch (scheme) {
    case Scheme::Http:
      return "http";
    case Scheme::Https:
      return "https";
    case Scheme::H2c:
      return "h2c";
    case Scheme::Tcp:
      return "tcp";
    case Scheme::Udp:
      return "udp";
    case Scheme::Ssh:
      return "ssh";
    case Scheme::Unix:
      return "unix";
    case Scheme::HttpsUnix:
      return "https+unix";
  }
  std::unreachable();
}

std::string_view to_string(EnvoyVersion version) {
  switch (version) {
    case EnvoyVersion::V1_36:
      return "1.36";
    case EnvoyVersion::V1_37:
      return "1.37";
    case EnvoyVersion::V1_38:
      return "1.38";
    case EnvoyVersion::V1_40:
      return "1.40";
  }
  std::unreachable();
}

std::string_view to_string(Stage stage) {
  switch (stage) {
    case Stage::Dns:
      return "dns";
    case Stage::Tcp:
      return "tcp";
    case Stage::Tls:
      return "tls";
    case Stage::Http:
      return "http";
  }
  std::unreachable();
}

std::string_view to_string(Limit limit) {
  switch (limit) {
    case Limit::None:
      return "none";
    case Limit::ConnectTimeout:
      return "connect_timeout";
    case Limit::RouteTimeout:
      return "timeout";
    case Limit::StreamIdleTimeout:
      return "idle_timeout";
    case Limit::RequestTimeout:
      return "timeout_read";
    case Limit::MaxStreamDuration:
      return "max_stream_duration";
    case Limit::UpstreamMaxStreamDuration:
      return "upstream_max_stream_duration";
    case Limit::PerTryTimeout:
      return "per_try_timeout";
    case Limit::PerTryIdleTimeout:
      return "per_try_idle_timeout";
  }
  std::unreachable();
}

std::string_view to_string(LookupStatus status) {
  switch (status) {
    case LookupStatus::Literal:
    case LookupStatus::Ok:
      return "NOERROR";
    case LookupStatus::NoData:
      return "NODATA";
    case LookupStatus::NotFound:
      return "NXDOMAIN";
    case LookupStatus::ServerFailure:
      return "SERVFAIL";
    case LookupStatus::Refused:
      return "REFUSED";
    case LookupStatus::FormatError:
      return "FORMERR";
    case LookupStatus::Timeout:
      return "TIMEOUT";
    case LookupStatus::NoServer:
      return "NOSERVER";
    case LookupStatus::BadName:
      return "BADNAME";
    case LookupStatus::Interrupted:
      return "INTERRUPTED";
  }
  std::unreachable();
}

int severity(State state) {
  switch (state) {
    case State::Warning:
      return 1;
    case State::Degraded:
      return 2;
    case State::Failing:
      return 3;
    case State::Healthy:
    case State::Unknown:
    case State::Skipped:
      break;
  }
  return 0;
}

std::string_view to_string(State state) {
  switch (state) {
    case State::Healthy:
      return "healthy";
    case State::Warning:
      return "warning";
    case State::Degraded:
      return "degraded";
    case State::Failing:
      return "failing";
    case State::Unknown:
      return "unknown";
    case State::Skipped:
      return "skipped";
  }
  std::unreachable();
}

}  // namespace prober

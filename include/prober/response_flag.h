#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace prober {

/// Envoy's response flags (source/common/stream_info/utility.h), by Envoy's own names.
enum class ResponseFlag {
  FailedLocalHealthCheck,
  NoHealthyUpstream,
  UpstreamRequestTimeout,
  LocalReset,
  UpstreamRemoteReset,
  UpstreamConnectionFailure,
  UpstreamConnectionTermination,
  UpstreamOverflow,
  NoRouteFound,
  DelayInjected,
  FaultInjected,
  RateLimited,
  UnauthorizedExternalService,
  RateLimitServiceError,
  DownstreamConnectionTermination,
  UpstreamRetryLimitExceeded,
  StreamIdleTimeout,
  InvalidEnvoyRequestHeaders,
  DownstreamProtocolError,
  UpstreamMaxStreamDurationReached,
  ResponseFromCacheFilter,
  NoFilterConfigFound,
  DurationTimeout,
  UpstreamProtocolError,
  NoClusterFound,
  OverloadManagerTerminated,
  DnsResolutionFailed,
  DropOverload,
  DownstreamRemoteReset,
  UnconditionalDropOverload,
};

struct ResponseFlagName {
  ResponseFlag flag;
  std::string_view short_name;  // "UF", as %RESPONSE_FLAGS% prints it
  std::string_view long_name;   // "UpstreamConnectionFailure"
};

/// All flags, in the order of the enumeration.
[[nodiscard]] const std::array<ResponseFlagName, 30>& response_flag_names();
[[nodiscard]] std::string_view short_name(ResponseFlag flag);
[[nodiscard]] std::string_view long_name(ResponseFlag flag);
[[nodiscard]] std::optional<ResponseFlag> flag_from_short_name(std::string_view name);

/// The flags of one answer in the order in which Envoy sets them ("URX,UT"), which is the order in
/// which it prints them.
using ResponseFlags = std::vector<ResponseFlag>;

/// "URX,UT"; "" without a flag (Envoy's log prints "-" there).
[[nodiscard]] std::string to_string(const ResponseFlags& flags);

}  // namespace prober

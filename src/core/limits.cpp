#include "prober/limits.h"

#include <algorithm>
#include <array>

#include "prober/request.h"

namespace prober {

Limits limits_of(const Route& route, const Settings& settings) {
  const ProxySettings& proxy = *route.proxy;
  Limits out;
  out.connect = proxy.connect_timeout;
  out.route = route.timeout;
  out.stream_idle = route.idle_timeout_set ? route.idle_timeout : proxy.stream_idle_timeout;
  out.request = settings.request_timeout;
  out.max_stream = proxy.max_stream_duration;
  out.upstream_max_stream = proxy.upstream_max_stream_duration;
  if (proxy.retry_policy) {
    // FilterUtility::finalTimeout (source/common/router/router.cc): a try that may last as long as
    // the whole request has no limit of its own.
    const Duration per_try = proxy.retry_policy->per_try_timeout;
    out.per_try = out.route != Duration{} && per_try >= out.route ? Duration{} : per_try;
    out.per_try_idle = proxy.retry_policy->per_try_idle_timeout;
  }
  const bool ssh =
      std::ranges::any_of(route.to, [](const Upstream& to) { return to.scheme == Scheme::Ssh; });
  if (by_connect(route) || ssh) {
    // A CONNECT request never ends, so what counts from its end never starts.
    out.route = Duration{};
    out.request = Duration{};
    out.per_try = Duration{};
  }
  return out;
}

std::optional<Expiry> next_expiry(const Limits& limits, const Progress& progress) {
  std::optional<Expiry> next;
  const auto consider = [&next](Limit limit, Duration allowed, std::optional<Duration> from) {
    if (allowed != Duration{} && from && (!next || *from + allowed < next->at)) {
      next = Expiry{limit, *from + allowed};
    }
  };
  const Duration start{};
  const auto after_connect = [&progress](Duration since) {
    return progress.connected ? std::optional(std::max(*progress.connected, since)) : std::nullopt;
  };
  if (!progress.connected) {
    consider(Limit::ConnectTimeout, limits.connect, start);
  }
  consider(Limit::RouteTimeout, limits.route, progress.request_complete);
  consider(Limit::StreamIdleTimeout, limits.stream_idle, progress.last_activity);
  if (!progress.request_complete) {
    consider(Limit::RequestTimeout, limits.request, start);
  }
  consider(Limit::MaxStreamDuration, limits.max_stream, start);
  consider(Limit::UpstreamMaxStreamDuration, limits.upstream_max_stream, progress.connected);
  if (!progress.head && !progress.handed_on && progress.request_complete) {
    consider(Limit::PerTryTimeout, limits.per_try, after_connect(*progress.request_complete));
  }
  consider(Limit::PerTryIdleTimeout, limits.per_try_idle, after_connect(progress.last_activity));
  return next;
}

std::optional<Duration> end_of_patience(const Limits& limits, const Progress& progress) {
  constexpr Duration kForAnAnswer = std::chrono::seconds(30);
  constexpr Duration kForABody = std::chrono::seconds(5);
  const bool goes_on = progress.head && progress.last_upstream_activity > *progress.head;
  const bool sure_to_end = limits.route != Duration{} || limits.max_stream != Duration{} ||
                           limits.upstream_max_stream != Duration{};
  if (goes_on ? sure_to_end : next_expiry(limits, progress).has_value()) {
    return std::nullopt;
  }
  return progress.head ? *progress.head + kForABody : kForAnAnswer;
}

std::optional<Duration> latest_end(const Limits& limits, Progress progress) {
  if (!progress.connected && limits.connect != Duration{}) {
    progress.connected = limits.connect;
  }
  if (!progress.request_complete && limits.request != Duration{}) {
    progress.request_complete = limits.request;
  }
  Limits unmoved;
  unmoved.route = limits.route;
  unmoved.max_stream = limits.max_stream;
  unmoved.upstream_max_stream = limits.upstream_max_stream;
  const auto end = next_expiry(unmoved, progress);
  return end ? std::optional(end->at) : std::nullopt;
}

}  // namespace prober

#include "prober/limits.h"

#include <doctest/doctest.h>

#include "routes.h"

using namespace prober;
using namespace std::chrono_literals;

namespace {

Progress connecting() {
  Progress out;
  out.request_complete = Duration{};
  return out;
}

Progress waiting() {
  Progress out = connecting();
  out.connected = 1s;
  return out;
}

Progress answering() {
  Progress out = waiting();
  out.head = 2s;
  out.last_activity = 3s;
  return out;
}

}  // namespace

TEST_CASE("next_expiry: the limit that ends a request first, by how far it has come") {
  struct Case {
    const char* name;
    Limits limits;
    Progress progress;
    Limit want;
    Duration at;
  };
  Progress uploading;
  uploading.connected = 1s;
  uploading.last_activity = 4s;
  Progress continued = waiting();
  continued.handed_on = true;
  const Case cases[] = {
      {"nothing limits", {}, waiting(), Limit::None, {}},
      {"connect counts from the start",
       {.connect = 10s, .route = 30s},
       connecting(),
       Limit::ConnectTimeout,
       10s},
      {"the route's timeout runs while connecting",
       {.connect = 10s, .route = 5s},
       connecting(),
       Limit::RouteTimeout,
       5s},
      {"a try's own timeout does not end what a 100 has begun",
       {.route = 30s, .per_try = 1s},
       continued,
       Limit::RouteTimeout,
       30s},
      {"connect ends with the connection",
       {.connect = 10s, .route = 30s},
       waiting(),
       Limit::RouteTimeout,
       30s},
      {"the route's timeout waits for the whole request",
       {.route = 5s},
       uploading,
       Limit::None,
       {}},
      {"the request's own limit does not",
       {.route = 5s, .request = 30s},
       uploading,
       Limit::RequestTimeout,
       30s},
      {"idle counts from the last activity",
       {.stream_idle = 5s},
       uploading,
       Limit::StreamIdleTimeout,
       9s},
      {"idle runs while connecting",
       {.stream_idle = 5s},
       connecting(),
       Limit::StreamIdleTimeout,
       5s},
      {"a try counts from the connection", {.per_try = 3s}, waiting(), Limit::PerTryTimeout, 4s},
      {"a try does not run while connecting", {.per_try = 3s}, connecting(), Limit::None, {}},
      {"a try ends with the head", {.per_try = 3s}, answering(), Limit::None, {}},
      {"a try's idle time goes on in the body",
       {.per_try_idle = 3s},
       answering(),
       Limit::PerTryIdleTimeout,
       6s},
      {"the cluster's duration counts from the connection",
       {.upstream_max_stream = 3s},
       waiting(),
       Limit::UpstreamMaxStreamDuration,
       4s},
      {"the listener's duration counts from the start",
       {.max_stream = 3s},
       connecting(),
       Limit::MaxStreamDuration,
       3s},
      {"the least comes first",
       {.route = 30s, .stream_idle = 9s, .max_stream = 8s},
       waiting(),
       Limit::MaxStreamDuration,
       8s},
  };
  for (const Case& c : cases) {
    CAPTURE(c.name);
    const auto next = next_expiry(c.limits, c.progress);
    CHECK(next.value_or(Expiry{}).limit == c.want);
    CHECK(next.value_or(Expiry{}).at == c.at);
  }
}

TEST_CASE("limits_of: Pomerium's defaults and what changes them") {
  Route route = test_route();
  Settings settings;
  const Limits defaults = limits_of(route, settings);
  CHECK(defaults.connect == 10s);
  CHECK(defaults.route == 30s);
  CHECK(defaults.stream_idle == 5min);
  CHECK(defaults.request == 30s);
  CHECK(defaults.max_stream == 0s);

  route.idle_timeout_set = true;
  route.idle_timeout = 0s;
  CHECK(limits_of(route, settings).stream_idle == 0s);

  RetryPolicy policy;
  policy.per_try_timeout = 40s;
  edit(route.proxy).retry_policy = policy;
  CHECK(limits_of(route, settings).per_try == 0s);  // not below the route's own

  route.from = "tcp+https://db.example.com:5432";
  CHECK(limits_of(route, settings).route == 0s);  // a CONNECT request never ends
  CHECK(limits_of(route, settings).connect == 10s);
}

TEST_CASE("end_of_patience: where the proxy might wait for ever, prober does not") {
  struct Case {
    const char* name;
    Limits limits;
    Progress progress;
    std::optional<Duration> want;
  };
  Progress quiet = answering();
  quiet.last_upstream_activity = *quiet.head;
  Progress streaming = answering();
  streaming.last_upstream_activity = 100s;
  const Case cases[] = {
      {"no answer, no limit", {}, waiting(), 30s},
      {"no answer, but a limit", {.stream_idle = 300s}, waiting(), std::nullopt},
      {"connecting has a limit of its own", {.connect = 10s}, connecting(), std::nullopt},
      {"a body that goes on, no limit", {}, streaming, 7s},
      {"a body that goes on ends by no idle limit", {.stream_idle = 10s}, streaming, 7s},
      {"a body that goes on ends by the route's timeout", {.route = 30s}, streaming, std::nullopt},
      {"a body that goes on ends by max_stream_duration",
       {.max_stream = 30s},
       streaming,
       std::nullopt},
      {"a body that went silent, no limit", {}, quiet, 7s},
      {"a body that went silent ends by an idle limit", {.stream_idle = 300s}, quiet, std::nullopt},
  };
  for (const Case& one : cases) {
    CAPTURE(one.name);
    CHECK(end_of_patience(one.limits, one.progress) == one.want);
  }
}

TEST_CASE("latest_end: only limits that no byte moves, all before them at the last moment") {
  struct Case {
    const char* name;
    Limits limits;
    Progress progress;
    std::optional<Duration> want;
  };
  Progress uploading;
  Progress late = waiting();
  late.connected = 9s;
  const Case cases[] = {
      {"no limit", {}, connecting(), std::nullopt},
      {"silence alone", {.connect = 10s, .stream_idle = 300s}, waiting(), std::nullopt},
      {"the route's, from the request", {.connect = 10s, .route = 30s}, connecting(), 30s},
      {"the route's, while the answer comes", {.route = 30s}, answering(), 30s},
      {"the upstream's stream, not connected yet",
       {.connect = 10s, .upstream_max_stream = 20s},
       connecting(),
       30s},
      {"the upstream's stream", {.connect = 10s, .upstream_max_stream = 20s}, late, 29s},
      {"the earlier of two", {.route = 30s, .max_stream = 20s}, waiting(), 20s},
      {"a try may go on after its head", {.per_try = 5s}, waiting(), std::nullopt},
      {"a request that is still read", {.route = 30s, .request = 60s}, uploading, 90s},
      {"a request that may be read for ever", {.route = 30s}, uploading, std::nullopt},
  };
  for (const Case& one : cases) {
    CAPTURE(one.name);
    CHECK(latest_end(one.limits, one.progress) == one.want);
  }
}

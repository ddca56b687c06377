#include <cerrno>

#include "scene.h"

namespace prober::golden {
namespace {

using std::chrono::seconds;

void add(Scene& scene, const std::string& name, Scheme scheme, Attempt attempt) {
  scene.add(make_route(name, scheme, "10.0.0.5", 8080), observe({}, {std::move(attempt)}));
}

Attempt violation(const std::string& what, std::uint64_t bytes) {
  Attempt attempt = connected(make_attempt(5, 8080));
  attempt.end = End::Violation;
  attempt.http->bytes = bytes;
  attempt.http->violation = Violation{what, false};
  return attempt;
}

Attempt http2_end() {
  Attempt attempt = connected(make_attempt(5, 8080));
  attempt.end = End::Violation;
  attempt.http->version = HttpVersion::Http2;
  attempt.http->bytes = 40;
  return attempt;
}

}  // namespace

Scene answers() {
  Scene scene("answers");
  Attempt closed = connected(make_attempt(5, 8080));
  closed.end = End::Fin;
  add(scene, "closes", Scheme::Http, closed);
  add(scene, "ssh", Scheme::Http,
      violation("the answer does not begin with an HTTP/1 status line", 21));
  add(scene, "two-lengths", Scheme::Http, violation("content-length is there twice", 95));
  Attempt cut = violation(
      "the connection ended 958 bytes before the end that content-length "
      "announced",
      180);
  cut.http->status = 200;
  cut.http->body_bytes = 42;
  cut.http->violation->after_head = true;
  add(scene, "cut-off", Scheme::Http, cut);
  Attempt reset = http2_end();
  reset.http->reset_code = 11;
  add(scene, "calm", Scheme::H2c, reset);
  Attempt goaway = http2_end();
  goaway.http->goaway_code = 0;
  goaway.http->refused_by_goaway = true;
  add(scene, "goaway", Scheme::H2c, goaway);
  add(scene, "own-500", Scheme::Http, answered(make_attempt(5, 8080), 500));
  Route expecting = make_route("expecting", Scheme::Http, "10.0.0.5", 8080);
  auto probe = std::make_shared<ProbeSettings>();
  probe->path = "/healthz";
  probe->expect_body_contains = "ok";
  expecting.probe = probe;
  scene.add(expecting, observe({}, {answered(make_attempt(5, 8080), 200)}));
  Route blocked = make_route("blocked", Scheme::Http, "10.0.0.5", 8080);
  auto cluster = std::make_shared<ClusterSettings>();
  cluster->circuit_breakers.max_requests = 0;
  blocked.cluster = cluster;
  scene.add(blocked, observe({}, {answered(make_attempt(5, 8080), 200)}));
  return scene;
}

Scene time_limits() {
  Scene scene("time_limits");
  struct Case {
    const char* name;
    Limit limit;
    int after_s;
    std::optional<int> status;
  };
  const Case cases[] = {
      {"never-answers", Limit::RouteTimeout, 30, std::nullopt},
      {"endless-answer", Limit::RouteTimeout, 30, 200},
      {"idle", Limit::StreamIdleTimeout, 5, std::nullopt},
      {"listener-duration", Limit::MaxStreamDuration, 7, std::nullopt},
      {"cluster-duration", Limit::UpstreamMaxStreamDuration, 8, std::nullopt},
      {"one-try", Limit::PerTryTimeout, 2, std::nullopt},
      {"one-try-idle", Limit::PerTryIdleTimeout, 1, std::nullopt},
  };
  for (const Case& one : cases) {
    Route route = make_route(one.name, Scheme::Http, "10.0.0.5", 8080);
    route.idle_timeout = seconds(5);
    route.idle_timeout_set = true;
    auto proxy = std::make_shared<ProxySettings>();
    proxy->max_stream_duration = seconds(7);
    proxy->upstream_max_stream_duration = seconds(8);
    proxy->retry_policy = RetryPolicy();
    proxy->retry_policy->per_try_timeout = seconds(2);
    proxy->retry_policy->per_try_idle_timeout = seconds(1);
    // A second try would be over after idle_timeout.
    const bool retried = one.limit != Limit::UpstreamMaxStreamDuration;
    proxy->retry_policy->retry_on = {retried ? "5xx" : "retriable-4xx"};
    route.proxy = proxy;
    Attempt attempt = ended_by(connected(make_attempt(5, 8080)), one.limit, seconds(one.after_s));
    attempt.http->status = one.status;
    scene.add(route, observe({}, {attempt}));
  }
  Attempt upload = ended_by(connected(make_attempt(5, 8080)), Limit::RequestTimeout, seconds(30));
  upload.request_complete = false;
  add(scene, "upload", Scheme::Http, upload);
  return scene;
}

}  // namespace prober::golden

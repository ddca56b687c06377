#include <cerrno>

#include "scene.h"

namespace prober::golden {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

Attempt over_tls(Attempt attempt, const std::string& name, std::int64_t days_left) {
  TlsFacts tls;
  tls.server_name = name;
  tls.completed = true;
  tls.version = "TLSv1.3";
  tls.cipher = "TLS_AES_128_GCM_SHA256";
  tls.alpn = "h2";
  tls.chain = {make_certificate(name, days_left)};
  attempt.tls = tls;
  attempt.timings.tls = milliseconds(4);
  return attempt;
}

Observation refused(const std::string& name) {
  return observe({resolved(name, {5})},
                 {connect_error(make_attempt(5, 8080), ECONNREFUSED, ConnectResult::DelayedError)});
}

}  // namespace

Scene every_state() {
  Scene scene("every_state");
  scene.add(make_route("api", Scheme::Http, "api.internal", 8080),
            observe({resolved("api.internal", {2})}, {answered(make_attempt(2, 8080), 200)}));
  scene.add(make_route("wiki", Scheme::Http, "wiki.internal", 8080), refused("wiki.internal"));
  scene.add(make_route("mail", Scheme::Https, "mail.internal", 443),
            observe({resolved("mail.internal", {3})},
                    {over_tls(answered(make_attempt(3, 443), 200), "mail.internal", 5)}));
  scene.add(
      make_route("shop", Scheme::Http, "shop.internal", 8080),
      observe({resolved("shop.internal", {5, 6, 7})},
              {connect_error(make_attempt(5, 8080), ECONNREFUSED, ConnectResult::DelayedError),
               answered(make_attempt(6, 8080), 200), answered(make_attempt(7, 8080), 200)}));
  Observation unfinished;
  unfinished.finished = false;
  unfinished.unfinished_reason = "the run ended after --timeout 30 s";
  scene.add(make_route("slow", Scheme::Http, "slow.internal", 80), unfinished);
  Route redirect = make_route("old-start-page", Scheme::Http, "", 80);
  redirect.skip_reason = "it answers with a redirect and has no upstream";
  scene.add(redirect, Observation());
  return scene;
}

Scene all_is_well() {
  Scene scene("all_is_well");
  scene.add(make_route("api", Scheme::Http, "api.internal", 8080),
            observe({resolved("api.internal", {2})}, {answered(make_attempt(2, 8080), 200)}));
  scene.add(make_route("documentation", Scheme::Https, "docs.internal", 443),
            observe({resolved("docs.internal", {3, 4})},
                    {over_tls(answered(make_attempt(3, 443), 302), "docs.internal", 60),
                     over_tls(answered(make_attempt(4, 443), 302), "docs.internal", 60)}));
  return scene;
}

Scene several_endpoints() {
  Scene scene("several_endpoints");
  // A server that resets as it accepts: either of two answers.
  scene.add(
      make_route("race", Scheme::Http, "race.internal", 8080),
      observe({resolved("race.internal", {5})},
              {connect_error(make_attempt(5, 8080), ECONNRESET, ConnectResult::DelayedError)}));
  scene.add(make_route("half-race", Scheme::Http, "race.internal", 8080),
            observe({resolved("race.internal", {5, 6})},
                    {connect_error(make_attempt(5, 8080), ECONNRESET, ConnectResult::DelayedError),
                     answered(make_attempt(6, 8080), 200)}));
  // Anonymous visitors all go to one host, signed-in ones to both.
  Route hashed = make_route("hashed", Scheme::Http, "hashed.internal", 8080);
  auto cluster = std::make_shared<ClusterSettings>();
  cluster->policy = LoadBalancingPolicy::Maglev;
  hashed.cluster = cluster;
  scene.add(
      hashed,
      observe({resolved("hashed.internal", {5, 6})},
              {connect_error(make_attempt(5, 8080), ECONNREFUSED, ConnectResult::DelayedError),
               answered(make_attempt(6, 8080), 200)}));
  // One of many, in more addresses than a line names.
  std::vector<Attempt> attempts;
  std::vector<int> addresses;
  for (int i = 10; i < 16; ++i) {
    addresses.push_back(i);
    attempts.push_back(
        i == 10 ? ended_by(connected(make_attempt(i, 8080)), Limit::RouteTimeout, seconds(30))
                : answered(make_attempt(i, 8080), 200));
  }
  scene.add(make_route("many", Scheme::Http, "many.internal", 8080),
            observe({resolved("many.internal", addresses)}, attempts));
  // Health checks empty the cluster.
  Route checked = make_route("checked", Scheme::Http, "checked.internal", 8080);
  auto strict = std::make_shared<ClusterSettings>();
  strict->health_checks.emplace_back();
  strict->healthy_panic_threshold = 0;
  checked.cluster = strict;
  Observation unhealthy =
      observe({resolved("checked.internal", {5})}, {answered(make_attempt(5, 8080), 200)});
  unhealthy.endpoints.front().health = HealthObservation{false, "it answered 404"};
  scene.add(checked, unhealthy);
  return scene;
}

// A route for each change, one of them after several rounds.
Scene against_baseline() {
  Scene scene("against_baseline");
  const std::vector<std::string> down = {
      "503 upstream_reset_before_response_started{remote_connection_failure|delayed_connect_error:_"
      "Connection_refused}"};
  const auto sound = [](const std::string& name) {
    return observe({resolved(name, {2})}, {answered(make_attempt(2, 8080), 200)});
  };
  scene.add(make_route("new", Scheme::Http, "new.internal", 8080), refused("new.internal"));
  scene.add(make_route("added", Scheme::Http, "added.internal", 8080), refused("added.internal"));
  scene.add(make_route("still", Scheme::Http, "still.internal", 8080), refused("still.internal"));
  const Verdict first = scene.report().routes.back().verdict;
  scene.add(
      make_route("changed", Scheme::Http, "changed.internal", 8080),
      observe({resolved("changed.internal", {5, 6})},
              {connect_error(make_attempt(5, 8080), ECONNREFUSED, ConnectResult::DelayedError),
               answered(make_attempt(6, 8080), 200)}));
  scene.add(make_route("fixed", Scheme::Http, "fixed.internal", 8080), sound("fixed.internal"));
  scene.retried(3, first);
  Observation unfinished;
  unfinished.finished = false;
  unfinished.unfinished_reason = "interrupted";
  scene.add(make_route("slow", Scheme::Http, "slow.internal", 80), unfinished);
  scene.add(make_route("sound", Scheme::Http, "sound.internal", 8080), sound("sound.internal"));
  scene.ended_early(unfinished.unfinished_reason);
  constexpr std::int64_t kLongAgo = (kNow - 3 * kDay) * 1000;
  scene.compare_with({{"new", State::Healthy, {}, 0},
                      {"still", State::Failing, down, kLongAgo},
                      {"changed", State::Failing, down, kLongAgo},
                      {"fixed", State::Failing, down, kLongAgo},
                      {"slow", State::Failing, down, kLongAgo},
                      {"sound", State::Healthy, {}, 0},
                      {"old", State::Healthy, {}, 0}});
  return scene;
}

}  // namespace prober::golden

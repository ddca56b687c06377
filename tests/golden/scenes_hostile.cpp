#include <fmt/format.h>

#include <array>
#include <cerrno>
#include <string_view>

#include "scene.h"

namespace prober::golden {
namespace {

// What the readers of one format or another would take for something of their own.
constexpr std::array<std::string_view, 22> kMarkup = {
    "]]><x/>",
    "<script>alert(1)</script>",
    "\"><img src=x onerror=alert(1)>",
    "&lt;&amp;&#0;",
    "a | b || c",
    "::error file=x,line=1::owned",
    "x%0A::set-output name=a::b",
    "##[add-mask]x",
    "\nnot ok 9 - x # TODO \\# y",
    "it's 'quoted'=5;1;2",
    "label\"} 1\nprobe_success{route=\"x\"} 1",
    "back\\slash\\",
    "=HYPERLINK(\"http://evil.example\")",
    "+1+1",
    "-2+3",
    "@SUM(A1)",
    "comma, \"quote\"; semicolon",
    "*bold* _em_ `code` ``x`` [a](http://evil.example) ![i](x) @everyone #1 www.evil.example",
    "# heading",
    "\xff\xfe\xc0\xaf\xed\xa0\x80 not UTF-8 \xef\xbf\xbf\xef\xbf\xbe",
    "\x1b[31mred\x1b[0m\x9b\xc2\x9b\x08\x08\x08\r",
    "\xe2\x80\xae"
    "desrever\xe2\x80\xa8line\xe2\x80\xa9 --- ... {} [] %41",
};

}  // namespace

// Upstreams and files may hold anything: nothing of it may reach a terminal as it is, and no header
// value may show that could be a secret.
Scene hostile_texts() {
  Scene scene("hostile_texts");
  const std::string evil =
      "evil\x1b[2J\x07\xc2\x9b"
      "31m\r\nroute\xe2\x80\xae"
      "abc\xff\x7f";
  Route route = make_route("n", Scheme::Https, "evil.internal", 443);
  route.name = evil;
  Attempt attempt = handshake_error(make_attempt(5, 443), "evil.internal", 268435581,
                                    "CERTIFICATE_VERIFY_FAILED");
  attempt.tls->name_mismatch = true;
  attempt.tls->chain = {make_certificate(evil, 30)};
  scene.add(route, observe({resolved("evil.internal", {5})}, {attempt}));
  Attempt redirect = answered(make_attempt(6, 80), 503);
  redirect.http->headers = {{"Server", "\x1b]0;owned\x07"},
                            {"Location", "https://user:SECRET@login.example.com/?token=SECRET"},
                            {"Authorization", "SECRET"}};
  redirect.http->body = "SECRET";
  scene.add(make_route("secrets", Scheme::Http, "10.0.0.6", 80), observe({}, {redirect}));
  return scene;
}

// Every place that holds foreign text holds each of them once.
Scene hostile_markup() {
  Scene scene("hostile_markup");
  std::uint16_t port = 9000;
  for (const std::string_view text : kMarkup) {
    const std::string evil(text);
    Route named = make_route(evil, Scheme::Http, "10.0.0.5", ++port);
    named.from = "https://" + evil;
    scene.add(named, observe({}, {connect_error(make_attempt(5, port), ECONNREFUSED,
                                                ConnectResult::DelayedError)}));
    Attempt served =
        handshake_error(make_attempt(6, port), evil, 268435581, "CERTIFICATE_VERIFY_FAILED");
    served.tls->name_mismatch = true;
    served.tls->chain = {make_certificate(evil, 30)};
    served.tls->chain.front().issuer = evil;
    served.tls->chain.front().key = evil;
    scene.add(make_route(fmt::format("served-{}", port), Scheme::Https, evil, port),
              observe({resolved(evil, {6})}, {served}));
    Attempt answer = answered(make_attempt(7, port), 503);
    answer.http->headers = {{"Server", evil}, {"Content-Type", evil}, {"Location", "//" + evil}};
    answer.http->body = evil;
    answer.http->violation = Violation{evil, true};
    Observation observation = observe({unresolved(evil, LookupStatus::NotFound, {})}, {answer});
    observation.endpoints.front().health = HealthObservation{false, evil};
    scene.add(make_route(fmt::format("answered-{}", port), Scheme::Http, evil, port), observation);
    Route skipped = make_route(fmt::format("skipped-{}", port), Scheme::Http, "", 80);
    skipped.skip_reason = evil;
    scene.add(skipped, Observation());
    Observation unfinished;
    unfinished.finished = false;
    unfinished.unfinished_reason = evil;
    scene.add(make_route(fmt::format("unknown-{}", port), Scheme::Http, evil, port), unfinished);
  }
  return scene;
}

// What a baseline and the first of several rounds held is foreign too.
Scene hostile_history() {
  Scene scene("hostile_history");
  std::vector<EarlierRoute> earlier;
  std::uint16_t port = 9000;
  for (const std::string_view text : kMarkup) {
    const std::string evil(text);
    const auto name = fmt::format("route-{}", ++port);
    scene.add(make_route(name, Scheme::Http, "10.0.0.5", port),
              observe({}, {port % 2 == 0 ? answered(make_attempt(5, port), 200)
                                         : connect_error(make_attempt(5, port), ECONNREFUSED,
                                                         ConnectResult::DelayedError)}));
    Verdict first = scene.report().routes.back().verdict;
    first.state = State::Failing;
    first.outcomes.front().fails = true;
    first.outcomes.front().prediction.details = evil;
    scene.retried(2, first);
    earlier.push_back({name, State::Failing, {evil}, 0});
    earlier.push_back({evil, State::Healthy, {}, 0});
  }
  scene.compare_with(earlier);
  return scene;
}

}  // namespace prober::golden

// How long each format takes for a report of 10,000 routes: a third broken, in the lengths that
// real texts have. Prints milliseconds, size and peak; exits 1 when a format takes a second or
// more.

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <string>

#include "../golden/scene.h"
#include "report/report.h"

namespace prober::golden {
namespace {

using Clock = std::chrono::steady_clock;
using report::Format;

constexpr int kRoutes = 10'000;
constexpr int kRuns = 3;
constexpr auto kMost = std::chrono::seconds(1);

Attempt over_tls(Attempt attempt, const std::string& name) {
  TlsFacts tls;
  tls.server_name = name;
  tls.completed = true;
  tls.version = "TLSv1.3";
  tls.cipher = "TLS_AES_128_GCM_SHA256";
  tls.chain = {make_certificate(name, 60), make_certificate("intermediate.example.com", 900)};
  attempt.tls = tls;
  attempt.timings.tls = std::chrono::milliseconds(4);
  return attempt;
}

Scene ten_thousand_routes() {
  Scene scene("bench");
  for (int i = 0; i < kRoutes; ++i) {
    const std::string host = fmt::format("service-{}.apps.internal", i);
    const Route route = make_route(fmt::format("service-{}", i), Scheme::Https, host, 8443);
    const Attempt good = over_tls(answered(make_attempt(6, 8443), 200), host);
    switch (i % 6) {
      case 0:
        scene.add(route,
                  observe({resolved(host, {5})}, {connect_error(make_attempt(5, 8443), ECONNREFUSED,
                                                                ConnectResult::DelayedError)}));
        break;
      case 1:
        scene.add(route, observe({resolved(host, {5, 6})},
                                 {handshake_error(make_attempt(5, 8443), host, 268435581,
                                                  "CERTIFICATE_VERIFY_FAILED"),
                                  good}));
        break;
      default:
        scene.add(route, observe({resolved(host, {6, 7})}, {good, good}));
    }
  }
  return scene;
}

int run() {
  const Scene scene = ten_thousand_routes();
  constexpr std::array kNames = {"human", "json",   "jsonl",      "junit",    "tap",  "github",
                                 "sarif", "nagios", "prometheus", "markdown", "html", "csv"};
  bool slow = false;
  for (const char* name : kNames) {
    const Format format = report::format_from_name(name).value_or(Format::Human);
    Clock::duration least = Clock::duration::max();
    std::size_t size = 0;
    for (int i = 0; i < kRuns; ++i) {
      const auto begun = Clock::now();
      size = report::render(scene.report(), format, {}).size();
      least = std::min(least, Clock::now() - begun);
    }
    slow |= least >= kMost;
    fmt::print("{:12}{:8.0f} ms{:10.1f} MB\n", name,
               std::chrono::duration<double, std::milli>(least).count(),
               static_cast<double>(size) / 1e6);
  }
  return slow ? 1 : 0;
}

}  // namespace
}  // namespace prober::golden

int main() {
  return prober::golden::run();
}

// Probes every fault of the simulator over real sockets and holds the predictions against what a
// real Envoy was recorded to answer.

#include "simulator/simulator.h"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <csignal>
#include <map>

#include "app/run.h"
#include "config/loader.h"

using namespace prober;

namespace {

std::string line(int status, const std::string& flags, const std::string& details, double share) {
  return fmt::format("{} {} {} ({:.3f})", status, flags, details, share);
}

std::vector<std::string> expected_lines(const simulator::Fault& fault) {
  std::vector<std::string> out;
  for (const simulator::Expected& one : fault.expected) {
    out.push_back(line(one.status, one.flags, one.details, one.share));
  }
  std::ranges::sort(out);
  return out;
}

std::vector<std::string> predicted_lines(const Verdict& verdict) {
  std::vector<std::string> out;
  for (const PredictedOutcome& one : verdict.outcomes) {
    out.push_back(line(one.prediction.status, to_string(one.prediction.flags),
                       one.prediction.details, one.share.value_or(one.race_share)));
  }
  std::ranges::sort(out);
  return out;
}

struct Probed {
  std::unique_ptr<simulator::Simulator> simulator;
  Configuration configuration;
  Report report;
};

Probed probe(const std::vector<const simulator::Fault*>& faults) {
  std::signal(SIGPIPE, SIG_IGN);
  Probed out;
  auto started = simulator::Simulator::start(faults);
  REQUIRE(started.has_value());
  out.simulator = std::move(*started);
  auto loaded = config::load_documents({{"faults.yaml", out.simulator->configuration()}}, {});
  for (const config::Diagnostic& one : loaded.diagnostics) {
    MESSAGE(config::to_string(one));
  }
  REQUIRE(loaded.configuration.has_value());
  out.configuration = std::move(*loaded.configuration);
  // Few at once: the timers of the faults are short, and the machine may be slow.
  out.configuration.settings.concurrency = 32;
  std::vector<const Route*> routes;
  for (const Route& route : out.configuration.routes) {
    routes.push_back(&route);
  }
  out.report = app::run_once(out.configuration, routes, {}).report;
  return out;
}

}  // namespace

TEST_CASE("every fault of the simulator is predicted as a real Envoy answered it") {
  const auto faults = simulator::all_faults();
  const Probed probed = probe(faults);
  REQUIRE(probed.report.routes.size() == faults.size());
  for (std::size_t i = 0; i < faults.size(); ++i) {
    CAPTURE(faults[i]->name);
    CHECK(predicted_lines(probed.report.routes[i].verdict) == expected_lines(*faults[i]));
  }
}

TEST_CASE("the demo shows every error of the documentation, each with cause and resolution") {
  const Probed probed = probe(simulator::demo_faults());
  std::map<std::string, int> errors;
  for (const RouteReport& route : probed.report.routes) {
    for (const PredictedOutcome& outcome : route.verdict.outcomes) {
      ++errors[outcome.error];
      if (outcome.fails) {
        CAPTURE(route.route->name);
        REQUIRE(outcome.explanation.has_value());
        CHECK_FALSE(outcome.explanation->cause.empty());
        CHECK_FALSE(outcome.explanation->resolution.empty());
        CHECK_FALSE(outcome.evidence.empty());
        CHECK(outcome.explanation->docs.starts_with("https://www.pomerium.com/docs/"));
      }
    }
  }
  for (const char* error :
       {"no_healthy_upstream", "upstream_max_stream_duration_reached", "upstream_per_try_timeout",
        "upstream_reset_after_response_started", "upstream_reset_before_response_started",
        "upstream_response_timeout", "via_upstream"}) {
    CAPTURE(error);
    CHECK(errors[error] > 0);
  }
}

TEST_CASE("what BoringSSL refuses and OpenSSL does not ends the attempt at once") {
  const auto faults = simulator::all_faults();
  const auto refused = std::ranges::find(faults, "tls-hello-extension", &simulator::Fault::name);
  auto started = simulator::Simulator::start({*refused});
  REQUIRE(started.has_value());
  auto loaded = config::load_documents({{"one.yaml", (*started)->configuration()}}, {});
  REQUIRE(loaded.configuration.has_value());
  Route& route = loaded.configuration->routes[0];
  ProxySettings patient = *route.proxy;
  patient.connect_timeout = std::chrono::hours(1);
  route.proxy = std::make_shared<const ProxySettings>(patient);
  const app::RunResult result =
      app::run_once(*loaded.configuration, {&route}, {std::chrono::milliseconds(60'000), false});
  CHECK(predicted_lines(result.report.routes[0].verdict) == expected_lines(**refused));
}

TEST_CASE("a run that is out of time says which routes were not finished") {
  const auto faults = simulator::all_faults();
  const auto silent = std::ranges::find(faults, "never-answers", &simulator::Fault::name);
  const auto healthy = std::ranges::find(faults, "healthy", &simulator::Fault::name);
  auto started = simulator::Simulator::start({*healthy, *silent});
  REQUIRE(started.has_value());
  auto loaded = config::load_documents({{"two.yaml", (*started)->configuration()}}, {});
  REQUIRE(loaded.configuration.has_value());
  auto& routes = loaded.configuration->routes;
  routes[1].timeout = std::chrono::minutes(5);
  const app::RunResult result = app::run_once(*loaded.configuration, {&routes[0], &routes[1]},
                                              {std::chrono::milliseconds(500), false});
  CHECK(result.report.routes[0].verdict.state == State::Healthy);
  CHECK(result.report.routes[1].verdict.state == State::Unknown);
  CHECK(result.report.routes[1].verdict.reason.starts_with(
      "the run ended after --timeout 500 ms; waited for the answer of 127.0.0.1:"));
}

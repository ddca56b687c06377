// The scheduler. A Generation is one configuration at work: its engine, its schedule, its sessions.
// A reload makes the next one; the states of routes that stay are carried over by name.

#include "daemon.h"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <csignal>
#include <ctime>
#include <optional>
#include <unordered_map>
#include <utility>

#include "configuration.h"
#include "net/engine.h"
#include "report/escape.h"
#include "run.h"
#include "schedule.h"

namespace prober::app {
namespace {

using States = std::unordered_map<std::string, State>;

// "2026-11-24T12:00:00Z wiki: healthy -> failing: 503 UF upstream_reset_...: nothing listens there"
std::string change_line(const Route& route, std::optional<State> before, const Verdict& verdict) {
  std::string line = fmt::format("{:%Y-%m-%dT%H:%M:%SZ} {}: ", fmt::gmtime(std::time(nullptr)),
                                 report::escape_control(route.name));
  line += before ? fmt::format("{} -> {}", to_string(*before), to_string(verdict.state))
                 : std::string(to_string(verdict.state));
  if (!verdict.outcomes.empty() && verdict.outcomes.front().fails) {
    const PredictedOutcome& worst = verdict.outcomes.front();
    const std::string flags = to_string(worst.prediction.flags);
    line += fmt::format(": {} {}{}{}", worst.prediction.status, flags, flags.empty() ? "" : " ",
                        report::escape_control(worst.prediction.details));
    if (worst.explanation) {
      line += ": " + report::escape_control(worst.explanation->cause);
    }
  } else if (!verdict.warnings.empty()) {
    line += ": " + report::escape_control(verdict.warnings.front().message);
  } else if (!verdict.reason.empty()) {
    line += ": " + report::escape_control(verdict.reason);
  }
  return line;
}

class Generation {
 public:
  Generation(net::Loop& loop, const Options& options, Configuration configuration,
             net::TimePoint epoch, States& states)
      : loop_(loop),
        configuration_(std::move(configuration)),
        states_(states),
        engine_(loop, configuration_.settings, concurrency_of(configuration_.settings)),
        schedule_(epoch),
        timer_(loop, [this] { start_due(); }) {
    const net::TimePoint now = net::Clock::now();
    for (const Route* route : chosen_routes(configuration_, options.route_globs)) {
      if (worth_probing(*route)) {
        routes_.push_back(route);
        schedule_.add(route->name, route->probe->interval, now);
      } else if (route->fault) {
        announce(*route, {});
      }
    }
    sessions_.resize(routes_.size());
    arm();
  }

  [[nodiscard]] std::size_t size() const { return routes_.size(); }

 private:
  void arm() {
    const auto due = schedule_.next_due();
    if (due && (!timer_.armed() || *due != timer_.due())) {
      timer_.arm(*due);
    }
  }

  void start_due() {
    const net::TimePoint now = net::Clock::now();
    while (const auto index = schedule_.take(now)) {
      const std::size_t i = *index;
      sessions_[i] = engine_.probe(*routes_[i], [this, i](const Observation& observation) {
        loop_.destroy_later(std::shared_ptr<net::ProbeSession>(std::move(sessions_[i])));
        take(i, observation);
        schedule_.finished(i, net::Clock::now());
        arm();
      });
    }
    arm();
  }

  void take(std::size_t index, const Observation& observation) {
    announce(*routes_[index], observation);
  }

  void announce(const Route& route, const Observation& observation) {
    const Verdict verdict = judge(route, configuration_.settings, observation, wall_clock());
    const auto known = states_.find(route.name);
    const std::optional<State> before =
        known == states_.end() ? std::nullopt : std::optional(known->second);
    states_[route.name] = verdict.state;
    const bool worth_a_line = before ? *before != verdict.state : verdict.state != State::Healthy;
    if (worth_a_line) {
      fmt::print("{}\n", change_line(route, before, verdict));
      std::fflush(stdout);
    }
  }

  net::Loop& loop_;
  Configuration configuration_;
  States& states_;
  net::Engine engine_;
  Schedule schedule_;
  net::Timer timer_;
  std::vector<const Route*> routes_;
  std::vector<std::unique_ptr<net::ProbeSession>> sessions_;
};

class Daemon {
 public:
  Daemon(const Options& options, Configuration configuration)
      : options_(options),
        epoch_(net::Clock::now()),
        sighup_(loop_, SIGHUP, [this] { reload(); }),
        sigterm_(loop_, SIGTERM, [this] { loop_.stop(); }),
        sigint_(loop_, SIGINT, [this] {
          interrupted_ = true;
          loop_.stop();
        }) {
    generation_ =
        std::make_unique<Generation>(loop_, options_, std::move(configuration), epoch_, states_);
    spdlog::info("probing {} routes", generation_->size());
  }

  ExitCode go() {
    loop_.run();
    loop_.drain();
    generation_.reset();
    loop_.drain();
    return interrupted_ ? ExitCode::Interrupted : ExitCode::Ok;
  }

 private:
  void reload() {
    auto loaded = load_configuration(options_);
    if (!loaded) {
      spdlog::error("the configuration is bad; the old one goes on");
      return;
    }
    auto next = std::make_unique<Generation>(loop_, options_, std::move(*loaded), epoch_, states_);
    // Sessions of the old one may be waiting for their end; they go first.
    loop_.destroy_later(std::shared_ptr<Generation>(std::exchange(generation_, std::move(next))));
    spdlog::info("reloaded: probing {} routes", generation_->size());
  }

  const Options& options_;
  net::Loop loop_;
  net::TimePoint epoch_;
  States states_;
  net::SignalWatch sighup_;
  net::SignalWatch sigterm_;
  net::SignalWatch sigint_;
  std::unique_ptr<Generation> generation_;
  bool interrupted_ = false;
};

}  // namespace

ExitCode run_daemon(const Options& options, Configuration configuration) {
  return Daemon(options, std::move(configuration)).go();
}

}  // namespace prober::app

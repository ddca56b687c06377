#include "run.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <ctime>
#include <numeric>
#include <span>
#include <utility>

#include "prober/request.h"
#include "progress.h"
#include "report/escape.h"
#include "version.h"

namespace prober::app {
namespace {

constexpr Duration kProgressAfter = std::chrono::seconds(1);
constexpr Duration kProgressEvery = std::chrono::milliseconds(250);
// Between rounds: doubled each time, since what is not up soon takes longer.
constexpr Duration kFirstPause = std::chrono::milliseconds(500);
constexpr Duration kLongestPause = std::chrono::seconds(5);
constexpr std::size_t kMostNamed = 4;

std::int64_t milliseconds_since_1970() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

class Run {
 public:
  Run(const Configuration& configuration, const std::vector<const Route*>& routes,
      const RunLimits& limits)
      : configuration_(configuration),
        most_(concurrency_of(configuration.settings)),
        engine_(loop_, configuration.settings, most_),
        limits_(limits),
        timeout_(
            loop_,
            [this] {
              give_up(fmt::format("the run ended after --timeout {}", human(*limits_.timeout)));
            }),
        progress_(loop_, [this] { show_progress(); }),
        pause_(loop_, [this] { start_round(); }),
        sigint_(loop_, SIGINT, [this] { interrupt(); }),
        sigterm_(loop_, SIGTERM, [this] { interrupt(); }) {
    report_.version = kVersion;
    report_.started_at_ms = milliseconds_since_1970();
    report_.retry_for = limits.retry_for;
    for (const Route* route : routes) {
      report_.routes.push_back({route, {}, {}, {}, 0, {}});
      report_.proxy = route->proxy->envoy;
    }
    sessions_.resize(routes.size());
    well_.resize(routes.size());
    handed_over_.resize(routes.size());
    round_.resize(routes.size());
    std::iota(round_.begin(), round_.end(), std::size_t{0});
  }

  RunResult go() {
    started_ = net::Clock::now();
    if (limits_.timeout) {
      timeout_.arm(started_ + *limits_.timeout);
    }
    if (limits_.progress) {
      progress_.arm(started_ + kProgressAfter);
    }
    loop_.defer([this] { start_more(); });
    loop_.run();
    clear_progress();
    sessions_.clear();
    ended_ = true;
    loop_.drain();
    for (std::size_t i = 0; i < report_.routes.size(); ++i) {
      hand_over(i);
    }
    report_.duration = net::Clock::now() - started_;
    return {std::move(report_), interrupted_};
  }

 private:
  // As many sessions as connections: a session holds the plans of its attempts, so that 10,000 of
  // them at once would cost memory for nothing.
  void start_more() {
    if (between_rounds_) {
      return;
    }
    while (next_ < round_.size() && open_ < most_ && !ended_) {
      const std::size_t index = round_[next_++];
      const Route& route = *report_.routes[index].route;
      if (!worth_probing(route)) {
        conclude(index, {});
        continue;
      }
      ++open_;
      sessions_[index] = engine_.probe(route, [this, index](Observation observation) {
        --open_;
        loop_.destroy_later(std::shared_ptr<net::ProbeSession>(std::move(sessions_[index])));
        conclude(index, std::move(observation));
        loop_.defer([this] { start_more(); });
      });
    }
    if (done_ == round_.size() && !ended_) {
      end_round();
    }
  }

  void conclude(std::size_t index, Observation observation) {
    RouteReport& one = report_.routes[index];
    if (one.rounds == 1) {
      one.first = std::move(one.verdict);
    }
    ++one.rounds;
    one.observation = std::move(observation);
    one.verdict = judge(*one.route, configuration_.settings, one.observation, wall_clock());
    forget_bodies(one.observation);
    well_[index] = !limits_.examine || limits_.examine(report_, index);
    if (!may_be_probed_again(index, net::Clock::now())) {
      hand_over(index);
    }
    ++done_;
    broken_ += one.verdict.state == State::Failing || one.verdict.state == State::Degraded ? 1 : 0;
  }

  [[nodiscard]] bool may_be_probed_again(std::size_t index, net::TimePoint now) const {
    return limits_.retry_for && !ended_ && !well_[index] &&
           is_safe_method(report_.routes[index].route->probe->method) &&
           now < started_ + *limits_.retry_for;
  }

  void hand_over(std::size_t index) {
    if (!handed_over_[index] && limits_.on_final) {
      limits_.on_final(report_.routes[index]);
    }
    handed_over_[index] = true;
  }

  // No report prints a body, and 10,000 of them would fill the memory.
  static void forget_bodies(Observation& observation) {
    for (EndpointObservation& endpoint : observation.endpoints) {
      for (Attempt& attempt : endpoint.attempts) {
        if (attempt.http) {
          attempt.http->body = {};
        }
      }
    }
  }

  // The last round begins when the time is over, so that the report says how things were then.
  void end_round() {
    between_rounds_ = true;
    const net::TimePoint now = net::Clock::now();
    std::erase_if(round_, [&](std::size_t i) { return !may_be_probed_again(i, now); });
    if (round_.empty()) {
      loop_.stop();
      return;
    }
    next_ = done_ = broken_ = 0;
    const net::TimePoint last = started_ + limits_.retry_for.value_or(Duration{});
    pause_.arm(std::min(now + pause_length_, last));
    pause_length_ = std::min(pause_length_ * 2, kLongestPause);
  }

  void start_round() {
    ++report_.rounds;
    between_rounds_ = false;
    clear_progress();
    std::string names;
    for (std::size_t i = 0; i < std::min(round_.size(), kMostNamed); ++i) {
      names += (i == 0 ? "" : ", ") + report::escape_control(report_.routes[round_[i]].route->name);
    }
    names += round_.size() > kMostNamed ? ", ..." : "";
    fmt::print(stderr, "prober: round {} after {}: probing {} of {} routes again: {}\n",
               report_.rounds, human(net::Clock::now() - started_), round_.size(),
               report_.routes.size(), names);
    start_more();
  }

  // Keeps what is known; the rest is Unknown.
  void give_up(const std::string& reason) {
    ended_ = true;
    report_.ended_early = reason;
    for (std::size_t i = 0; i < sessions_.size() && report_.rounds == 1; ++i) {
      if (sessions_[i]) {
        conclude(i, sessions_[i]->partial(reason + "; waited for " + sessions_[i]->waiting().what));
        sessions_[i].reset();
      } else if (report_.routes[i].rounds == 0) {
        Observation nothing;
        nothing.finished = false;
        nothing.unfinished_reason = reason + "; it had not begun";
        conclude(i, worth_probing(*report_.routes[i].route) ? nothing : Observation{});
      }
    }
    loop_.stop();
  }

  void interrupt() {
    interrupted_ = true;
    give_up("interrupted");
  }

  void show_progress() {
    RunProgress now{done_, round_.size(), broken_, {}, round_.size() - next_, {}};
    if (limits_.timeout) {
      now.run_left = started_ + *limits_.timeout - net::Clock::now();
    }
    for (const std::size_t i : std::span(round_).first(next_)) {
      if (sessions_[i]) {
        const net::Waiting waiting = sessions_[i]->waiting();
        now.open.push_back({report_.routes[i].route->name, waiting.what, {}});
        if (waiting.until) {
          now.open.back().left = *waiting.until - net::Clock::now();
        }
      }
    }
    winsize size{};
    const bool known = ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 1;
    fmt::print(stderr, "\r{}\x1b[K",
               progress_line(now, wall_clock(), known ? size.ws_col - 1U : 79U));
    std::fflush(stderr);
    progress_shown_ = true;
    progress_.arm(net::Clock::now() + kProgressEvery);
  }

  void clear_progress() {
    if (std::exchange(progress_shown_, false)) {
      fmt::print(stderr, "\r\x1b[K");
    }
  }

  const Configuration& configuration_;
  std::size_t most_;
  net::Loop loop_;
  net::Engine engine_;
  const RunLimits& limits_;
  net::Timer timeout_;
  net::Timer progress_;
  net::Timer pause_;
  net::SignalWatch sigint_;
  net::SignalWatch sigterm_;
  Report report_;
  std::vector<std::unique_ptr<net::ProbeSession>> sessions_;
  net::TimePoint started_;
  std::vector<std::size_t> round_;  // indices of the routes that this round probes
  std::vector<bool> well_;
  std::vector<bool> handed_over_;
  std::size_t next_ = 0;  // of round_
  std::size_t open_ = 0;
  std::size_t done_ = 0;
  std::size_t broken_ = 0;
  Duration pause_length_ = kFirstPause;
  bool between_rounds_ = false;
  bool ended_ = false;
  bool interrupted_ = false;
  bool progress_shown_ = false;
};

}  // namespace

std::int64_t wall_clock() {
  return std::time(nullptr);
}

std::size_t concurrency_of(const Settings& settings) {
  const std::size_t fit = net::connections_that_fit();
  const std::size_t wanted = std::max(1U, settings.concurrency);
  if (fit < wanted) {
    spdlog::warn(
        "only {} connections at once instead of {}: the limit of open files is too low (ulimit -n)",
        fit, wanted);
  }
  return std::min(fit, wanted);
}

RunResult run_once(const Configuration& configuration, const std::vector<const Route*>& routes,
                   const RunLimits& limits) {
  return Run(configuration, routes, limits).go();
}

}  // namespace prober::app

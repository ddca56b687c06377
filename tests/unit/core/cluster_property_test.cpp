// The cluster model against a plain simulation: hosts with fixed ends, a loop of requests,
// counters, ejections. The simulation knows nothing of the model's reasoning.

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <random>

#include "cluster.h"

using namespace prober;

namespace {

struct SimulatedHost {
  std::uint32_t weight = 1;
  bool unhealthy = false;
  bool fails = false;
  bool ejected = false;
  std::uint32_t failures = 0;
  double due = 0;  // when its turn comes, for the weighted round robin
  std::uint64_t requests = 0;
};

class Simulation {
 public:
  Simulation(std::vector<SimulatedHost> hosts, const ClusterSettings& settings, std::uint32_t seed)
      : hosts_(std::move(hosts)), settings_(settings), random_(seed) {
    for (SimulatedHost& host : hosts_) {
      host.due = static_cast<double>(random_() % 1000) / 1000 / host.weight;
    }
  }

  void request(bool counted) {
    const std::vector<SimulatedHost*> usable = in_rotation();
    if (usable.empty()) {
      return;
    }
    SimulatedHost& host = pick(usable);
    host.requests += counted ? 1U : 0U;
    host.failures = host.fails ? host.failures + 1 : 0;
    if (host.failures == settings_.outlier_detection->consecutive_5xx) {
      host.failures = 0;
      maybe_eject(host);
    }
  }

  [[nodiscard]] std::uint64_t requests_to(std::size_t host) const { return hosts_[host].requests; }
  [[nodiscard]] bool panics() const {
    const auto fit = std::ranges::count_if(hosts_, &Simulation::fit);
    const auto all = std::ssize(hosts_);
    return 140 * fit / all < 100 &&
           fit * 100 < all * static_cast<std::ptrdiff_t>(settings_.healthy_panic_threshold);
  }

 private:
  static bool fit(const SimulatedHost& host) { return !host.unhealthy && !host.ejected; }

  std::vector<SimulatedHost*> in_rotation() {
    const bool all = panics();
    std::vector<SimulatedHost*> out;
    for (SimulatedHost& host : hosts_) {
      if (all || fit(host)) {
        out.push_back(&host);
      }
    }
    return out;
  }

  SimulatedHost& pick(const std::vector<SimulatedHost*>& usable) {
    if (settings_.policy == LoadBalancingPolicy::Random) {
      return *usable[random_() % usable.size()];
    }
    SimulatedHost& next = **std::ranges::min_element(usable, {}, &SimulatedHost::due);
    now_ = std::max(now_, next.due);
    next.due = now_ + 1.0 / next.weight;
    return next;
  }

  void maybe_eject(SimulatedHost& host) {
    if (host.ejected) {
      return;
    }
    const OutlierDetection& detection = *settings_.outlier_detection;
    const auto out = std::ranges::count_if(hosts_, &SimulatedHost::ejected);
    const bool room =
        100 * (out + 1) <= std::ssize(hosts_) * std::ptrdiff_t{detection.max_ejection_percent};
    host.ejected = room || (out == 0 && detection.always_eject_one_host);
  }

  std::vector<SimulatedHost> hosts_;
  const ClusterSettings& settings_;
  std::minstd_rand random_;
  double now_ = 0;
};

struct Cluster {
  std::vector<SimulatedHost> hosts;
  ClusterSettings settings;
};

Cluster random_cluster(std::mt19937& random) {
  const auto below = [&random](std::uint32_t limit) {
    return static_cast<std::uint32_t>(random() % limit);
  };
  Cluster out;
  const std::uint32_t bad = below(100);
  const std::uint32_t sick = below(2) == 0 ? 0 : below(100);
  out.settings.policy =
      below(4) == 0 ? LoadBalancingPolicy::Random : LoadBalancingPolicy::RoundRobin;
  // RANDOM ignores weights, so hosts of different weight would share their chances.
  const bool weighted = out.settings.policy == LoadBalancingPolicy::RoundRobin && below(2) == 0;
  out.hosts.resize(1 + below(30));
  for (SimulatedHost& host : out.hosts) {
    host.weight = weighted ? 1U << below(3) : 1;  // far apart: see about_as_soon
    host.fails = below(100) < bad;
    host.unhealthy = below(100) < sick;
  }
  out.settings.healthy_panic_threshold = below(3) == 0 ? 50 : below(101);
  OutlierDetection detection;
  detection.max_ejection_percent = below(3) == 0 ? 10 : below(101);
  detection.always_eject_one_host = below(4) == 0;
  detection.consecutive_5xx = weighted ? 5 : 1 + below(6);
  out.settings.outlier_detection = detection;
  return out;
}

std::vector<Host> as_model(const std::vector<SimulatedHost>& hosts) {
  std::vector<Host> out;
  for (const SimulatedHost& host : hosts) {
    out.push_back({host.weight, !host.unhealthy, host.fails, ""});
  }
  return out;
}

// Hosts that chance treats alike share one sum: which of them is ejected differs from run to run.
std::string kind(const SimulatedHost& host) {
  return fmt::format("{}{}{}", host.fails, host.unhealthy, host.weight);
}

}  // namespace

TEST_CASE("rotate: agrees with a simulation over random clusters of up to 30 hosts") {
  std::mt19937 random(20260821);
  constexpr std::uint64_t kCounted = 3000;
  for (int round = 0; round < 250; ++round) {
    const Cluster cluster = random_cluster(random);
    const Rotation rotation = rotate(as_model(cluster.hosts), cluster.settings);
    Simulation simulation(cluster.hosts, cluster.settings, static_cast<std::uint32_t>(random()));
    for (std::size_t i = 0; i < 100 * cluster.hosts.size(); ++i) {
      simulation.request(false);
    }
    for (std::uint64_t i = 0; i < kCounted; ++i) {
      simulation.request(true);
    }
    CAPTURE(round);
    CHECK(rotation.panic == simulation.panics());
    std::map<std::string, std::pair<double, double>> sums;  // by kind: the model's, simulated
    double simulated = 0;
    for (std::size_t i = 0; i < cluster.hosts.size(); ++i) {
      auto& [model, seen] = sums[kind(cluster.hosts[i])];
      const double share = static_cast<double>(simulation.requests_to(i)) / kCounted;
      model += rotation.share[i];
      seen += share;
      simulated += share;
    }
    CHECK(rotation.empty == (simulated == 0));
    for (const auto& [name, sum] : sums) {
      CAPTURE(name);
      CHECK(std::abs(sum.first - sum.second) < 0.03);
    }
  }
}

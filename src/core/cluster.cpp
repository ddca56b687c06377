#include "cluster.h"

#include <algorithm>
#include <optional>
#include <span>

#include "hash_policy.h"

namespace prober {
namespace {

// HostSet's overprovisioning factor: with 72 % of the hosts healthy all is well, whatever the
// panic threshold (LoadBalancerBase::recalculatePerPriorityPanic; measured).
constexpr std::size_t kOverprovisioning = 140;

bool in_panic(std::size_t healthy, std::size_t hosts, std::uint32_t threshold) {
  const bool enough = kOverprovisioning * healthy / hosts >= 100;
  const double percent = 100.0 * static_cast<double>(healthy) / static_cast<double>(hosts);
  return !enough && percent < std::min(threshold, 100U);
}

// How many hosts may be out at once: DetectorImpl::ejectHost compares the share *after* the
// ejection with the limit, in doubles.
std::size_t most_ejections(std::size_t hosts, const std::optional<OutlierDetection>& detection) {
  std::size_t out = 0;
  while (detection && out < hosts) {
    const double percent = 100.0 * static_cast<double>(out + 1) / static_cast<double>(hosts);
    const bool within = percent <= std::min(detection->max_ejection_percent, 100U);
    const bool one_allowed = out == 0 && detection->always_eject_one_host;
    if (!within && !one_allowed) {
      break;
    }
    ++out;
  }
  return out;
}

class Rotor {
 public:
  Rotor(const std::vector<Host>& hosts, const ClusterSettings& settings)
      : hosts_(hosts),
        settings_(settings),
        left_(most_ejections(hosts.size(), settings.outlier_detection)),
        healthy_(
            static_cast<std::size_t>(std::ranges::count_if(hosts, &Host::passes_health_checks))) {
    out_.share.assign(hosts.size(), 0.0);
    out_.ejected.assign(hosts.size(), 0.0);
    if (!hosts.empty()) {
      update_panic();
    }
  }

  Rotation run() {
    if (hosts_.empty() || settings_.circuit_breakers.max_connection_pools == 0U) {
      out_.panic = false;
      return std::move(out_);
    }
    hashed() ? rotate_hashed() : rotate_all();
    return std::move(out_);
  }

 private:
  [[nodiscard]] bool hashed() const {
    return settings_.policy == LoadBalancingPolicy::RingHash ||
           settings_.policy == LoadBalancingPolicy::Maglev;
  }

  void update_panic() {
    out_.panic = in_panic(healthy_, hosts_.size(), settings_.healthy_panic_threshold);
  }

  // A host that gets requests gets more of them the heavier it is, so the heaviest reaches the
  // threshold first. RANDOM does not look at weights (measured).
  [[nodiscard]] std::uint32_t weight(std::size_t host) const {
    return settings_.policy == LoadBalancingPolicy::Random ? 1 : hosts_[host].weight;
  }

  // Those that get requests and fail, heaviest first. In panic also those that fail their health
  // check get some.
  [[nodiscard]] std::vector<std::size_t> candidates() const {
    std::vector<std::size_t> out;
    for (std::size_t i = 0; i < hosts_.size(); ++i) {
      if (hosts_[i].ejectable && out_.ejected[i] < 1.0 &&
          (out_.panic || hosts_[i].passes_health_checks)) {
        out.push_back(i);
      }
    }
    std::ranges::stable_sort(
        out, [this](std::size_t a, std::size_t b) { return weight(a) > weight(b); });
    return out;
  }

  // With the threshold at t, the heavier is sure to be first only where it has had t requests
  // before the lighter one can have had them.
  [[nodiscard]] bool about_as_soon(std::size_t lighter, std::size_t heavier) const {
    const std::uint64_t threshold =
        settings_.outlier_detection.value_or(OutlierDetection{}).consecutive_5xx;
    return weight(lighter) == weight(heavier) ||
           weight(lighter) * threshold > weight(heavier) * (threshold - 1);
  }

  // How many of `group`, which are all healthy, are ejected before the limit or panic ends it.
  std::size_t eject_some(std::size_t group) {
    std::size_t out = 0;
    while (out < group && left_ > 0 && !out_.panic) {
      ++out;
      --left_;
      --healthy_;
      update_panic();
    }
    return out;
  }

  // Which of several alike is ejected is chance, so each is out with the same probability.
  void mark(std::span<const std::size_t> group, std::size_t ejected) {
    for (const std::size_t host : group) {
      const double in = 1.0 - out_.ejected[host];
      out_.ejected[host] += in * static_cast<double>(ejected) / static_cast<double>(group.size());
    }
  }

  void eject() {
    const std::vector<std::size_t> all = candidates();
    for (std::size_t first = 0; first < all.size() && left_ > 0 && !out_.panic;) {
      std::size_t last = first;
      while (last < all.size() && about_as_soon(all[last], all[first])) {
        ++last;
      }
      const std::span<const std::size_t> group(all.data() + first, last - first);
      mark(group, eject_some(group.size()));
      first = last;
    }
    if (out_.panic && left_ > 0) {
      // Now all get requests, and what the limit still allows goes on; nobody's share changes.
      const std::vector<std::size_t> rest = candidates();
      double in = 0;
      for (const std::size_t host : rest) {
        in += 1.0 - out_.ejected[host];
      }
      for (const std::size_t host : rest) {
        const double chance = std::min(1.0, static_cast<double>(left_) / in);
        out_.ejected[host] += (1.0 - out_.ejected[host]) * chance;
      }
    }
  }

  void rotate_all() {
    eject();
    double total = 0;
    for (std::size_t i = 0; i < hosts_.size(); ++i) {
      const double in = hosts_[i].passes_health_checks ? 1.0 - out_.ejected[i] : 0.0;
      out_.share[i] = (out_.panic ? 1.0 : in) * weight(i);
      total += out_.share[i];
    }
    out_.empty = total <= 0;
    for (double& share : out_.share) {
      share = out_.empty ? 0.0 : share / total;
    }
  }

  [[nodiscard]] std::vector<std::size_t> in_rotation() const {
    std::vector<std::size_t> out;
    for (std::size_t i = 0; i < hosts_.size(); ++i) {
      if (out_.panic || (hosts_[i].passes_health_checks && out_.ejected[i] == 0.0)) {
        out.push_back(i);
      }
    }
    return out;
  }

  [[nodiscard]] std::optional<HashTable> table(const std::vector<std::size_t>& members) const {
    std::vector<HashedHost> hosts;
    hosts.reserve(members.size());
    for (const std::size_t i : members) {
      hosts.push_back({hosts_[i].address, hosts_[i].weight});
    }
    return settings_.policy == LoadBalancingPolicy::Maglev ? maglev(hosts) : ring_hash(hosts);
  }

  // All visitors without a session go to one host. If it fails it alone is ejected; the table is
  // then built of the others, and the next one has them all.
  void rotate_hashed() {
    while (true) {
      const std::vector<std::size_t> members = in_rotation();
      out_.empty = members.empty();
      if (out_.empty) {
        return;
      }
      const auto found = table(members);
      if (!found) {
        out_.one_of_all = true;
        for (const std::size_t host : members) {
          out_.share[host] = 1.0 / static_cast<double>(members.size());
        }
        return;
      }
      const std::size_t host = members[found->anonymous];
      if (hosts_[host].ejectable && out_.ejected[host] == 0.0 && left_ > 0) {
        out_.ejected[host] = 1.0;
        --left_;
        healthy_ -= hosts_[host].passes_health_checks ? 1U : 0U;
        update_panic();
        continue;
      }
      out_.share[host] = 1.0;
      out_.sessions.assign(hosts_.size(), 0.0);
      for (std::size_t i = 0; i < members.size(); ++i) {
        out_.sessions[members[i]] = found->sessions[i];
      }
      return;
    }
  }

  const std::vector<Host>& hosts_;
  const ClusterSettings& settings_;
  std::size_t left_;     // ejections that the limit still allows
  std::size_t healthy_;  // pass their checks and are not ejected
  Rotation out_;
};

}  // namespace

Rotation rotate(const std::vector<Host>& hosts, const ClusterSettings& settings) {
  return Rotor(hosts, settings).run();
}

}  // namespace prober

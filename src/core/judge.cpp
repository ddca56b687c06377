// What was observed of a route -> its verdict: who gets the requests, how they end, how bad that
// is.

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "cluster.h"
#include "config_fault.h"
#include "prober/explanation.h"
#include "prober/verdict.h"
#include "warnings.h"

namespace prober {
namespace {

constexpr double kNothing = 1e-9;  // shares below are rounding

struct Judgement {
  std::vector<Prediction> predictions;  // several: a race
  const Attempt* attempt = nullptr;
  bool fails = false;
};

class Judge {
 public:
  Judge(const Route& route, const Settings& settings, const Observation& observation,
        std::int64_t now)
      : route_(route), settings_(settings), observation_(observation), now_(now) {}

  Verdict run() {
    Verdict out;
    if (route_.fault) {
      return judge_fault(route_, *route_.fault);
    }
    if (!route_.skip_reason.empty()) {
      out.state = State::Skipped;
      out.reason = route_.skip_reason;
      return out;
    }
    for (const EndpointObservation& endpoint : observation_.endpoints) {
      judged_.push_back(judge_endpoint(endpoint));
    }
    const bool open =
        !observation_.finished ||
        std::ranges::any_of(judged_, [](const Judgement& one) { return one.predictions.empty(); });
    if (open) {
      out.state = State::Unknown;
      out.reason = observation_.finished
                       ? "no answer came, and no limit of the route would end the waiting"
                       : observation_.unfinished_reason;
      return out;
    }
    out.headroom = headroom_of(route_, settings_, observation_);
    out.warnings = warnings_of(route_, observation_, out.headroom, now_);
    outcomes(out);
    out.state = state_of(out);
    if (const std::string silent = silent_datagrams();
        out.state <= State::Warning && !silent.empty()) {
      out.state = State::Unknown;
      out.reason = fmt::format("{} stays silent: a UDP service may be well or not there", silent);
    }
    return out;
  }

 private:
  Judgement judge_endpoint(const EndpointObservation& endpoint) const {
    Judgement out;
    if (endpoint.attempts.empty()) {
      return out;
    }
    const Attempt& attempt = endpoint.attempts.front();
    out.attempt = &attempt;
    out.predictions = with_circuit_breakers(predict(attempt, route_), attempt);
    out.fails = std::ranges::any_of(out.predictions,
                                    [&](const Prediction& one) { return fails(one, attempt); });
    return out;
  }

  // max_pending_requests 0 lets nothing wait for a connection; max_requests 0 is only asked once
  // there is one (measured).
  std::vector<Prediction> with_circuit_breakers(std::vector<Prediction> predictions,
                                                const Attempt& attempt) const {
    const CircuitBreakers& breakers = route_.cluster->circuit_breakers;
    const bool connected =
        attempt.connect == ConnectResult::Connected && (!attempt.tls || attempt.tls->completed);
    if (breakers.max_pending_requests == 0U || (breakers.max_requests == 0U && connected)) {
      return {overflow(route_)};
    }
    return predictions;
  }

  // A tunnel that the proxy opens is no use to a visitor when nobody answers at its other end.
  bool fails(const Prediction& prediction, const Attempt& attempt) const {
    // The 502 of Pomerium's own reverse proxy looks like the upstream's.
    const bool of_pomerium =
        route_.kubernetes && !(attempt.http && attempt.http->status == prediction.status);
    return prediction.details != "via_upstream" || of_pomerium ||
           !as_expected(prediction, attempt) || useless_tunnel(route_, attempt);
  }

  // The UDP upstreams of which nothing is known.
  std::string silent_datagrams() const {
    std::string out;
    for (const Judgement& one : judged_) {
      const bool udp = route_.to.at(one.attempt->upstream).scheme == Scheme::Udp;
      if (udp && one.attempt->answer == Answer::Silent) {
        out += (out.empty() ? "" : ", ") + one.attempt->endpoint.to_string();
      }
    }
    return out;
  }

  bool as_expected(const Prediction& prediction, const Attempt& attempt) const {
    if (!attempt.http) {
      return true;
    }
    return expected_status(*route_.probe, prediction.status) &&
           expected_body(*route_.probe, *attempt.http);
  }

  std::vector<Host> hosts() const {
    std::vector<Host> out;
    for (std::size_t i = 0; i < judged_.size(); ++i) {
      const Attempt& attempt = *judged_[i].attempt;
      const auto& health = observation_.endpoints[i].health;
      const auto& detection = route_.cluster->outlier_detection;
      Host host;
      host.weight = std::max(1U, route_.to.at(attempt.upstream).weight);
      host.passes_health_checks = !health || health->healthy;
      host.ejectable = detection && would_eject(judged_[i].predictions, attempt, *detection);
      host.address = attempt.endpoint.to_string();
      out.push_back(std::move(host));
    }
    return out;
  }

  void outcomes(Verdict& out) {
    if (route_.kubernetes) {
      add_reproxied(out);
      return;
    }
    const std::vector<Host> all = hosts();
    const Rotation rotation = rotate(all, *route_.cluster);
    out_of_rotation(out, all, rotation);
    if (rotation.empty) {
      add_no_host(out);
      return;
    }
    add_hosts(out, rotation);
    if (rotation.one_of_all) {
      one_race(out);
    }
    sessions(out, rotation);
    connection_pools(out, rotation);
    worst_first(out);
  }

  static void worst_first(Verdict& out) {
    std::ranges::stable_sort(out.outcomes,
                             [](const PredictedOutcome& a, const PredictedOutcome& b) {
                               const double share_a = a.share.value_or(a.race_share);
                               const double share_b = b.share.value_or(b.race_share);
                               return a.fails != b.fails ? a.fails : share_a > share_b;
                             });
  }

  // Pomerium's own reverse proxy picks one of the URLs and Go connects to the first address that
  // takes the connection; health checks, weights and ejections are Envoy's and do not count
  // (internal/httputil/reproxy/reproxy.go).
  void add_reproxied(Verdict& out) const {
    Rotation rotation;
    rotation.share.assign(judged_.size(), 0.0);
    rotation.ejected.assign(judged_.size(), 0.0);
    double reached = 0;
    const double each = 1.0 / static_cast<double>(route_.to.size());
    for (std::size_t url = 0; url < route_.to.size(); ++url) {
      std::optional<std::size_t> taken;
      for (std::size_t i = 0; i < judged_.size(); ++i) {
        const Attempt& attempt = *judged_[i].attempt;
        const bool better = !taken || judged_[*taken].attempt->connect != ConnectResult::Connected;
        if (attempt.upstream == url && better) {
          taken = taken && attempt.connect != ConnectResult::Connected ? taken : i;
        }
      }
      if (taken) {
        rotation.share[*taken] += each;
        reached += each;
      }
    }
    add_hosts(out, rotation);
    if (reached < 1.0 - kNothing) {
      PredictedOutcome none = no_host({502, {}, "via_upstream", true});
      none.share = 1.0 - reached;
      out.outcomes.push_back(std::move(none));
    }
    worst_first(out);
  }

  PredictedOutcome no_host(const Prediction& prediction) const {
    PredictedOutcome outcome;
    outcome.prediction = prediction;
    outcome.error = error_name(prediction.details);
    outcome.fails = true;
    const Attempt* attempt = judged_.empty() ? nullptr : judged_.front().attempt;
    outcome.evidence = evidence(observation_.lookups);
    outcome.explanation = explain(outcome.prediction, route_, attempt, observation_.lookups, now_);
    return outcome;
  }

  void add_no_host(Verdict& out) const {
    PredictedOutcome outcome = no_host(no_healthy_upstream(route_));
    outcome.share = 1.0;
    for (const EndpointObservation& endpoint : observation_.endpoints) {
      if (endpoint.health && !endpoint.health->healthy) {
        outcome.evidence.push_back(fmt::format("the health check of {} failed: {}",
                                               endpoint.attempts.front().endpoint.to_string(),
                                               endpoint.health->why));
      }
    }
    out.outcomes.push_back(std::move(outcome));
  }

  PredictedOutcome make(const Prediction& prediction, const Judgement& judgement) const {
    PredictedOutcome out;
    out.prediction = prediction;
    out.error = error_name(prediction.details);
    out.fails = fails(prediction, *judgement.attempt);
    if (out.fails) {
      out.explanation = explain(prediction, route_, judgement.attempt, observation_.lookups, now_);
    }
    return out;
  }

  // Hosts that are in the same race end in the same set of ways, and share one number.
  struct Group {
    std::vector<Prediction> predictions;
    std::vector<std::size_t> members;
    bool by_chance = false;  // of these hosts some are ejected, and chance says which
  };

  // Hosts that end alike are one group. Of those of which chance ejects some, it depends on chance
  // how requests end: they are one group too, unless all of them end alike.
  std::vector<Group> groups(const Rotation& rotation) const {
    std::vector<Group> out;
    for (std::size_t i = 0; i < judged_.size(); ++i) {
      if (rotation.share[i] <= kNothing) {
        continue;
      }
      const bool chance = !rotation.panic && rotation.ejected[i] > kNothing;
      const auto same = std::ranges::find_if(out, [&](const Group& group) {
        return chance ? group.by_chance : group.predictions == judged_[i].predictions;
      });
      if (same == out.end()) {
        out.push_back({judged_[i].predictions, {i}, chance});
        continue;
      }
      same->members.push_back(i);
      for (const Prediction& one : judged_[i].predictions) {
        if (std::ranges::find(same->predictions, one) == same->predictions.end()) {
          same->predictions.push_back(one);
        }
      }
    }
    return out;
  }

  // The hosts of a group that may end this way.
  std::vector<std::size_t> ending_so(const Group& group, const Prediction& prediction) const {
    std::vector<std::size_t> out;
    std::ranges::copy_if(group.members, std::back_inserter(out), [&](std::size_t i) {
      const auto& own = judged_[i].predictions;
      return std::ranges::find(own, prediction) != own.end();
    });
    return out;
  }

  void add_hosts(Verdict& out, const Rotation& rotation) const {
    int races = 0;
    for (const Group& group : groups(rotation)) {
      const bool race = group.predictions.size() > 1;
      races += race ? 1 : 0;
      double share = 0;
      for (const std::size_t i : group.members) {
        share += rotation.share[i];
      }
      for (const Prediction& prediction : group.predictions) {
        const std::vector<std::size_t> members = ending_so(group, prediction);
        PredictedOutcome outcome = make(prediction, judged_[members.front()]);
        name_endpoints(outcome, members);
        if (race) {
          outcome.race = races;
          outcome.race_share = share;
        } else {
          outcome.share = share;
        }
        out.outcomes.push_back(std::move(outcome));
      }
    }
  }

  // Any of the outcomes may be what all requests come to.
  static void one_race(Verdict& out) {
    if (out.outcomes.size() < 2) {
      return;
    }
    for (PredictedOutcome& outcome : out.outcomes) {
      outcome.share.reset();
      outcome.race = 1;
      outcome.race_share = 1.0;
    }
  }

  // Pomerium hashes the session. Visitors without one, whose shares these are, all go to one host;
  // signed-in ones are spread over the others too.
  void sessions(Verdict& out, const Rotation& rotation) const {
    double failing = 0;
    std::string where;
    for (std::size_t i = 0; i < rotation.sessions.size(); ++i) {
      if (judged_[i].fails && rotation.sessions[i] > kNothing) {
        failing += rotation.sessions[i];
        where += (where.empty() ? "" : ", ") + judged_[i].attempt->endpoint.to_string();
      }
    }
    if (failing > kNothing) {
      out.warnings.push_back(
          {"hashed_sessions",
           fmt::format("the host is chosen by the visitor's session: visitors without one all go "
                       "to one host, but {:.0f} % of the signed-in ones to {}, which fails",
                       100 * failing, where)});
    }
  }

  // Each worker of the proxy needs a pool for each host that it keeps a connection to, and a host
  // without a pool is no host. How many workers there are cannot be known; two or more are usual.
  void connection_pools(Verdict& out, const Rotation& rotation) const {
    const auto& most = route_.cluster->circuit_breakers.max_connection_pools;
    if (!most) {
      return;
    }
    std::size_t keepers = 0;
    for (std::size_t i = 0; i < judged_.size(); ++i) {
      const bool connected = judged_[i].attempt->connect == ConnectResult::Connected;
      keepers += rotation.share[i] > kNothing && connected ? 1U : 0U;
    }
    constexpr std::size_t kUsualWorkers = 2;
    if (*most >= kUsualWorkers * keepers) {
      return;
    }
    PredictedOutcome none;
    none.prediction = no_healthy_upstream(route_);
    none.error = error_name(none.prediction.details);
    none.fails = true;
    none.evidence = {
        fmt::format("max_connection_pools is {}, and each worker of the proxy needs "
                    "one for each of {} hosts",
                    *most, keepers)};
    none.explanation = explain(none.prediction, route_, nullptr, observation_.lookups, now_);
    out.outcomes.push_back(std::move(none));
    one_race(out);
    out.warnings.push_back(
        {"connection_pools",
         fmt::format("max_connection_pools {} holds for all workers of the proxy together: those "
                     "that get no pool answer 503 no_healthy_upstream",
                     *most)});
  }

  void name_endpoints(PredictedOutcome& outcome, const std::vector<std::size_t>& members) const {
    for (const std::size_t i : members) {
      outcome.endpoints.push_back(judged_[i].attempt->endpoint.to_string());
      if (outcome.fails && outcome.evidence.size() < 16) {
        std::ranges::copy(evidence(route_, *judged_[i].attempt),
                          std::back_inserter(outcome.evidence));
      }
    }
  }

  void out_of_rotation(Verdict& out, const std::vector<Host>& hosts,
                       const Rotation& rotation) const {
    for (std::size_t i = 0; i < hosts.size(); ++i) {
      const std::string where = judged_[i].attempt->endpoint.to_string();
      const auto& health = observation_.endpoints[i].health;
      if (health && !health->healthy) {
        const std::string effect = rotation.panic
                                       ? "it gets requests all the same (panic threshold)"
                                       : "it gets no requests";
        out.warnings.push_back({"unhealthy_host", fmt::format("{} fails its health check ({}); {}",
                                                              where, health->why, effect)});
      }
      if (rotation.ejected[i] > 0) {
        const Prediction& first = judged_[i].predictions.front();
        out.warnings.push_back(
            {"before_ejection",
             fmt::format("until outlier detection ejects {}, its requests end with {} {}{}", where,
                         first.status, first.details,
                         health && health->healthy
                             ? "; each health check that it passes puts it back"
                             : "")});
      }
    }
  }

  State state_of(const Verdict& verdict) const {
    double failing = 0;
    double all = 0;
    std::map<int, bool> races;  // a race counts once, by its worst alternative
    std::map<int, double> race_shares;
    for (const PredictedOutcome& outcome : verdict.outcomes) {
      if (outcome.share) {
        all += *outcome.share;
        failing += outcome.fails ? *outcome.share : 0;
      } else {
        races[outcome.race] |= outcome.fails;
        race_shares[outcome.race] = outcome.race_share;
      }
    }
    for (const auto& [race, fails] : races) {
      all += race_shares[race];
      failing += fails ? race_shares[race] : 0;
    }
    if (failing > kNothing) {
      return failing >= all - kNothing ? State::Failing : State::Degraded;
    }
    return verdict.warnings.empty() ? State::Healthy : State::Warning;
  }

  const Route& route_;
  const Settings& settings_;
  const Observation& observation_;
  std::int64_t now_;
  std::vector<Judgement> judged_;
};

}  // namespace

Verdict judge(const Route& route, const Settings& settings, const Observation& observation,
              std::int64_t now) {
  return Judge(route, settings, observation, now).run();
}

}  // namespace prober

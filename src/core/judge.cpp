// What was observed of a route -> its verdict: who gets the requests, how they end, how bad that
// is.

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "cluster.h"
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
    out.fails = std::ranges::any_of(out.predictions, [&](const Prediction& one) {
      return one.details != "via_upstream" || !as_expected(one, attempt);
    });
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
      const auto& health = observation_.endpoints[i].health;
      const auto& detection = route_.cluster->outlier_detection;
      Host host;
      host.weight = std::max(1U, route_.to.at(judged_[i].attempt->upstream).weight);
      host.passes_health_checks = !health || health->healthy;
      host.ejectable = detection && would_eject(judged_[i].predictions, *detection);
      out.push_back(host);
    }
    return out;
  }

  void outcomes(Verdict& out) {
    const std::vector<Host> all = hosts();
    const Rotation rotation = rotate(all, *route_.cluster);
    out_of_rotation(out, all, rotation);
    if (rotation.empty) {
      add_no_host(out);
      return;
    }
    const bool hashed = route_.cluster->policy == LoadBalancingPolicy::RingHash ||
                        route_.cluster->policy == LoadBalancingPolicy::Maglev;
    hashed ? add_hashed(out, rotation) : add_hosts(out, rotation);
    std::ranges::stable_sort(out.outcomes,
                             [](const PredictedOutcome& a, const PredictedOutcome& b) {
                               const double share_a = a.share.value_or(a.race_share);
                               const double share_b = b.share.value_or(b.race_share);
                               return a.fails != b.fails ? a.fails : share_a > share_b;
                             });
  }

  void add_no_host(Verdict& out) const {
    PredictedOutcome outcome;
    outcome.prediction = no_healthy_upstream(route_);
    outcome.error = error_name(outcome.prediction.details);
    outcome.share = 1.0;
    outcome.fails = true;
    const Attempt* attempt = judged_.empty() ? nullptr : judged_.front().attempt;
    outcome.evidence = evidence(observation_.lookups);
    for (const EndpointObservation& endpoint : observation_.endpoints) {
      if (endpoint.health && !endpoint.health->healthy) {
        outcome.evidence.push_back(fmt::format("the health check of {} failed: {}",
                                               endpoint.attempts.front().endpoint.to_string(),
                                               endpoint.health->why));
      }
    }
    outcome.explanation = explain(outcome.prediction, route_, attempt, observation_.lookups, now_);
    out.outcomes.push_back(std::move(outcome));
  }

  PredictedOutcome make(const Prediction& prediction, const Judgement& judgement) const {
    PredictedOutcome out;
    out.prediction = prediction;
    out.error = error_name(prediction.details);
    out.fails =
        prediction.details != "via_upstream" || !as_expected(prediction, *judgement.attempt);
    if (out.fails) {
      out.explanation = explain(prediction, route_, judgement.attempt, observation_.lookups, now_);
    }
    return out;
  }

  // Hosts that end alike are one outcome; a race is as many as it has alternatives.
  void add_hosts(Verdict& out, const Rotation& rotation) const {
    std::vector<std::pair<std::vector<Prediction>, std::vector<std::size_t>>> groups;
    for (std::size_t i = 0; i < judged_.size(); ++i) {
      if (rotation.share[i] <= kNothing) {
        continue;
      }
      const auto same = std::ranges::find_if(
          groups, [&](const auto& group) { return group.first == judged_[i].predictions; });
      if (same != groups.end()) {
        same->second.push_back(i);
      } else {
        groups.push_back({judged_[i].predictions, {i}});
      }
    }
    int races = 0;
    for (const auto& [predictions, members] : groups) {
      races += predictions.size() > 1 ? 1 : 0;
      double share = 0;
      for (const std::size_t i : members) {
        share += rotation.share[i];
      }
      for (const Prediction& prediction : predictions) {
        PredictedOutcome outcome = make(prediction, judged_[members.front()]);
        name_endpoints(outcome, members);
        if (predictions.size() > 1) {
          outcome.race = races;
          outcome.race_share = share;
        } else {
          outcome.share = share;
        }
        out.outcomes.push_back(std::move(outcome));
      }
    }
  }

  // Pomerium hashes the session, which anonymous visitors do not have: all of them go to one host,
  // and which one it is cannot be known from here (measured).
  void add_hashed(Verdict& out, const Rotation& rotation) const {
    add_hosts(out, rotation);
    if (out.outcomes.size() < 2) {
      return;
    }
    for (PredictedOutcome& outcome : out.outcomes) {
      outcome.share.reset();
      outcome.race = 1;
      outcome.race_share = 1.0;
    }
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
             fmt::format("until outlier detection ejects {}, its requests end with {} {}", where,
                         first.status, first.details)});
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

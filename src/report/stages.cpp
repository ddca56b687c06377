#include "report/stages.h"

#include <algorithm>
#include <array>
#include <set>

namespace prober::report {
namespace {

using End = StageResult::End;

bool has_stage(const RouteReport& route, Stage stage) {
  const auto any = [&](auto holds) { return std::ranges::any_of(route.route->to, holds); };
  switch (stage) {
    case Stage::Dns:
      return std::ranges::any_of(route.observation.lookups, [](const Lookup& lookup) {
        return lookup.status != LookupStatus::Literal;
      });
    case Stage::Tcp:
      return any([](const Upstream& to) { return to.scheme != Scheme::Udp; });
    case Stage::Tls:
      return any([](const Upstream& to) { return uses_tls(to.scheme); });
    case Stage::Http:
      return any([](const Upstream& to) {
        return to.scheme != Scheme::Tcp && to.scheme != Scheme::Udp && to.scheme != Scheme::Ssh;
      });
  }
  return false;
}

void worsen(StageResult& result, End end) {
  result.end = std::max(result.end, end);
}

StageResult dns(const RouteReport& route) {
  StageResult out;
  for (const Lookup& lookup : route.observation.lookups) {
    if (lookup.status == LookupStatus::Interrupted) {
      continue;
    }
    out.time = std::max(out.time, lookup.time);
    worsen(out, lookup.addresses.empty() ? End::Failed : End::Passed);
    if (lookup.addresses.empty()) {
      out.seen.push_back(lookup.name +
                         " does not resolve: " + std::string(to_string(lookup.status)));
    }
  }
  return out;
}

// The endpoints whose requests fail for what happened there: an answer that the proxy gives without
// asking them (a full circuit breaker) is none of their doing.
std::set<std::string> broken_endpoints(const Verdict& verdict) {
  std::set<std::string> out;
  for (const PredictedOutcome& outcome : verdict.outcomes) {
    const bool overflow =
        std::ranges::find(outcome.prediction.flags, ResponseFlag::UpstreamOverflow) !=
        outcome.prediction.flags.end();
    if (outcome.fails && !overflow) {
      out.insert(outcome.endpoints.begin(), outcome.endpoints.end());
    }
  }
  return out;
}

void add_evidence(StageResult& result, const Verdict& verdict, const std::string& endpoint) {
  for (const PredictedOutcome& outcome : verdict.outcomes) {
    if (!outcome.fails ||
        std::ranges::find(outcome.endpoints, endpoint) == outcome.endpoints.end()) {
      continue;
    }
    for (const std::string& one : outcome.evidence) {
      if (std::ranges::find(result.seen, one) == result.seen.end()) {
        result.seen.push_back(one);
      }
    }
  }
}

StageResult of_attempts(const RouteReport& route, const std::set<std::string>& broken,
                        Stage stage) {
  StageResult out;
  for (const EndpointObservation& endpoint : route.observation.endpoints) {
    if (endpoint.attempts.empty() || endpoint.attempts.front().stage < stage) {
      continue;
    }
    const Attempt& attempt = endpoint.attempts.front();
    const std::string address = attempt.endpoint.to_string();
    out.time = std::max(out.time, time_in(attempt, stage).value_or(Duration{}));
    if (attempt.stage != stage) {
      worsen(out, End::Passed);
    } else if (attempt.end != prober::End::Unfinished) {
      const bool failed = broken.contains(address);
      worsen(out, failed ? End::Failed : End::Passed);
      if (failed) {
        add_evidence(out, route.verdict, address);
      }
    }
  }
  return out;
}

}  // namespace

std::vector<StageResult> stages(const RouteReport& route) {
  const std::set<std::string> broken = broken_endpoints(route.verdict);
  std::vector<StageResult> out;
  for (const Stage stage : {Stage::Dns, Stage::Tcp, Stage::Tls, Stage::Http}) {
    if (has_stage(route, stage)) {
      out.push_back(stage == Stage::Dns ? dns(route) : of_attempts(route, broken, stage));
      out.back().stage = stage;
    }
  }
  return out;
}

std::optional<Duration> time_in(const Attempt& attempt, Stage stage) {
  if (stage == Stage::Dns || attempt.stage < stage) {
    return std::nullopt;
  }
  const Timings& timings = attempt.timings;
  const Duration connected = timings.connect.value_or(timings.end);
  const Duration secured = timings.tls.value_or(attempt.tls ? timings.end : connected);
  const bool last = attempt.stage == stage;
  switch (stage) {
    case Stage::Dns:
      break;
    case Stage::Tcp:
      return last ? timings.end : connected;
    case Stage::Tls:
      return attempt.tls || last ? std::optional((last ? timings.end : secured) - connected)
                                 : std::nullopt;
    case Stage::Http:
      return timings.end - secured;
  }
  return std::nullopt;
}

}  // namespace prober::report

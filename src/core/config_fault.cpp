#include "config_fault.h"

#include <fmt/format.h>

#include <utility>

#include "prober/explanation.h"

namespace prober {
namespace {

struct LocalReply {
  int status;
  ResponseFlag flag;
  std::string_view details;
};

// Measured on Pomerium with Envoy 1.38.2.
LocalReply reply_of(FaultEffect effect) {
  switch (effect) {
    case FaultEffect::RouteNotFound:
    case FaultEffect::HostRewritten:
      return {404, ResponseFlag::NoRouteFound, "route_not_found"};
    case FaultEffect::ExtAuthzError:
      return {503, ResponseFlag::UnauthorizedExternalService, "ext_authz_error"};
    case FaultEffect::ClusterNotFound:
    case FaultEffect::PortNeverOpens:
      return {503, ResponseFlag::NoClusterFound, "cluster_not_found"};
  }
  std::unreachable();
}

std::string where(const SourcePosition& at) {
  return at.file ? fmt::format("{}:{}:{}", *at.file, at.line, at.column)
                 : fmt::format("line {}", at.line);
}

std::string_view scope(FaultEffect effect) {
  switch (effect) {
    case FaultEffect::PortNeverOpens:
    case FaultEffect::ExtAuthzError:
      return "This takes every route down. A Pomerium that is running keeps the routes that it "
             "had, until its next restart.";
    case FaultEffect::RouteNotFound:
      return "A Pomerium that is running keeps the routes that it had, until its next restart.";
    case FaultEffect::HostRewritten:
    case FaultEffect::ClusterNotFound:
      return "Other routes are not touched.";
  }
  std::unreachable();
}

}  // namespace

Verdict judge_fault(const Route& route, const ConfigFault& fault) {
  Verdict out;
  out.state = State::Failing;
  if (fault.effect == FaultEffect::PortNeverOpens) {
    out.reason =
        fmt::format("Pomerium never opens its public port, so nobody gets an answer: {} ({})",
                    fault.why, where(fault.position));
    return out;
  }
  const LocalReply reply = reply_of(fault.effect);
  PredictedOutcome outcome;
  outcome.prediction = {reply.status, {reply.flag}, std::string(reply.details), true};
  outcome.error = error_name(outcome.prediction.details);
  outcome.share = 1.0;
  outcome.fails = true;
  outcome.evidence = {fmt::format("{}: {}", where(fault.position), fault.why)};
  Explanation words = explain(outcome.prediction, route, nullptr, {});
  words.cause = fmt::format("The configuration does this, not the upstream: {}.", fault.why);
  words.resolution = fmt::format("Correct {}; `prober check` says more. {}", where(fault.position),
                                 scope(fault.effect));
  outcome.explanation = std::move(words);
  out.outcomes.push_back(std::move(outcome));
  return out;
}

}  // namespace prober

#include "prober/report.h"

#include <algorithm>
#include <numeric>

namespace prober {
namespace {

int rank(State state) {
  switch (state) {
    case State::Failing:
      return 0;
    case State::Degraded:
      return 1;
    case State::Unknown:
      return 2;
    case State::Warning:
      return 3;
    case State::Healthy:
      return 4;
    case State::Skipped:
      return 5;
  }
  return 6;
}

void count(State state, Summary& out) {
  ++out.routes;
  out.healthy += state == State::Healthy ? 1 : 0;
  out.warning += state == State::Warning ? 1 : 0;
  out.degraded += state == State::Degraded ? 1 : 0;
  out.failing += state == State::Failing ? 1 : 0;
  out.unknown += state == State::Unknown ? 1 : 0;
  out.skipped += state == State::Skipped ? 1 : 0;
}

}  // namespace

Summary summarise(const Report& report) {
  Summary out;
  for (const RouteReport& one : report.routes) {
    count(one.verdict.state, out);
  }
  return out;
}

Summary summarise_news(const Report& report) {
  Summary out;
  for (const RouteReport& one : report.routes) {
    if (!is_known_problem(one)) {
      count(one.verdict.state, out);
    }
  }
  return out;
}

std::vector<std::size_t> broken_first(const Report& report) {
  std::vector<std::size_t> out(report.routes.size());
  std::iota(out.begin(), out.end(), std::size_t{0});
  std::ranges::stable_sort(
      out, {}, [&report](std::size_t i) { return rank(report.routes[i].verdict.state); });
  return out;
}

}  // namespace prober

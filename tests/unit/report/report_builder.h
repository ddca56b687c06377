#pragma once

#include <deque>
#include <memory>
#include <string>

#include "prober/report.h"

/// A report made by hand, with the routes that it points to.
namespace prober::report::test {

struct Made {
  std::deque<Route> routes;
  Report report;

  RouteReport& add(const std::string& name, State state) {
    Route route;
    route.name = name;
    route.from = "https://" + name + ".example.com";
    routes.push_back(route);
    RouteReport one;
    one.route = &routes.back();
    one.verdict.state = state;
    report.routes.push_back(one);
    return report.routes.back();
  }
};

inline PredictedOutcome outcome(int status, const std::string& details, bool fails) {
  PredictedOutcome out;
  out.prediction = {status, {}, details, true};
  out.error = error_name(details);
  out.share = 1.0;
  out.fails = fails;
  if (fails) {
    out.explanation = Explanation{"It is so.", "Do that.", "https://docs.example.com#x", ""};
  }
  return out;
}

}  // namespace prober::report::test

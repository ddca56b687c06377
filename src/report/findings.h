#pragma once

#include <string>
#include <vector>

#include "prober/report.h"

namespace prober::report {

/// One thing about a route that somebody should see, for the formats that list such things.
struct Finding {
  enum class Level { Error, Warning };
  Level level = Level::Error;
  /// A stable key: the documented name of an error, the code of a warning, "unfinished", or
  /// "no_answer" where nobody gets any.
  std::string rule;
  std::string title;       // one line, without the route's name
  std::string message;     // sentences: cause and evidence, or the warning's
  std::string resolution;  // sentences, may be empty
  std::string docs;        // URL, may be empty
};

/// The predictions that fail, worst first, then the warnings; of an Unknown route that it is so.
/// Nothing is escaped.
[[nodiscard]] std::vector<Finding> findings(const RouteReport& route);

}  // namespace prober::report

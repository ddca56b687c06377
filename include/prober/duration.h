#pragma once

#include <chrono>
#include <string>

namespace prober {

/// Every span of time inside the program. Serialised numbers carry their unit in their name.
using Duration = std::chrono::nanoseconds;

/// The span in seconds, as the reports print it.
[[nodiscard]] constexpr double seconds(Duration span) {
  return std::chrono::duration<double>(span).count();
}

/// The span for people: "312 us", "1.2 ms", "950 ms", "2.5 s", "1m30s".
[[nodiscard]] std::string human(Duration span);

}  // namespace prober

#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace prober {

/// Every span of time inside the program. Serialised numbers carry their unit in their name.
using Duration = std::chrono::nanoseconds;

/// The span in seconds, as the reports print it.
[[nodiscard]] constexpr double seconds(Duration span) {
  return std::chrono::duration<double>(span).count();
}

/// The span for people: "312 us", "1.2 ms", "950 ms", "2.5 s", "1m30s".
[[nodiscard]] std::string human(Duration span);

/// Reads Go's form ("1m30s", "1.5h", "-2s", "0"), which includes protobuf's ("0.3s"). Units: ns,
/// us, ms, s, m, h. Nothing when the text has another form or does not fit. Source: Go,
/// time.ParseDuration.
[[nodiscard]] std::optional<Duration> parse_duration(std::string_view text);

}  // namespace prober

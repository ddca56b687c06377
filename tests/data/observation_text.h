#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "prober/attempt.h"

namespace prober::recordings {

/// What was observed, in words that stand in a table: a line for each lookup, endpoint, attempt and
/// what TLS and HTTP showed of it. Left out is what no prediction depends on: bodies, headers, most
/// timings. White space, commas and % inside a value are written as %NN.
[[nodiscard]] std::string to_text(const Observation& observation);

/// The reverse. Nothing when a line is not of that form.
[[nodiscard]] std::optional<Observation> parse_observation(std::string_view text);

}  // namespace prober::recordings

#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "prober/attempt.h"

namespace prober::report {

/// What an attempt spent its time on, in order: tcp, tls, wait (for the first byte of the answer),
/// read (until its end). Parts that did not happen are left out.
struct TimePart {
  std::string_view name;
  Duration time{};
  std::string_view symbol;  // shades, which differ without any colour
  std::string_view ascii;
};
[[nodiscard]] std::vector<TimePart> time_parts(const Attempt& attempt);

/// The parts side by side, each as long as its share of `whole`, which takes `width` columns; none
/// is shorter than one.
[[nodiscard]] std::string time_bar(const Attempt& attempt, Duration whole, std::size_t width,
                                   bool ascii);

/// "░ tcp 290 us, ▒ tls 3.7 ms, ▓ wait 7.0 ms, █ read 1.0 ms"; without the symbols when there is no
/// bar that they would explain.
[[nodiscard]] std::string time_words(const Attempt& attempt, bool symbols, bool ascii);

}  // namespace prober::report

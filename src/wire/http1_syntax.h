#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "prober/error.h"
#include "prober/route.h"

namespace prober::wire {

/// The grammar of HTTP/1 heads as Envoy 1.38 takes it. Pure.

/// "HTTP/1.1 200 OK" without its line end -> 200. The Error says what is wrong with it.
[[nodiscard]] Result<int> parse_status_line(std::string_view line);

/// Whether there is a control character other than tab, CR and LF, or a DEL.
[[nodiscard]] bool has_control(std::string_view block);

/// The lines of a head or of trailers, without the status line and up to and including the blank
/// line. Folded lines are joined to the one before. Bare
/// CRs stay in the values.
[[nodiscard]] Result<std::vector<HeaderField>> parse_fields(std::string_view block);

/// The value of content-length: digits only.
struct ContentLength {
  enum class Status { Valid, NotANumber, TooLarge };
  Status status = Status::Valid;
  std::uint64_t value = 0;  // of the digits before the fault when it is not Valid

  [[nodiscard]] bool valid() const { return status == Status::Valid; }
  bool operator==(const ContentLength&) const = default;
};
[[nodiscard]] ContentLength parse_content_length(std::string_view value);

/// The length of the head at the beginning of `block`, blank line included; 0 when it is not
/// complete. `from`: up to there it is known that no head ends.
[[nodiscard]] std::size_t head_length(std::string_view block, std::size_t from);

}  // namespace prober::wire

#pragma once

#include <cstdint>
#include <vector>

#include "prober/error.h"
#include "prober/route.h"

namespace prober::wire {

/// Where an answer's body ends.
struct Framing {
  enum class Kind { NoBody, Sized, Chunked, UntilClose };
  Kind kind = Kind::NoBody;
  std::uint64_t size = 0;  // of a Sized body, in bytes
};

/// How Envoy 1.38 frames the body of an answer with this status and these header lines. The Error
/// says why it refuses them. Pure.
[[nodiscard]] Result<Framing> choose_framing(int status, const std::vector<HeaderField>& fields,
                                             bool head_request);

}  // namespace prober::wire

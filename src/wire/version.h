#pragma once

#include <string>

namespace prober::wire {

/// "nghttp2 1.52.0": the one that is loaded.
[[nodiscard]] std::string library_version();

}  // namespace prober::wire

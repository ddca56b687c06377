#pragma once

#include <cstdio>
#include <cstdlib>

namespace prober::fuzz {

/// Ends the fuzzer, which keeps the input, when what must hold does not.
inline void require(bool holds, const char* what) {
  if (!holds) {
    std::fprintf(stderr, "%s\n", what);
    std::abort();
  }
}

}  // namespace prober::fuzz

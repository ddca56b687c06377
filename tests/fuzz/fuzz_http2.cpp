#include <cstddef>
#include <cstdint>

#include "exchange_fuzz.h"

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer's name
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  prober::fuzz::check_exchange(prober::wire::make_http2_exchange,
                               {reinterpret_cast<const char*>(data), size});
  return 0;
}

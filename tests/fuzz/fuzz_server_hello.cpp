// A ServerHello after a ClientHello: one byte says how long the latter is.

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "require.h"
#include "wire/server_hello.h"

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer's name
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using prober::fuzz::require;
  if (size == 0) {
    return 0;
  }
  const std::string_view all(reinterpret_cast<const char*>(data) + 1, size - 1);
  const std::size_t length = data[0] < all.size() ? data[0] : all.size();
  const prober::wire::Offer offer = prober::wire::offer_of(all.substr(0, length));
  require(!offer.extensions.empty(), "renegotiation_info is always asked for");
  const std::string_view hello = all.substr(length);
  const auto refused = prober::wire::refused_extensions(hello, offer);
  require(refused.empty() || refused.back().text.ends_with(":PARSE_TLSEXT"),
          "a refusal that is not of the extensions");
  require(refused.empty() ||
              prober::wire::refused_extensions(hello.substr(0, hello.size() - 1), offer).empty(),
          "a ServerHello that is cut was judged");
  return 0;
}

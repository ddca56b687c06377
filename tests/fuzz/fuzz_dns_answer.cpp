// What a DNS server sends, after c-ares found that it belongs to a question.

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "net/dns_answer.h"
#include "require.h"

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer's name
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using prober::fuzz::require;
  const auto answer = prober::net::read_dns_answer({data, size});
  if (!answer) {
    return 0;
  }
  require(answer->addresses.empty() != answer->ttl_s.has_value(), "addresses have a time to live");
  for (const auto& address : answer->addresses) {
    require(std::ranges::count(answer->addresses, address) == 1, "an address comes once");
  }
  return 0;
}

// What stands in a single scalar: durations, addresses, ranges, upstreams' URLs, names of SANs.

#include <algorithm>
#include <cctype>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "config/upstream_url.h"
#include "prober/address.h"
#include "prober/duration.h"
#include "prober/route.h"
#include "require.h"
#include "wire/san.h"

namespace {

using prober::fuzz::require;

void check_durations(std::string_view text) {
  if (const auto span = prober::parse_duration(text)) {
    require(!prober::human(*span).empty(), "a duration without words");
    const std::string exact = std::to_string(span->count()) + "ns";
    require(prober::parse_duration(exact) == span, "a duration that does not come back");
  }
}

void check_addresses(std::string_view text) {
  if (const auto ip = prober::IpAddress::parse(text)) {
    require(text.find('\0') == std::string_view::npos, "an address with a NUL");
    require(prober::IpAddress::parse(ip->to_string()) == ip, "an address that does not come back");
  }
  if (const auto range = prober::Cidr::parse(text)) {
    require(prober::Cidr::parse(range->to_string()) == range, "a range that does not come back");
    require(range->contains(range->base), "a range without its own base");
  }
}

void check_url(std::string_view text) {
  const auto read = prober::config::parse_to(text);
  if (!read) {
    require(!read.error().message.empty(), "an error without a message");
    return;
  }
  const auto& upstream = read->upstream;
  // The path of a socket may be missing: to_reader.cpp says that, in Envoy's words.
  require(prober::is_socket(upstream.scheme) || !upstream.host.empty(),
          "an upstream that is nowhere");
  require(upstream.authority.find('@') == std::string::npos, "user info was kept");
}

void check_names(std::string_view text) {
  const std::string name(text.substr(0, text.find('\n')));
  const std::string pattern(text.substr(std::min(name.size() + 1, text.size())));
  require(prober::wire::dns_name_matches(name, name), "a name that does not match itself");
  std::string upper = name;
  std::ranges::transform(upper, upper.begin(),
                         [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  require(prober::wire::dns_name_matches(name, pattern) ==
              prober::wire::dns_name_matches(upper, pattern),
          "case counts");
  const auto dots = [](const std::string& one) { return std::ranges::count(one, '.'); };
  require(!prober::wire::dns_name_matches(name, pattern) || dots(name) == dots(pattern),
          "a wildcard matched more than a part of one label");
}

}  // namespace

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer's name
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  check_durations(text);
  check_addresses(text);
  check_url(text);
  check_names(text);
  return 0;
}

// A name on the first line; resolv.conf and, which is read in its own way, nsswitch.conf below it.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "net/resolver_config.h"
#include "require.h"

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer's name
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using prober::fuzz::require;
  using prober::net::ResolverConfig;
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const std::size_t end = std::min(input.find('\n'), size);
  const std::string name(input.substr(0, end));
  const std::string text(input.substr(std::min(end + 1, size)));

  const ResolverConfig config = ResolverConfig::parse({text, text, "", "", ""});
  require(config.sources == "f" || config.sources == "b" || config.sources == "fb" ||
              config.sources == "bf",
          "each source once");
  const std::vector<std::string> names = config.names_for(name);
  require(std::ranges::count(names, name) >= 1,
          "the name itself is among those that are asked for");
  require(names.size() <= config.domains.size() + 1, "one name for each domain");
  return 0;
}

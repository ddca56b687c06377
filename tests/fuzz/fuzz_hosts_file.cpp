// A name on the first line, /etc/hosts below it.

#include <algorithm>
#include <cctype>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "net/hosts_file.h"
#include "require.h"

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer's name
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using prober::fuzz::require;
  using prober::net::HostsFile;
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const std::size_t end = std::min(input.find('\n'), size);
  const std::string_view name = input.substr(0, end);
  const std::string text(input.substr(std::min(end + 1, size)));

  const HostsFile::Name found = HostsFile::parse(text).find(name);
  require(found.addresses.empty() == found.written.empty(),
          "a name that stands there has addresses");
  for (const auto& address : found.addresses) {
    require(std::ranges::count(found.addresses, address) == 1, "an address comes once");
  }
  std::string capitals(name);
  std::ranges::transform(capitals, capitals.begin(), [](char c) {
    return c >= 'a' && c <= 'z' ? static_cast<char>(std::toupper(c)) : c;
  });
  const HostsFile::Name again = HostsFile::parse(text + "\n# the end\n\n").find(capitals);
  require(again.addresses == found.addresses && again.written == found.written,
          "neither case nor comments count");
  return 0;
}

#include "config/cluster_name.h"

#define XXH_INLINE_ALL  // the header alone: no library to load
#include <fmt/format.h>
#include <xxhash.h>

namespace prober::config {

void HashInput::number(std::uint32_t value) {
  for (int shift = 0; shift < 32; shift += 8) {
    bytes_ += static_cast<char>(value >> shift & 0xff);
  }
}

void HashInput::text(std::string_view value) {
  number(static_cast<std::uint32_t>(value.size()));
  bytes_ += value;
}

std::string cluster_name(std::string_view route_name, const Route& route, std::size_t count,
                         const HashInput& to) {
  HashInput all;
  all.text(route.from);
  all.text(route.match->prefix);
  all.text(route.match->path);
  all.text(route.match->regex);
  all.byte(true);  // a list of upstreams; others stand for redirects and fixed responses
  all.number(static_cast<std::uint32_t>(count));
  all.append(to);
  return fmt::format("{}-{:016x}", route_name.empty() ? "route" : route_name,
                     XXH3_64bits(all.bytes().data(), all.bytes().size()));
}

}  // namespace prober::config

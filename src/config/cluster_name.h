#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "prober/route.h"

namespace prober::config {

/// The bytes that Pomerium hashes to tell routes apart. Source: internal/hashutil, Digest.
class HashInput {
 public:
  void byte(bool value) { bytes_ += value ? '\1' : '\0'; }
  void number(std::uint32_t value);
  /// Its size, then the text.
  void text(std::string_view value);
  /// What another one collected.
  void append(const HashInput& other) { bytes_ += other.bytes_; }

  [[nodiscard]] const std::string& bytes() const { return bytes_; }

 private:
  std::string bytes_;
};

/// Pomerium's name for the cluster of a route with `count` URLs in its `to`:
/// "wiki-628a5169b9e53f75". Two routes of one name keep it from starting. Sources:
/// config/policy.go, generateRouteID; config/envoyconfig/routes.go, GetClusterID.
[[nodiscard]] std::string cluster_name(std::string_view route_name, const Route& route,
                                       std::size_t count, const HashInput& to);

}  // namespace prober::config

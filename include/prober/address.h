#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace prober {

/// An IPv4 or IPv6 address, without a port.
struct IpAddress {
  std::array<std::uint8_t, 16> bytes{};  // IPv4 uses the first four
  bool v6 = false;

  /// Takes "10.0.0.1" and "2001:db8::1" (without brackets). Nothing else: no names, no zones.
  [[nodiscard]] static std::optional<IpAddress> parse(std::string_view text);
  [[nodiscard]] std::string to_string() const;

  auto operator<=>(const IpAddress&) const = default;
};

/// A range of addresses; a single address is the range of its full length.
struct Cidr {
  IpAddress base;
  int prefix = 0;  // bits, 0 to 32 or 128

  /// Takes "10.0.0.0/8" and plain addresses.
  [[nodiscard]] static std::optional<Cidr> parse(std::string_view text);
  [[nodiscard]] bool contains(const IpAddress& address) const;
  [[nodiscard]] std::string to_string() const;

  bool operator==(const Cidr&) const = default;
};

/// One place to connect to: what Envoy's code calls a host.
struct Endpoint {
  IpAddress ip;
  std::uint16_t port = 0;
  std::string path;  // of a unix socket; then `ip` and `port` mean nothing

  /// "10.0.0.5:80", "[::1]:80", or the path: as Envoy prints it.
  [[nodiscard]] std::string to_string() const;

  auto operator<=>(const Endpoint&) const = default;
};

}  // namespace prober

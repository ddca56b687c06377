#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "prober/address.h"

namespace prober::net {

/// The addresses in a DNS message's answers. Both families count whatever was asked, and so do
/// records of another name than the question's, as for the c-ares inside Envoy. Source:
/// c-ares 1.34, src/lib/ares_parse_into_addrinfo.c.
struct DnsAnswer {
  std::vector<IpAddress> addresses;   // each once
  std::optional<std::int64_t> ttl_s;  // the smallest of the addresses'
};

/// Nothing for a message that cannot be read.
[[nodiscard]] std::optional<DnsAnswer> read_dns_answer(std::span<const std::uint8_t> message);

}  // namespace prober::net

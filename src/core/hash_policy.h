#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace prober {

/// The consistent hashing of Envoy's RING_HASH and MAGLEV at their defaults. Pure. Checked against
/// Envoy 1.38.2 (tests/data/cluster_shares.txt).

/// XXH64, which Envoy hashes headers and hosts with.
[[nodiscard]] std::uint64_t xxhash64(std::string_view bytes, std::uint64_t seed = 0);

/// A host in the table, by the text that is hashed: "10.0.0.5:80", or a socket's path.
struct HashedHost {
  std::string key;
  std::uint32_t weight = 1;
};

/// Where hashes lead to.
struct HashTable {
  std::size_t anonymous = 0;     // index of the host that visitors without a session are sent to
  std::vector<double> sessions;  // of all sessions, by host: how many are sent to it; sums to 1
};

/// Nothing when there is no host, or when the weights ask for a ring of more than a million
/// entries.
[[nodiscard]] std::optional<HashTable> ring_hash(const std::vector<HashedHost>& hosts);
/// Nothing when there is no host.
[[nodiscard]] std::optional<HashTable> maglev(const std::vector<HashedHost>& hosts);

}  // namespace prober

#include "hash_policy.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>

namespace prober {
namespace {

// XXH64: https://github.com/Cyan4973/xxHash/blob/dev/doc/xxhash_spec.md
constexpr std::uint64_t kPrime1 = 0x9E3779B185EBCA87;
constexpr std::uint64_t kPrime2 = 0xC2B2AE3D27D4EB4F;
constexpr std::uint64_t kPrime3 = 0x165667B19E3779F9;
constexpr std::uint64_t kPrime4 = 0x85EBCA77C2B2AE63;
constexpr std::uint64_t kPrime5 = 0x27D4EB2F165667C5;
constexpr std::size_t kStripe = 32;

// The first `count` bytes as a little-endian number, taken off `bytes`.
std::uint64_t take(std::string_view& bytes, std::size_t count) {
  std::uint64_t out = 0;
  for (std::size_t i = 0; i < count; ++i) {
    out |= std::uint64_t{static_cast<unsigned char>(bytes[i])} << (8 * i);
  }
  bytes.remove_prefix(count);
  return out;
}

std::uint64_t round(std::uint64_t accumulator, std::uint64_t lane) {
  return std::rotl(accumulator + lane * kPrime2, 31) * kPrime1;
}

std::uint64_t stripes(std::string_view& bytes, std::uint64_t seed) {
  std::array<std::uint64_t, 4> lanes = {seed + kPrime1 + kPrime2, seed + kPrime2, seed,
                                        seed - kPrime1};
  while (bytes.size() >= kStripe) {
    for (std::uint64_t& lane : lanes) {
      lane = round(lane, take(bytes, 8));
    }
  }
  std::uint64_t out = std::rotl(lanes[0], 1) + std::rotl(lanes[1], 7) + std::rotl(lanes[2], 12) +
                      std::rotl(lanes[3], 18);
  for (const std::uint64_t lane : lanes) {
    out = (out ^ round(0, lane)) * kPrime1 + kPrime4;
  }
  return out;
}

// Pomerium's x-pomerium-routing-key is the SHA-256 of the session's id, in hex; without a session
// that of nothing (authorize/evaluator/headers_evaluator_evaluation.go).
constexpr std::string_view kAnonymousKey =
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

// Envoy's defaults: ring_hash_lb.h, maglev_lb.h.
constexpr double kMinimumRing = 1024;
constexpr double kMostRing = 1 << 20;  // ours; Envoy's is 8 Mi
constexpr std::uint64_t kMaglevTable = 65537;

// thread_aware_lb_impl.cc, normalizeHostWeights: the same doubles, or entries would be rounded
// otherwise.
std::vector<double> normalized(const std::vector<HashedHost>& hosts) {
  std::uint64_t sum = 0;
  for (const HashedHost& host : hosts) {
    sum += host.weight;
  }
  std::vector<double> out;
  out.reserve(hosts.size());
  for (const HashedHost& host : hosts) {
    out.push_back(static_cast<double>(host.weight) / static_cast<double>(sum));
  }
  return out;
}

struct RingEntry {
  std::uint64_t hash = 0;
  std::size_t host = 0;
};

}  // namespace

std::uint64_t xxhash64(std::string_view bytes, std::uint64_t seed) {
  const std::uint64_t length = bytes.size();
  std::uint64_t out = bytes.size() >= kStripe ? stripes(bytes, seed) : seed + kPrime5;
  out += length;
  while (bytes.size() >= 8) {
    out = std::rotl(out ^ round(0, take(bytes, 8)), 27) * kPrime1 + kPrime4;
  }
  if (bytes.size() >= 4) {
    out = std::rotl(out ^ (take(bytes, 4) * kPrime1), 23) * kPrime2 + kPrime3;
  }
  while (!bytes.empty()) {
    out = std::rotl(out ^ (take(bytes, 1) * kPrime5), 11) * kPrime1;
  }
  out = (out ^ (out >> 33)) * kPrime2;
  out = (out ^ (out >> 29)) * kPrime3;
  return out ^ (out >> 32);
}

std::optional<HashTable> ring_hash(const std::vector<HashedHost>& hosts) {
  if (hosts.empty()) {
    return std::nullopt;
  }
  const std::vector<double> weights = normalized(hosts);
  const double least = std::ranges::min(weights);
  // The least weighted host gets a whole number of entries.
  const double scale = std::ceil(least * kMinimumRing) / least;
  if (scale > kMostRing) {
    return std::nullopt;
  }
  std::vector<RingEntry> ring;
  double target = 0;
  for (std::size_t host = 0; host < hosts.size(); ++host) {
    target += scale * weights[host];
    for (int i = 0; static_cast<double>(ring.size()) < target; ++i) {
      ring.push_back({xxhash64(fmt::format("{}_{}", hosts[host].key, i)), host});
    }
  }
  std::ranges::sort(ring, {}, &RingEntry::hash);
  HashTable out;
  out.sessions.assign(hosts.size(), 0.0);
  const double whole = std::ldexp(1.0, 64);
  for (std::size_t i = 0; i < ring.size(); ++i) {
    const std::uint64_t before = ring[i == 0 ? ring.size() - 1 : i - 1].hash;
    // Modulo 2^64, so that the first entry also takes what lies behind the last.
    out.sessions[ring[i].host] += static_cast<double>(ring[i].hash - before) / whole;
  }
  const auto next = std::ranges::lower_bound(ring, xxhash64(kAnonymousKey), {}, &RingEntry::hash);
  out.anonymous = (next == ring.end() ? ring.begin() : next)->host;
  return out;
}

namespace {

struct MaglevEntry {
  std::string_view key;
  std::size_t host = 0;
  double weight = 0;
  double target = 0;
  std::uint64_t offset = 0;
  std::uint64_t skip = 0;
  std::uint64_t next = 0;

  [[nodiscard]] std::uint64_t slot() const { return (offset + skip * next) % kMaglevTable; }
};

constexpr std::size_t kFree = SIZE_MAX;

// maglev_lb.cc, constructImplementationInternals.
std::vector<std::size_t> maglev_table(std::vector<MaglevEntry>& entries, double most) {
  std::vector<std::size_t> table(kMaglevTable, kFree);
  std::uint64_t filled = 0;
  for (std::uint32_t iteration = 1; filled < kMaglevTable; ++iteration) {
    for (MaglevEntry& entry : entries) {
      if (filled == kMaglevTable) {
        break;
      }
      if (iteration * entry.weight < entry.target) {
        continue;
      }
      entry.target += most;
      while (table[entry.slot()] != kFree) {
        ++entry.next;
      }
      table[entry.slot()] = entry.host;
      ++entry.next;
      ++filled;
    }
  }
  return table;
}

}  // namespace

std::optional<HashTable> maglev(const std::vector<HashedHost>& hosts) {
  if (hosts.empty()) {
    return std::nullopt;
  }
  const std::vector<double> weights = normalized(hosts);
  std::vector<MaglevEntry> entries;
  for (std::size_t host = 0; host < hosts.size(); ++host) {
    MaglevEntry entry{.key = hosts[host].key, .host = host, .weight = weights[host]};
    entry.offset = xxhash64(entry.key) % kMaglevTable;
    entry.skip = xxhash64(entry.key, 1) % (kMaglevTable - 1) + 1;
    entries.push_back(entry);
  }
  std::ranges::stable_sort(entries, {}, &MaglevEntry::key);
  const auto table = maglev_table(entries, std::ranges::max(weights));
  HashTable out;
  out.sessions.assign(hosts.size(), 0.0);
  for (const std::size_t host : table) {
    out.sessions[host] += 1.0 / static_cast<double>(kMaglevTable);
  }
  out.anonymous = table[xxhash64(kAnonymousKey) % kMaglevTable];
  return out;
}

}  // namespace prober

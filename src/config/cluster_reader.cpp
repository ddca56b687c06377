#include "config/cluster_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "config/go_types.h"
#include "config/health_reader.h"

namespace prober::config {
namespace {

constexpr std::uint64_t kMost32 = UINT32_MAX;

LoadBalancingPolicy policy_at(std::size_t index) {
  // In the order of config.proto, LoadBalancingPolicy.
  constexpr std::array kPolicies = {
      LoadBalancingPolicy::RoundRobin, LoadBalancingPolicy::RoundRobin,
      LoadBalancingPolicy::Maglev,     LoadBalancingPolicy::Random,
      LoadBalancingPolicy::RingHash,   LoadBalancingPolicy::LeastRequest};
  return index < kPolicies.size() ? kPolicies.at(index) : LoadBalancingPolicy::RoundRobin;
}

void read_policy(const Fields& route, ClusterSettings& out) {
  const auto value = route.get("load_balancing_policy");
  if (!value || !value->is_scalar()) {
    return;
  }
  if (const auto number = number_of(*value)) {
    out.policy = policy_at(static_cast<std::size_t>(std::clamp(*number, 0.0, 100.0)));
    return;
  }
  constexpr std::array<std::string_view, 6> kNames = {
      "UNSPECIFIED", "ROUND_ROBIN", "MAGLEV", "RANDOM", "RING_HASH", "LEAST_REQUEST"};
  const auto index = find_enum(value->text(), "LOAD_BALANCING_POLICY_", kNames);
  if (index) {
    out.policy = policy_at(*index);
    return;
  }
  route.problems().refused(
      *value,
      "`load_balancing_policy` must be one of ROUND_ROBIN, LEAST_REQUEST, RANDOM, RING_HASH, "
      "MAGLEV",
      fmt::format("unsupported enum value {} for LoadBalancingPolicy", value->text()));
}

void read_panic_threshold(const Fields& route, ClusterSettings& out) {
  const auto value = route.get("healthy_panic_threshold");
  const auto number = value && value->is_scalar() ? number_of(*value) : std::nullopt;
  if (!number) {
    return;
  }
  if (*number < 0 || *number > 100) {
    route.problems().all_down(*value, FaultEffect::ExtAuthzError,
                              "`healthy_panic_threshold` must be from 0 to 100",
                              "PercentValidationError.Value: value must be inside range [0, 100]");
    return;
  }
  out.healthy_panic_threshold = static_cast<std::uint32_t>(*number);
}

std::string upper(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), [](char c) {
    return c >= 'a' && c <= 'z' ? static_cast<char>(c - ('a' - 'A')) : c;
  });
  return out;
}

}  // namespace

std::optional<std::size_t> find_enum(std::string_view text, std::string_view prefix,
                                     std::span<const std::string_view> names) {
  const std::string wanted = upper(text);
  const auto index = [names](auto fits) -> std::optional<std::size_t> {
    const auto found = std::ranges::find_if(names, fits);
    return found == names.end() ? std::nullopt
                                : std::optional(static_cast<std::size_t>(found - names.begin()));
  };
  if (wanted.empty()) {
    return 0;
  }
  if (const auto whole = index([&](std::string_view name) {
        return wanted == name || wanted == std::string(prefix) + std::string(name);
      })) {
    return whole;
  }
  return index([&](std::string_view name) {
    return (std::string(prefix) + std::string(name)).ends_with("_" + wanted);
  });
}

void read_circuit_breakers(const Value& block, CircuitBreakers& breakers, Problems& problems) {
  if (!block.is_map()) {
    return;  // reported with the types
  }
  Fields fields(block, "`circuit_breaker_thresholds`", problems, "circuit_breaker_thresholds");
  fields.check_pomerium_keys(Section::CircuitBreakers);
  const std::array<std::pair<std::string_view, std::optional<std::uint32_t>*>, 5> targets = {{
      {"max_connections", &breakers.max_connections},
      {"max_pending_requests", &breakers.max_pending_requests},
      {"max_requests", &breakers.max_requests},
      {"max_retries", &breakers.max_retries},
      {"max_connection_pools", &breakers.max_connection_pools},
  }};
  for (const auto& [key, target] : targets) {
    if (const auto value = fields.number(key, 0, kMost32)) {
      *target = static_cast<std::uint32_t>(*value);
    }
  }
}

std::shared_ptr<const ClusterSettings> read_cluster(
    const Fields& route, const Route& about,
    const std::shared_ptr<const ClusterSettings>& defaults) {
  constexpr std::array<std::string_view, 5> kKeys = {"load_balancing_policy", "health_checks",
                                                     "outlier_detection", "healthy_panic_threshold",
                                                     "circuit_breaker_thresholds"};
  if (std::ranges::none_of(kKeys, [&route](std::string_view key) { return route.has(key); })) {
    return defaults;
  }
  auto out = std::make_shared<ClusterSettings>(*defaults);
  Problems& problems = route.problems();
  read_policy(route, *out);
  out->health_checks = read_health_checks(route, about);
  if (const auto detection = route.get("outlier_detection")) {
    out->outlier_detection = read_outlier_detection(*detection, problems);
  }
  read_panic_threshold(route, *out);
  if (const auto breakers = route.get("circuit_breaker_thresholds")) {
    read_circuit_breakers(*breakers, out->circuit_breakers, problems);
  }
  return out;
}

}  // namespace prober::config

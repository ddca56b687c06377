#include "config/schema.h"

#include <algorithm>
#include <array>
#include <vector>

#include "prober/ascii.h"

namespace prober::config {
namespace {

using std::string_view;

// Levenshtein, with a neighbouring swap counted once.
std::size_t distance(string_view a, string_view b) {
  std::vector<std::vector<std::size_t>> cost(a.size() + 1, std::vector<std::size_t>(b.size() + 1));
  for (std::size_t i = 0; i <= a.size(); ++i) {
    for (std::size_t j = 0; j <= b.size(); ++j) {
      if (i == 0 || j == 0) {
        cost[i][j] = i + j;
        continue;
      }
      const std::size_t change = a[i - 1] == b[j - 1] ? 0 : 1;
      cost[i][j] = std::min({cost[i - 1][j] + 1, cost[i][j - 1] + 1, cost[i - 1][j - 1] + change});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        cost[i][j] = std::min(cost[i][j], cost[i - 2][j - 2] + 1);
      }
    }
  }
  return cost[a.size()][b.size()];
}

}  // namespace

const Key* find_key(Section section, string_view key) {
  const auto known = keys_of(section);
  const auto found =
      std::ranges::find_if(known, [key](const Key& one) { return same_letters(one.name, key); });
  return found == known.end() ? nullptr : &*found;
}

std::string suggestion(Section section, string_view key) {
  string_view best;
  std::size_t least = std::max<std::size_t>(2, key.size() / 3) + 1;
  for (const Key& one : keys_of(section)) {
    const std::size_t here = distance(key, one.name);
    if (here < least) {
      least = here;
      best = one.name;
    }
  }
  return best.empty() ? "" : " (did you mean `" + std::string(best) + "`?)";
}

string_view removed_key(string_view key) {
  constexpr std::array<std::pair<string_view, string_view>, 7> kRemoved = {{
      {"lb_policy", "Pomerium has no such key any more; use load_balancing_policy"},
      {"lb_config", "Pomerium has no such key any more; use load_balancing_policy"},
      {"ring_hash_lb_config", "Pomerium has no such key any more"},
      {"maglev_lb_config", "Pomerium has no such key any more"},
      {"least_request_lb_config", "Pomerium has no such key any more"},
      {"tls_options", "Pomerium's health checks have no such key any more"},
      {"tls_upstream_client_ca", "Pomerium has no such key; use tls_custom_ca"},
  }};
  const auto* found = std::ranges::find(kRemoved, key, &std::pair<string_view, string_view>::first);
  return found == kRemoved.end() ? "" : found->second;
}

bool refused_key(Section section, string_view key) {
  // config/options_check.go; the ones of a route are looked for under `routes` only.
  constexpr std::array<string_view, 12> kTop = {"client_ca",
                                                "client_ca_file",
                                                "idp_service_account",
                                                "idp_refresh_directory_timeout",
                                                "idp_refresh_directory_interval",
                                                "idp_qps",
                                                "tracing_datadog_address",
                                                "tracing_jaeger_collector_endpoint",
                                                "tracing_jaeger_agent_endpoint",
                                                "tracing_zipkin_endpoint",
                                                "tracing_provider",
                                                "tracing_sample_rate"};
  constexpr std::array<string_view, 2> kRoute = {"allowed_groups", "set_authorization_header"};
  const auto among = [key](const auto& names) {
    return std::ranges::any_of(names, [key](string_view one) { return same_letters(one, key); });
  };
  return section == Section::Top ? among(kTop) : section == Section::Route && among(kRoute);
}

}  // namespace prober::config

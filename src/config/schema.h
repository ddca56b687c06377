#pragma once

#include <span>
#include <string>
#include <string_view>

namespace prober::config {

/// Which keys may stand where. Pomerium's keys are those of its config/options.go and
/// config/policy.go; the ones that do not touch the path to an upstream are known here and read
/// nowhere.
enum class Section {
  Top,
  Route,
  Probe,
  Expect,
  Proxy,
  RetryPolicy,
  HealthCheck,
  HttpHealthCheck,
  TcpHealthCheck,
  GrpcHealthCheck,
  OutlierDetection,
  CircuitBreakers
};

[[nodiscard]] bool known_key(Section section, std::string_view key);

/// " (did you mean `timeout`?)", or "" when nothing is near.
[[nodiscard]] std::string suggestion(Section section, std::string_view key);

/// What became of a key that Pomerium once had; "" for all others.
[[nodiscard]] std::string_view removed_key(std::string_view key);

}  // namespace prober::config

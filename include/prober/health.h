#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "prober/duration.h"

namespace prober {

/// How a cluster learns that a host is unwell, by Envoy's names (config.core.v3.HealthCheck,
/// config.cluster.v3.OutlierDetection, config.cluster.v3.CircuitBreakers).

enum class HealthCheckKind { Http, Tcp, Grpc };

struct HealthCheck {
  HealthCheckKind kind = HealthCheckKind::Http;
  Duration timeout{};
  Duration interval{};
  std::uint32_t unhealthy_threshold = 1;
  std::uint32_t healthy_threshold = 1;
  std::string host;  // empty: Envoy sends the cluster's name
  std::string path;
  std::vector<std::pair<std::int64_t, std::int64_t>>
      expected_statuses;  // half-open; empty: [200,201)
  std::vector<std::pair<std::int64_t, std::int64_t>> retriable_statuses;  // half-open
  bool http2 = false;                // codec_client_type HTTP2; Envoy's default is HTTP/1
  std::string send;                  // tcp: bytes to send (decoded from hex)
  std::vector<std::string> receive;  // tcp and http: bytes to find, in this order
  std::string service_name;          // grpc
  std::string authority;             // grpc
};

/// Defaults are Envoy's.
struct OutlierDetection {
  std::uint32_t consecutive_5xx = 5;
  std::uint32_t enforcing_consecutive_5xx = 100;  // percent
  std::uint32_t consecutive_gateway_failure = 5;
  std::uint32_t enforcing_consecutive_gateway_failure = 0;  // percent
  bool split_external_local_origin_errors = false;
  std::uint32_t consecutive_local_origin_failure = 5;
  std::uint32_t enforcing_consecutive_local_origin_failure = 100;  // percent
  std::uint32_t max_ejection_percent = 10;
  bool always_eject_one_host = false;
};

/// Unset means Envoy's default: 1024, 1024, 1024, 3, unlimited.
struct CircuitBreakers {
  std::optional<std::uint32_t> max_connections;
  std::optional<std::uint32_t> max_pending_requests;
  std::optional<std::uint32_t> max_requests;
  std::optional<std::uint32_t> max_retries;
  std::optional<std::uint32_t> max_connection_pools;
};

}  // namespace prober

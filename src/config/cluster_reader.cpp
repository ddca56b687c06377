#include "config/cluster_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>

#include "config/base64.h"

namespace prober::config {
namespace {

constexpr std::uint64_t kMost32 = UINT32_MAX;

std::string upper(std::string text) {
  std::ranges::transform(text, text.begin(),
                         [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  return text;
}

void assign(std::uint32_t& target, const Fields& fields, std::string_view key) {
  if (const auto value = fields.number(key, 0, kMost32)) {
    target = static_cast<std::uint32_t>(*value);
  }
}

void read_policy(const Fields& route, ClusterSettings& out) {
  const auto text = route.string("load_balancing_policy");
  if (!text) {
    return;
  }
  constexpr std::array<std::pair<std::string_view, LoadBalancingPolicy>, 5> kPolicies = {{
      {"ROUND_ROBIN", LoadBalancingPolicy::RoundRobin},
      {"LEAST_REQUEST", LoadBalancingPolicy::LeastRequest},
      {"RANDOM", LoadBalancingPolicy::Random},
      {"RING_HASH", LoadBalancingPolicy::RingHash},
      {"MAGLEV", LoadBalancingPolicy::Maglev},
  }};
  std::string name = upper(*text);
  constexpr std::string_view kPrefix = "LOAD_BALANCING_POLICY_";
  if (name.starts_with(kPrefix)) {
    name.erase(0, kPrefix.size());
  }
  const auto* found = std::ranges::find(kPolicies, std::string_view(name),
                                        &std::pair<std::string_view, LoadBalancingPolicy>::first);
  if (found != kPolicies.end()) {
    out.policy = found->second;
  } else if (name != "UNSPECIFIED") {
    route.problems().error(
        route.where("load_balancing_policy"),
        "`load_balancing_policy` must be one of ROUND_ROBIN, LEAST_REQUEST, RANDOM, "
        "RING_HASH, MAGLEV; Pomerium refuses to start");
  }
}

// protojson's payload: {text: HEX} or {binary: BASE64}.
std::optional<std::string> read_payload(const Value& value, Problems& problems) {
  const Fields fields(value, "a payload", problems);
  if (const auto hex = fields.string("text")) {
    const auto bytes = decode_hex(*hex);
    if (!bytes) {
      problems.error(fields.where("text"), "`text` of a payload must be hexadecimal digits");
    }
    return bytes;
  }
  if (const auto encoded = fields.string("binary")) {
    return decode_base64(*encoded);
  }
  return std::nullopt;
}

void read_receive(const Fields& fields, HealthCheck& out) {
  const auto receive = fields.get("receive");
  if (!receive) {
    return;
  }
  const std::vector<Value> several =
      receive->is_map() ? std::vector<Value>{*receive} : receive->items();
  for (const Value& one : several) {
    if (auto payload = read_payload(one, fields.problems())) {
      out.receive.push_back(std::move(*payload));
    }
  }
}

std::vector<std::pair<std::int64_t, std::int64_t>> read_ranges(const Fields& fields,
                                                               std::string_view key) {
  std::vector<std::pair<std::int64_t, std::int64_t>> out;
  const auto value = fields.get(key);
  if (!value) {
    return out;
  }
  for (const Value& item : value->items()) {
    const Fields range(item, fmt::format("an entry of `{}`", key), fields.problems());
    const auto start = range.number("start", 0, 1000);
    const auto end = range.number("end", 0, 1000);
    if (start && end) {
      out.emplace_back(static_cast<std::int64_t>(*start), static_cast<std::int64_t>(*end));
    }
  }
  return out;
}

void read_http_check(const Value& block, HealthCheck& out, Problems& problems) {
  const Fields fields(block, "`http_health_check`", problems);
  fields.check_keys(Section::HttpHealthCheck, UnknownKeys::Warning);
  out.kind = HealthCheckKind::Http;
  out.host = fields.string("host").value_or("");
  out.path = fields.string("path").value_or("");
  out.expected_statuses = read_ranges(fields, "expected_statuses");
  out.retriable_statuses = read_ranges(fields, "retriable_statuses");
  out.http2 = upper(fields.string("codec_client_type").value_or("HTTP1")) == "HTTP2";
  read_receive(fields, out);
  if (out.path.empty()) {
    problems.warning(block,
                     "an http_health_check without `path`: Envoy rejects every cluster, and all "
                     "routes answer 503 ext_authz_error");
  }
}

HealthCheck read_health_check(const Value& block, Problems& problems) {
  const Fields fields(block, "a health check", problems);
  fields.check_keys(Section::HealthCheck, UnknownKeys::Warning);
  HealthCheck out;
  for (const std::string_view key :
       {"timeout", "interval", "unhealthy_threshold", "healthy_threshold"}) {
    if (!fields.has(key)) {
      problems.warning(block,
                       fmt::format("a health check without `{}`: Envoy rejects every cluster, and "
                                   "all routes answer 503 ext_authz_error",
                                   key));
    }
  }
  out.timeout = fields.duration("timeout").value_or(std::chrono::seconds(1));
  out.interval = fields.duration("interval").value_or(std::chrono::seconds(1));
  assign(out.unhealthy_threshold, fields, "unhealthy_threshold");
  assign(out.healthy_threshold, fields, "healthy_threshold");
  if (const auto http = fields.get("http_health_check")) {
    read_http_check(*http, out, problems);
  } else if (const auto tcp = fields.get("tcp_health_check")) {
    const Fields check(*tcp, "`tcp_health_check`", problems);
    check.check_keys(Section::TcpHealthCheck, UnknownKeys::Warning);
    out.kind = HealthCheckKind::Tcp;
    if (const auto send = check.get("send")) {
      out.send = read_payload(*send, problems).value_or("");
    }
    read_receive(check, out);
  } else if (const auto grpc = fields.get("grpc_health_check")) {
    const Fields check(*grpc, "`grpc_health_check`", problems);
    check.check_keys(Section::GrpcHealthCheck, UnknownKeys::Warning);
    out.kind = HealthCheckKind::Grpc;
    out.service_name = check.string("service_name").value_or("");
    out.authority = check.string("authority").value_or("");
  }
  return out;
}

OutlierDetection read_outlier_detection(const Value& block, Problems& problems) {
  const Fields fields(block, "`outlier_detection`", problems);
  fields.check_keys(Section::OutlierDetection, UnknownKeys::Warning);
  OutlierDetection out;
  assign(out.consecutive_5xx, fields, "consecutive_5xx");
  assign(out.enforcing_consecutive_5xx, fields, "enforcing_consecutive_5xx");
  assign(out.consecutive_gateway_failure, fields, "consecutive_gateway_failure");
  assign(out.enforcing_consecutive_gateway_failure, fields,
         "enforcing_consecutive_gateway_failure");
  assign(out.consecutive_local_origin_failure, fields, "consecutive_local_origin_failure");
  assign(out.enforcing_consecutive_local_origin_failure, fields,
         "enforcing_consecutive_local_origin_failure");
  assign(out.max_ejection_percent, fields, "max_ejection_percent");
  out.split_external_local_origin_errors =
      fields.boolean("split_external_local_origin_errors").value_or(false);
  out.always_eject_one_host = fields.boolean("always_eject_one_host").value_or(false);
  return out;
}

}  // namespace

void read_circuit_breakers(const Value& block, CircuitBreakers& breakers, Problems& problems) {
  const Fields fields(block, "`circuit_breaker_thresholds`", problems);
  fields.check_keys(Section::CircuitBreakers, UnknownKeys::Warning);
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
    const Fields& route, const std::shared_ptr<const ClusterSettings>& defaults) {
  const bool says_something = std::ranges::any_of(
      std::array<std::string_view, 5>{"load_balancing_policy", "health_checks", "outlier_detection",
                                      "healthy_panic_threshold", "circuit_breaker_thresholds"},
      [&route](std::string_view key) { return route.has(key); });
  if (!says_something) {
    return defaults;
  }
  auto out = std::make_shared<ClusterSettings>(*defaults);
  Problems& problems = route.problems();
  read_policy(route, *out);
  if (const auto checks = route.get("health_checks")) {
    const std::vector<Value> several =
        checks->is_map() ? std::vector<Value>{*checks} : checks->items();
    for (const Value& check : several) {
      out->health_checks.push_back(read_health_check(check, problems));
    }
    if (several.size() > 1) {
      problems.warning(*checks,
                       "more than one health check: Envoy rejects the cluster, and this route "
                       "answers 503 cluster_not_found");
    }
  }
  if (const auto detection = route.get("outlier_detection")) {
    out->outlier_detection = read_outlier_detection(*detection, problems);
  }
  assign(out->healthy_panic_threshold, route, "healthy_panic_threshold");
  if (out->healthy_panic_threshold > 100) {
    problems.warning(
        route.where("healthy_panic_threshold"),
        "`healthy_panic_threshold` above 100: Envoy rejects every cluster, and all routes "
        "answer 503 ext_authz_error");
  }
  if (const auto breakers = route.get("circuit_breaker_thresholds")) {
    read_circuit_breakers(*breakers, out->circuit_breakers, problems);
  }
  return out;
}

}  // namespace prober::config

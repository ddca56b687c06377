// health_checks and outlier_detection are protobuf messages in JSON (config/custom.go,
// decodeProtoHookFunc): another notation than the rest of the file, and unknown fields are
// discarded without a word. What protobuf takes and Envoy's own validation does not
// (config.core.v3.HealthCheck, config.cluster.v3.OutlierDetection) makes Envoy refuse all clusters;
// what a health checker's constructor does not take, that cluster alone.

#include "config/health_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "config/base64.h"
#include "config/go_types.h"

namespace prober::config {
namespace {

constexpr std::uint64_t kMost32 = UINT32_MAX;

void assign(std::uint32_t& target, const Fields& fields, std::string_view key) {
  if (const auto value = fields.number(key, 0, kMost32)) {
    target = static_cast<std::uint32_t>(*value);
  }
}

void not_positive(const Fields& fields, std::string_view key, std::string_view message) {
  const auto span = fields.duration(key);
  if (span && *span <= Duration{}) {
    fields.problems().all_down(fields.where(key), FaultEffect::ExtAuthzError,
                               fmt::format("`{}` must be more than 0s", key),
                               fmt::format("{}: value must be greater than 0s", message));
  }
}

void above_100(const Fields& fields, std::string_view key) {
  const auto value = fields.number(key, 0, kMost32);
  if (value && *value > 100) {
    fields.problems().all_down(
        fields.where(key), FaultEffect::ExtAuthzError, fmt::format("`{}` must be 100 or less", key),
        "OutlierDetectionValidationError: value must be less than or equal to 100");
  }
}

void no_line_break(const Fields& fields, std::string_view key) {
  if (fields.string(key).value_or("").find_first_of(std::string_view("\0\r\n", 3)) !=
      std::string::npos) {
    fields.problems().all_down(fields.where(key), FaultEffect::ExtAuthzError,
                               fmt::format("`{}` has a line break", key),
                               "value does not match regex pattern \"^[^\\u0000\\n\\r]*$\"");
  }
}

// {text: HEX} or {binary: BASE64}.
std::optional<std::string> read_payload(const Value& value, Problems& problems) {
  Fields fields(value, "a payload", problems, "health_checks");
  fields.check_pomerium_keys(Section::Payload);
  const auto text = fields.string("text");
  if (!text && !fields.has("binary")) {
    problems.all_down(value, FaultEffect::ExtAuthzError, "a payload without `text` and `binary`",
                      "PayloadValidationError.Payload: is required");
    return std::nullopt;
  }
  if (!text) {
    return decode_any_base64(fields.string("binary").value_or(""));
  }
  if (text->empty()) {
    problems.all_down(fields.where("text"), FaultEffect::ExtAuthzError,
                      "`text` of a payload is empty",
                      "PayloadValidationError.Text: value length must be at least 1 characters");
    return std::nullopt;
  }
  auto bytes = decode_hex(*text);
  if (!bytes) {
    problems.route_down(fields.where("text"), FaultEffect::ClusterNotFound,
                        "`text` of a payload must be pairs of hexadecimal digits",
                        "invalid hex string");
  }
  return bytes;
}

void read_receive(const Fields& fields, HealthCheck& out) {
  const auto receive = fields.get("receive");
  if (!receive) {
    return;
  }
  for (const Value& one : receive->items()) {
    if (!one.is_map()) {
      fields.problems().refused(one, "an entry of `receive` must be a map",
                                "proto: syntax error: unexpected token");
    } else if (auto payload = read_payload(one, fields.problems())) {
      out.receive.push_back(std::move(*payload));
    }
  }
}

std::int64_t bound(const Fields& range, std::string_view key) {
  const auto value = range.get(key);
  return value ? static_cast<std::int64_t>(number_in(*value).value_or(0)) : 0;
}

std::vector<std::pair<std::int64_t, std::int64_t>> read_ranges(const Fields& fields,
                                                               std::string_view key) {
  std::vector<std::pair<std::int64_t, std::int64_t>> out;
  const auto value = fields.get(key);
  Problems& problems = fields.problems();
  for (const Value& item : value ? value->items() : std::vector<Value>()) {
    if (!item.is_map()) {
      problems.refused(item,
                       fmt::format("an entry of `{}` must be a map of `start` and `end`", key),
                       "proto: syntax error: unexpected token");
      continue;
    }
    Fields range(item, "a range of statuses", problems, "health_checks");
    range.check_pomerium_keys(Section::StatusRange);
    const std::int64_t start = bound(range, "start");
    const std::int64_t end = bound(range, "end");
    if (start >= end || start < 100 || end > 600) {
      problems.route_down(
          item, FaultEffect::ClusterNotFound,
          fmt::format("[{}, {}) in `{}` is no range within [100, 600)", start, end, key),
          fmt::format("Invalid http {} status range: expecting {}",
                      key == "expected_statuses" ? "expected" : "retriable",
                      start < 100 ? "start >= 100"
                      : end > 600 ? "end <= 600"
                                  : "start < end"));
    }
    out.emplace_back(start, end);
  }
  return out;
}

// HTTP1, HTTP2, HTTP3 or their numbers; what is not known is discarded.
bool is_http2(const Fields& fields) {
  const auto value = fields.get("codec_client_type");
  if (!value || !value->is_scalar()) {
    return false;
  }
  const bool known = value->text() == "HTTP1" || value->text() == "HTTP2" ||
                     value->text() == "HTTP3" || number_of(*value);
  if (!known) {
    fields.problems().ignored(*value, "`codec_client_type` must be HTTP1 or HTTP2, in capitals");
  }
  return value->text() == "HTTP2" || number_of(*value) == 1.0;
}

void read_http_check(const Value& block, HealthCheck& out, Problems& problems) {
  Fields fields(block, "`http_health_check`", problems, "health_checks.http_health_check");
  fields.check_pomerium_keys(Section::HttpHealthCheck);
  out.kind = HealthCheckKind::Http;
  out.host = fields.string("host").value_or("");
  out.path = fields.string("path").value_or("");
  out.expected_statuses = read_ranges(fields, "expected_statuses");
  out.retriable_statuses = read_ranges(fields, "retriable_statuses");
  out.http2 = is_http2(fields);
  if (const auto send = fields.get("send"); send && send->is_map()) {
    (void)read_payload(*send, problems);
  }
  read_receive(fields, out);
  no_line_break(fields, "host");
  no_line_break(fields, "path");
  if (out.path.empty()) {
    problems.all_down(block, FaultEffect::ExtAuthzError, "an http_health_check without `path`",
                      "HttpHealthCheckValidationError.Path: value length must be at least 1 "
                      "characters");
  }
}

void read_tcp_check(const Value& block, HealthCheck& out, Problems& problems) {
  Fields check(block, "`tcp_health_check`", problems, "health_checks.tcp_health_check");
  check.check_pomerium_keys(Section::TcpHealthCheck);
  out.kind = HealthCheckKind::Tcp;
  if (const auto send = check.get("send"); send && send->is_map()) {
    out.send = read_payload(*send, problems).value_or("");
  }
  read_receive(check, out);
}

// A cluster whose protocol is settled as HTTP/1.1; https without websockets offers h2.
bool speaks_http1_only(const Route& route) {
  const auto every = [&route](Scheme scheme) {
    return std::ranges::all_of(route.to,
                               [scheme](const Upstream& to) { return to.scheme == scheme; });
  };
  const bool https =
      std::ranges::any_of(route.to, [](const Upstream& to) { return uses_tls(to.scheme); });
  return route.websocket ? !every(Scheme::H2c) : !https && !every(Scheme::H2c);
}

void read_grpc_check(const Value& block, HealthCheck& out, Problems& problems, const Route& about) {
  Fields check(block, "`grpc_health_check`", problems, "health_checks.grpc_health_check");
  check.check_pomerium_keys(Section::GrpcHealthCheck);
  out.kind = HealthCheckKind::Grpc;
  out.service_name = check.string("service_name").value_or("");
  out.authority = check.string("authority").value_or("");
  no_line_break(check, "authority");
  if (speaks_http1_only(about)) {
    problems.route_down(block, FaultEffect::ClusterNotFound,
                        "a grpc_health_check on an upstream that Pomerium speaks HTTP/1.1 to",
                        "cluster must support HTTP/2 for gRPC healthchecking");
  }
}

void check_required(const Fields& fields, const Value& block) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 4> kRequired = {{
      {"timeout", "Timeout"},
      {"interval", "Interval"},
      {"unhealthy_threshold", "UnhealthyThreshold"},
      {"healthy_threshold", "HealthyThreshold"},
  }};
  for (const auto& [key, name] : kRequired) {
    if (!fields.has(key)) {
      fields.problems().all_down(
          block, FaultEffect::ExtAuthzError, fmt::format("a health check without `{}`", key),
          fmt::format("HealthCheckValidationError.{}: value is required", name));
    }
  }
  for (const std::string_view key :
       {"timeout", "interval", "no_traffic_interval", "no_traffic_healthy_interval",
        "unhealthy_interval", "unhealthy_edge_interval", "healthy_edge_interval"}) {
    not_positive(fields, key, "HealthCheckValidationError");
  }
}

// Exactly one of the three.
void read_checker(const Fields& fields, const Value& block, HealthCheck& out, const Route& about) {
  Problems& problems = fields.problems();
  const auto http = fields.get("http_health_check");
  const auto tcp = fields.get("tcp_health_check");
  const auto grpc = fields.get("grpc_health_check");
  const int given = (http ? 1 : 0) + (tcp ? 1 : 0) + (grpc ? 1 : 0);
  if (given > 1) {
    problems.refused(block, "a health check must be one of http, tcp and grpc",
                     "proto: oneof pomerium.config.HealthCheck.health_checker is already set");
  } else if (given == 0) {
    problems.all_down(block, FaultEffect::ExtAuthzError,
                      "a health check without http_health_check, tcp_health_check or "
                      "grpc_health_check",
                      "HealthCheckValidationError.HealthChecker: is required");
  }
  if (http && http->is_map()) {
    read_http_check(*http, out, problems);
  } else if (tcp && tcp->is_map()) {
    read_tcp_check(*tcp, out, problems);
  } else if (grpc && grpc->is_map()) {
    read_grpc_check(*grpc, out, problems, about);
  }
}

HealthCheck read_health_check(const Value& block, Problems& problems, const Route& about) {
  Fields fields(block, "a health check", problems, "health_checks");
  fields.check_pomerium_keys(Section::HealthCheck);
  HealthCheck out;
  check_required(fields, block);
  out.timeout = fields.duration("timeout").value_or(std::chrono::seconds(1));
  out.interval = fields.duration("interval").value_or(std::chrono::seconds(1));
  assign(out.unhealthy_threshold, fields, "unhealthy_threshold");
  assign(out.healthy_threshold, fields, "healthy_threshold");
  read_checker(fields, block, out, about);
  return out;
}

}  // namespace

std::vector<HealthCheck> read_health_checks(const Fields& route, const Route& about) {
  std::vector<HealthCheck> out;
  const auto checks = route.get("health_checks");
  if (!checks) {
    return out;
  }
  Problems& problems = route.problems();
  const bool single = checks->is_map() && !checks->members().empty();
  const std::vector<Value> several =
      single || checks->is_scalar() ? std::vector<Value>{*checks} : checks->items();
  for (const Value& check : several) {
    if (check.is_scalar() || check.is_sequence()) {
      problems.refused(
          check, "a health check must be a map",
          problems.path_of("health_checks") + " proto: syntax error: unexpected token");
    } else {
      out.push_back(read_health_check(check, problems, about));
    }
  }
  if (several.size() > 1) {
    problems.route_down(*checks, FaultEffect::ClusterNotFound, "more than one health check",
                        "Multiple health checks not supported");
  }
  return out;
}

OutlierDetection read_outlier_detection(const Value& block, Problems& problems) {
  OutlierDetection out;
  if (!block.is_map()) {
    problems.refused(
        block, "`outlier_detection` must be a map",
        problems.path_of("outlier_detection") + " proto: syntax error: unexpected token");
    return out;
  }
  Fields fields(block, "`outlier_detection`", problems, "outlier_detection");
  fields.check_pomerium_keys(Section::OutlierDetection);
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
  for (const std::string_view key : {"interval", "base_ejection_time", "max_ejection_time"}) {
    not_positive(fields, key, "OutlierDetectionValidationError");
  }
  for (const std::string_view key :
       {"max_ejection_percent", "enforcing_consecutive_5xx", "enforcing_success_rate",
        "enforcing_consecutive_gateway_failure", "enforcing_consecutive_local_origin_failure",
        "enforcing_local_origin_success_rate", "failure_percentage_threshold",
        "enforcing_failure_percentage", "enforcing_failure_percentage_local_origin"}) {
    above_100(fields, key);
  }
  const Duration base = fields.duration("base_ejection_time").value_or(std::chrono::seconds(30));
  const auto most = fields.duration("max_ejection_time");
  if (most && *most > Duration{} && *most < base) {
    problems.route_down(
        fields.where("max_ejection_time"), FaultEffect::ClusterNotFound,
        "`max_ejection_time` is less than `base_ejection_time` (30s)",
        "outlier detector's max_ejection_time cannot be smaller than base_ejection_time");
  }
  return out;
}

}  // namespace prober::config

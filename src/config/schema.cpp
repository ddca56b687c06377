#include "config/schema.h"

#include <algorithm>
#include <array>
#include <vector>

namespace prober::config {
namespace {

using std::string_view;

constexpr string_view kTop[] = {"probe",
                                "proxy",
                                "routes",
                                "policy",
                                "version",
                                "access_log_fields",
                                "address",
                                "allow_upgrades",
                                "authenticate_callback_path",
                                "authenticate_internal_service_url",
                                "authenticate_service_url",
                                "authorize_internal_service_url",
                                "authorize_log_fields",
                                "authorize_service_url",
                                "authorize_service_urls",
                                "autocert",
                                "autocert_ca",
                                "autocert_dir",
                                "autocert_eab_key_id",
                                "autocert_eab_mac_key",
                                "autocert_email",
                                "autocert_must_staple",
                                "autocert_trusted_ca",
                                "autocert_trusted_ca_file",
                                "autocert_use_staging",
                                "bearer_token_format",
                                "certificate",
                                "certificate_authority",
                                "certificate_authority_file",
                                "certificate_file",
                                "certificate_key",
                                "certificate_key_file",
                                "certificates",
                                "circuit_breaker_thresholds",
                                "client_ca",
                                "client_ca_file",
                                "client_crl",
                                "client_crl_file",
                                "codec_type",
                                "cookie_domain",
                                "cookie_expire",
                                "cookie_http_only",
                                "cookie_name",
                                "cookie_same_site",
                                "cookie_secret",
                                "cookie_secret_file",
                                "cookie_secure",
                                "databroker_cluster_leader_id",
                                "databroker_cluster_node_id",
                                "databroker_cluster_nodes",
                                "databroker_internal_service_url",
                                "databroker_raft_bind_address",
                                "databroker_service_url",
                                "databroker_service_urls",
                                "databroker_storage_ca_file",
                                "databroker_storage_cert_file",
                                "databroker_storage_connection_string",
                                "databroker_storage_connection_string_file",
                                "databroker_storage_key_file",
                                "databroker_storage_tls_skip_verify",
                                "databroker_storage_type",
                                "debug_address",
                                "default_upstream_timeout",
                                "derive_tls",
                                "dns_failure_refresh_rate",
                                "dns_lookup_family",
                                "dns_query_timeout",
                                "dns_query_tries",
                                "dns_refresh_rate",
                                "dns_resolvers",
                                "dns_udp_max_queries",
                                "dns_use_tcp",
                                "downstream_mtls",
                                "enterprise_bootstrap_service_account",
                                "envoy_admin_access_log_path",
                                "envoy_admin_address",
                                "envoy_admin_profile_path",
                                "envoy_bind_config_freebind",
                                "envoy_bind_config_source_address",
                                "error_message_first_paragraph",
                                "favicon_url",
                                "google_cloud_serverless_authentication_service_account",
                                "grpc_address",
                                "grpc_client_dns_roundrobin",
                                "grpc_client_timeout",
                                "grpc_insecure",
                                "health_check_addr",
                                "health_check_systemd_disabled",
                                "http3_advertise_port",
                                "http_redirect_addr",
                                "identity_providers",
                                "idp_access_token_allowed_audiences",
                                "idp_client_id",
                                "idp_client_secret",
                                "idp_client_secret_file",
                                "idp_provider",
                                "idp_provider_url",
                                "idp_refresh_directory_interval",
                                "idp_refresh_directory_timeout",
                                "idp_request_params",
                                "idp_scopes",
                                "idp_service_account",
                                "insecure_server",
                                "installation_id",
                                "internal_address_config",
                                "jwt_claims_headers",
                                "jwt_groups_filter",
                                "jwt_issuer_format",
                                "log_level",
                                "logo_url",
                                "mcp_allowed_client_id_domains",
                                "mcp_allowed_as_metadata_domains",
                                "metrics_address",
                                "metrics_basic_auth",
                                "metrics_certificate",
                                "metrics_certificate_file",
                                "metrics_certificate_key",
                                "metrics_certificate_key_file",
                                "metrics_client_ca",
                                "metrics_client_ca_file",
                                "otel_attribute_value_length_limit",
                                "otel_bsp_max_export_batch_size",
                                "otel_bsp_schedule_delay",
                                "otel_exporter_otlp_endpoint",
                                "otel_exporter_otlp_headers",
                                "otel_exporter_otlp_protocol",
                                "otel_exporter_otlp_timeout",
                                "otel_exporter_otlp_traces_endpoint",
                                "otel_exporter_otlp_traces_headers",
                                "otel_exporter_otlp_traces_protocol",
                                "otel_exporter_otlp_traces_timeout",
                                "otel_log_level",
                                "otel_resource_attributes",
                                "otel_sdk_disabled",
                                "otel_traces_exporter",
                                "otel_traces_sampler_arg",
                                "override_certificate_name",
                                "pass_identity_headers",
                                "pprof_addr",
                                "primary_color",
                                "programmatic_redirect_domain_whitelist",
                                "proxy_log_level",
                                "runtime_flags",
                                "secondary_color",
                                "services",
                                "session_recording_storage",
                                "set_response_headers",
                                "shared_secret",
                                "shared_secret_file",
                                "signing_key",
                                "signing_key_file",
                                "signout_redirect_url",
                                "skip_xff_append",
                                "ssh_address",
                                "ssh_host_key_files",
                                "ssh_host_keys",
                                "ssh_hostname",
                                "ssh_rls_enabled",
                                "ssh_user_ca_key",
                                "ssh_user_ca_key_file",
                                "timeout_idle",
                                "timeout_read",
                                "timeout_write",
                                "tracing_datadog_address",
                                "tracing_jaeger_agent_endpoint",
                                "tracing_jaeger_collector_endpoint",
                                "tracing_provider",
                                "tracing_sample_rate",
                                "tracing_zipkin_endpoint",
                                "trusted_ca",
                                "trusted_ca_file",
                                "use_proxy_protocol",
                                "xff_num_trusted_hops"};

constexpr string_view kRoute[] = {"probe",
                                  "name",
                                  "from",
                                  "to",
                                  "redirect",
                                  "response",
                                  "prefix",
                                  "path",
                                  "regex",
                                  "regex_priority_order",
                                  "prefix_rewrite",
                                  "regex_rewrite_pattern",
                                  "regex_rewrite_substitution",
                                  "host_rewrite",
                                  "host_rewrite_header",
                                  "host_path_regex_rewrite_pattern",
                                  "host_path_regex_rewrite_substitution",
                                  "preserve_host_header",
                                  "set_request_headers",
                                  "remove_request_headers",
                                  "set_response_headers",
                                  "rewrite_response_headers",
                                  "timeout",
                                  "idle_timeout",
                                  "allow_websockets",
                                  "allow_spdy",
                                  "allow_upgrades",
                                  "tls_skip_verify",
                                  "tls_server_name",
                                  "tls_upstream_server_name",
                                  "tls_downstream_server_name",
                                  "tls_custom_ca",
                                  "tls_custom_ca_file",
                                  "tls_client_cert",
                                  "tls_client_cert_file",
                                  "tls_client_key",
                                  "tls_client_key_file",
                                  "tls_upstream_allow_renegotiation",
                                  "tls_downstream_client_ca",
                                  "tls_downstream_client_ca_file",
                                  "load_balancing_policy",
                                  "health_checks",
                                  "outlier_detection",
                                  "healthy_panic_threshold",
                                  "circuit_breaker_thresholds",
                                  "kubernetes_service_account_token",
                                  "kubernetes_service_account_token_file",
                                  "enable_google_cloud_serverless_authentication",
                                  "pass_identity_headers",
                                  "mcp",
                                  "upstream_tunnel",
                                  "bearer_token_format",
                                  "idp_client_id",
                                  "idp_client_secret",
                                  "idp_access_token_allowed_audiences",
                                  "identity_providers",
                                  "policy",
                                  "allowed_users",
                                  "allowed_domains",
                                  "allowed_groups",
                                  "allowed_idp_claims",
                                  "allow_public_unauthenticated_access",
                                  "allow_any_authenticated_user",
                                  "cors_allow_preflight",
                                  "show_error_details",
                                  "depends_on",
                                  "description",
                                  "logo_url",
                                  "sub_policies",
                                  "jwt_groups_filter",
                                  "jwt_issuer_format",
                                  "session_recording",
                                  "id",
                                  "stat_name",
                                  "envoy_opts",
                                  "set_authorization_header"};

constexpr string_view kProbe[] = {"path",       "expect",   "method", "body",       "body_base64",
                                  "body_bytes", "headers",  "host",   "samples",    "interval",
                                  "warn_at",    "max_body", "proxy",  "concurrency"};
constexpr string_view kExpect[] = {"ips", "status", "body_contains"};
constexpr string_view kProxy[] = {"envoy",
                                  "connect_timeout",
                                  "stream_idle_timeout",
                                  "max_stream_duration",
                                  "upstream_max_stream_duration",
                                  "retry_policy"};
constexpr string_view kRetryPolicy[] = {"num_retries", "retry_on", "per_try_timeout",
                                        "per_try_idle_timeout", "retriable_status_codes"};
constexpr string_view kHealthCheck[] = {"timeout",
                                        "interval",
                                        "initial_jitter",
                                        "interval_jitter",
                                        "interval_jitter_percent",
                                        "unhealthy_threshold",
                                        "healthy_threshold",
                                        "reuse_connection",
                                        "http_health_check",
                                        "tcp_health_check",
                                        "grpc_health_check",
                                        "no_traffic_interval",
                                        "no_traffic_healthy_interval",
                                        "unhealthy_interval",
                                        "unhealthy_edge_interval",
                                        "healthy_edge_interval",
                                        "always_log_health_check_failures",
                                        "always_log_health_check_success",
                                        "alt_port"};
constexpr string_view kHttpHealthCheck[] = {"host",
                                            "path",
                                            "send",
                                            "receive",
                                            "response_buffer_size",
                                            "expected_statuses",
                                            "retriable_statuses",
                                            "codec_client_type"};
constexpr string_view kTcpHealthCheck[] = {"send", "receive"};
constexpr string_view kGrpcHealthCheck[] = {"service_name", "authority", "initial_metadata"};
constexpr string_view kOutlierDetection[] = {"consecutive_5xx",
                                             "interval",
                                             "base_ejection_time",
                                             "max_ejection_percent",
                                             "max_ejection_time",
                                             "max_ejection_time_jitter",
                                             "enforcing_consecutive_5xx",
                                             "enforcing_success_rate",
                                             "success_rate_minimum_hosts",
                                             "success_rate_request_volume",
                                             "success_rate_stdev_factor",
                                             "consecutive_gateway_failure",
                                             "enforcing_consecutive_gateway_failure",
                                             "split_external_local_origin_errors",
                                             "consecutive_local_origin_failure",
                                             "enforcing_consecutive_local_origin_failure",
                                             "enforcing_local_origin_success_rate",
                                             "failure_percentage_threshold",
                                             "enforcing_failure_percentage",
                                             "enforcing_failure_percentage_local_origin",
                                             "failure_percentage_minimum_hosts",
                                             "failure_percentage_request_volume",
                                             "successful_active_health_check_uneject_host",
                                             "always_eject_one_host"};
constexpr string_view kCircuitBreakers[] = {"max_connections", "max_pending_requests",
                                            "max_requests", "max_retries", "max_connection_pools"};

std::span<const string_view> keys(Section section) {
  switch (section) {
    case Section::Top:
      return kTop;
    case Section::Route:
      return kRoute;
    case Section::Probe:
      return kProbe;
    case Section::Expect:
      return kExpect;
    case Section::Proxy:
      return kProxy;
    case Section::RetryPolicy:
      return kRetryPolicy;
    case Section::HealthCheck:
      return kHealthCheck;
    case Section::HttpHealthCheck:
      return kHttpHealthCheck;
    case Section::TcpHealthCheck:
      return kTcpHealthCheck;
    case Section::GrpcHealthCheck:
      return kGrpcHealthCheck;
    case Section::OutlierDetection:
      return kOutlierDetection;
    case Section::CircuitBreakers:
      return kCircuitBreakers;
  }
  return {};
}

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

bool known_key(Section section, string_view key) {
  return std::ranges::find(keys(section), key) != keys(section).end();
}

std::string suggestion(Section section, string_view key) {
  string_view best;
  std::size_t least = std::max<std::size_t>(2, key.size() / 3) + 1;
  for (const string_view one : keys(section)) {
    const std::size_t here = distance(key, one);
    if (here < least) {
      least = here;
      best = one;
    }
  }
  return best.empty() ? "" : " (did you mean `" + std::string(best) + "`?)";
}

string_view removed_key(string_view key) {
  constexpr std::array<std::pair<string_view, string_view>, 5> kRemoved = {{
      {"lb_policy", "Pomerium has no such key any more; use load_balancing_policy"},
      {"lb_config", "Pomerium has no such key any more; use load_balancing_policy"},
      {"ring_hash_lb_config", "Pomerium has no such key any more"},
      {"maglev_lb_config", "Pomerium has no such key any more"},
      {"least_request_lb_config", "Pomerium has no such key any more"},
  }};
  const auto* found = std::ranges::find(kRemoved, key, &std::pair<string_view, string_view>::first);
  return found == kRemoved.end() ? "" : found->second;
}

}  // namespace prober::config

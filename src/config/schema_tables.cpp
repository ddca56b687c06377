// The keys of each section with their types, in the order of Pomerium's sources.

#include "config/schema.h"

namespace prober::config {
namespace {

constexpr Key kTop[] = {
    {"probe", Type::Any},
    {"proxy", Type::Any},
    {"allow_upgrades", Type::Strings},
    {"auto_apply_changesets", Type::Bool},
    {"bearer_token_format", Type::String},
    {"codec_type", Type::String},
    {"envoy_dynamic_extensions", Type::Strings},
    {"headers_with_underscores_action", Type::String},
    {"jwt_issuer_format", Type::String},
    {"merge_slashes", Type::Bool},
    {"normalize_path", Type::Bool},
    {"path_with_escaped_slashes_action", Type::String},
    {"session_recording_concurrency", Type::Uint},
    {"installation_id", Type::String},
    {"log_level", Type::String},
    {"proxy_log_level", Type::String},
    {"access_log_fields", Type::Strings},
    {"authorize_log_fields", Type::Strings},
    {"shared_secret", Type::String},
    {"shared_secret_file", Type::String},
    {"services", Type::String},
    {"address", Type::String},
    {"insecure_server", Type::Bool},
    {"dns_failure_refresh_rate", Type::Duration},
    {"dns_lookup_family", Type::String},
    {"dns_query_timeout", Type::Duration},
    {"dns_query_tries", Type::StrictUint},
    {"dns_refresh_rate", Type::Duration},
    {"dns_udp_max_queries", Type::StrictUint},
    {"dns_use_tcp", Type::StrictBool},
    {"dns_resolvers", Type::Strings},
    {"certificates", Type::Any},
    {"certificate", Type::String},
    {"certificate_key", Type::String},
    {"certificate_file", Type::String},
    {"certificate_key_file", Type::String},
    {"http_redirect_addr", Type::String},
    {"timeout_read", Type::Duration},
    {"timeout_write", Type::Duration},
    {"timeout_idle", Type::Duration},
    {"policy", Type::Any},
    {"policy_file", Type::String},
    {"routes", Type::Any},
    {"authenticate_service_url", Type::String},
    {"authenticate_internal_service_url", Type::String},
    {"signout_redirect_url", Type::String},
    {"cookie_name", Type::String},
    {"cookie_secret", Type::String},
    {"cookie_secret_file", Type::String},
    {"cookie_domain", Type::String},
    {"cookie_http_only", Type::Bool},
    {"cookie_expire", Type::Duration},
    {"cookie_same_site", Type::String},
    {"idp_client_id", Type::String},
    {"idp_client_secret", Type::String},
    {"idp_client_secret_file", Type::String},
    {"idp_provider", Type::String},
    {"idp_provider_url", Type::String},
    {"idp_scopes", Type::Strings},
    {"idp_access_token_allowed_audiences", Type::Strings},
    {"identity_providers", Type::Any},
    {"idp_request_params", Type::StringMap},
    {"authorize_service_url", Type::String},
    {"authorize_service_urls", Type::Strings},
    {"authorize_internal_service_url", Type::String},
    {"override_certificate_name", Type::String},
    {"certificate_authority", Type::String},
    {"certificate_authority_file", Type::String},
    {"tls_derive", Type::String},
    {"signing_key", Type::String},
    {"signing_key_file", Type::String},
    {"jwt_claims_headers", Type::Any},
    {"default_upstream_timeout", Type::Duration},
    {"debug_address", Type::StrictString},
    {"metrics_address", Type::String},
    {"metrics_basic_auth", Type::String},
    {"metrics_certificate", Type::String},
    {"metrics_certificate_key", Type::String},
    {"metrics_certificate_file", Type::String},
    {"metrics_certificate_key_file", Type::String},
    {"metrics_client_ca", Type::String},
    {"metrics_client_ca_file", Type::String},
    {"otel_traces_exporter", Type::String},
    {"otel_traces_sampler_arg", Type::Float},
    {"otel_resource_attributes", Type::Strings},
    {"otel_log_level", Type::String},
    {"otel_attribute_value_length_limit", Type::Int},
    {"otel_exporter_otlp_endpoint", Type::String},
    {"otel_exporter_otlp_traces_endpoint", Type::String},
    {"otel_exporter_otlp_protocol", Type::String},
    {"otel_exporter_otlp_traces_protocol", Type::String},
    {"otel_exporter_otlp_headers", Type::Strings},
    {"otel_exporter_otlp_traces_headers", Type::Strings},
    {"otel_exporter_otlp_timeout", Type::Milliseconds},
    {"otel_exporter_otlp_traces_timeout", Type::Milliseconds},
    {"otel_bsp_schedule_delay", Type::Milliseconds},
    {"otel_bsp_max_export_batch_size", Type::Int},
    {"grpc_address", Type::String},
    {"grpc_insecure", Type::Bool},
    {"grpc_client_timeout", Type::Duration},
    {"ssh_address", Type::String},
    {"ssh_host_key_files", Type::Strings},
    {"ssh_host_keys", Type::Strings},
    {"ssh_user_ca_key_file", Type::String},
    {"ssh_user_ca_key", Type::String},
    {"ssh_rls_enabled", Type::Bool},
    {"ssh_rls_additional_entries", Type::Any},
    {"downstream_mtls", Type::Map},
    {"google_cloud_serverless_authentication_service_account", Type::String},
    {"use_proxy_protocol", Type::Bool},
    {"autocert", Type::Bool},
    {"autocert_ca", Type::String},
    {"autocert_email", Type::String},
    {"autocert_use_staging", Type::Bool},
    {"autocert_eab_key_id", Type::String},
    {"autocert_eab_mac_key", Type::String},
    {"autocert_must_staple", Type::Bool},
    {"autocert_dir", Type::String},
    {"autocert_trusted_ca", Type::String},
    {"autocert_trusted_ca_file", Type::String},
    {"databroker_cluster_leader_id", Type::StrictString},
    {"databroker_cluster_node_id", Type::StrictString},
    {"databroker_cluster_nodes", Type::Map},
    {"databroker_internal_service_url", Type::String},
    {"databroker_raft_bind_address", Type::StrictString},
    {"databroker_service_url", Type::String},
    {"databroker_service_urls", Type::Strings},
    {"databroker_storage_connection_string", Type::String},
    {"databroker_storage_connection_string_file", Type::String},
    {"databroker_storage_type", Type::String},
    {"skip_xff_append", Type::Bool},
    {"xff_num_trusted_hops", Type::Uint},
    {"envoy_admin_access_log_path", Type::String},
    {"envoy_admin_profile_path", Type::String},
    {"envoy_admin_address", Type::String},
    {"envoy_bind_config_source_address", Type::String},
    {"envoy_bind_config_freebind", Type::StrictBool},
    {"programmatic_redirect_domain_whitelist", Type::Strings},
    {"mcp_allowed_client_id_domains", Type::Strings},
    {"mcp_allowed_as_metadata_domains", Type::Strings},
    {"pass_identity_headers", Type::Bool},
    {"runtime_flags", Type::BoolMap},
    {"circuit_breaker_thresholds", Type::Map},
    {"health_check_addr", Type::String},
    {"health_check_systemd_disabled", Type::Bool},
    {"blob_storage", Type::Map},
    {"set_response_headers", Type::StringMap},
};

constexpr Key kRoute[] = {
    {"probe", Type::Any},
    {"allow_upgrades", Type::Strings},
    {"bearer_token_format", Type::String},
    {"jwt_issuer_format", Type::String},
    {"load_balancing_policy", Type::String},
    {"session_recording", Type::Map},
    {"name", Type::String},
    {"description", Type::String},
    {"logo_url", Type::String},
    {"from", Type::String},
    {"to", Type::Any},
    {"redirect", Type::Map},
    {"response", Type::Map},
    {"allowed_users", Type::Strings},
    {"allowed_domains", Type::Strings},
    {"allowed_idp_claims", Type::Map},
    {"prefix", Type::String},
    {"path", Type::String},
    {"regex", Type::String},
    {"regex_priority_order", Type::Int},
    {"prefix_rewrite", Type::String},
    {"regex_rewrite_pattern", Type::String},
    {"regex_rewrite_substitution", Type::String},
    {"host_rewrite", Type::String},
    {"host_rewrite_header", Type::String},
    {"host_path_regex_rewrite_pattern", Type::String},
    {"host_path_regex_rewrite_substitution", Type::String},
    {"cors_allow_preflight", Type::Bool},
    {"allow_public_unauthenticated_access", Type::Bool},
    {"allow_any_authenticated_user", Type::Bool},
    {"timeout", Type::Duration},
    {"idle_timeout", Type::Duration},
    {"allow_websockets", Type::Bool},
    {"allow_spdy", Type::Bool},
    {"tls_skip_verify", Type::Bool},
    {"tls_server_name", Type::String},
    {"tls_downstream_server_name", Type::String},
    {"tls_upstream_server_name", Type::String},
    {"tls_custom_ca", Type::String},
    {"tls_custom_ca_file", Type::String},
    {"tls_client_cert", Type::String},
    {"tls_client_key", Type::String},
    {"tls_client_cert_file", Type::String},
    {"tls_client_key_file", Type::String},
    {"tls_downstream_client_ca", Type::String},
    {"tls_downstream_client_ca_file", Type::String},
    {"tls_upstream_allow_renegotiation", Type::Bool},
    {"set_request_headers", Type::StringMap},
    {"remove_request_headers", Type::Strings},
    {"preserve_host_header", Type::Bool},
    {"pass_identity_headers", Type::Bool},
    {"kubernetes_service_account_token", Type::String},
    {"kubernetes_service_account_token_file", Type::String},
    {"enable_google_cloud_serverless_authentication", Type::Bool},
    {"sub_policies", Type::Any},
    {"rewrite_response_headers", Type::Any},
    {"set_response_headers", Type::StringMap},
    {"idp_client_id", Type::String},
    {"idp_client_secret", Type::String},
    {"idp_access_token_allowed_audiences", Type::Strings},
    {"identity_providers", Type::Strings},
    {"show_error_details", Type::Bool},
    {"policy", Type::Any},
    {"depends_on", Type::Strings},
    {"mcp", Type::Map},
    {"circuit_breaker_thresholds", Type::Map},
    {"upstream_tunnel", Type::Map},
    {"outlier_detection", Type::Any},
    {"health_checks", Type::Any},
    {"healthy_panic_threshold", Type::StrictInt},
};

constexpr Key kRedirect[] = {
    {"https_redirect", Type::Bool},  {"scheme_redirect", Type::String},
    {"host_redirect", Type::String}, {"port_redirect", Type::Uint},
    {"path_redirect", Type::String}, {"prefix_rewrite", Type::String},
    {"response_code", Type::Int},    {"strip_query", Type::Bool},
};

constexpr Key kResponse[] = {
    {"status", Type::Int},
    {"body", Type::String},
};

constexpr Key kProbe[] = {
    {"path", Type::Any},     {"expect", Type::Any},      {"method", Type::Any},
    {"body", Type::Any},     {"body_base64", Type::Any}, {"body_bytes", Type::Any},
    {"headers", Type::Any},  {"host", Type::Any},        {"samples", Type::Any},
    {"interval", Type::Any}, {"warn_at", Type::Any},     {"max_body", Type::Any},
    {"proxy", Type::Any},    {"concurrency", Type::Any},
};

constexpr Key kExpect[] = {
    {"ips", Type::Any},
    {"status", Type::Any},
    {"body_contains", Type::Any},
};

constexpr Key kProxy[] = {
    {"envoy", Type::Any},
    {"connect_timeout", Type::Any},
    {"stream_idle_timeout", Type::Any},
    {"max_stream_duration", Type::Any},
    {"upstream_max_stream_duration", Type::Any},
    {"retry_policy", Type::Any},
};

constexpr Key kRetryPolicy[] = {
    {"num_retries", Type::Any},
    {"retry_on", Type::Any},
    {"per_try_timeout", Type::Any},
    {"per_try_idle_timeout", Type::Any},
    {"retriable_status_codes", Type::Any},
};

constexpr Key kHealthCheck[] = {
    {"timeout", Type::ProtoDuration},
    {"interval", Type::ProtoDuration},
    {"initial_jitter", Type::ProtoDuration},
    {"interval_jitter", Type::ProtoDuration},
    {"interval_jitter_percent", Type::ProtoUint32},
    {"unhealthy_threshold", Type::ProtoUint32},
    {"healthy_threshold", Type::ProtoUint32},
    {"alt_port", Type::ProtoUint32},
    {"reuse_connection", Type::ProtoBool},
    {"http_health_check", Type::ProtoMessage},
    {"tcp_health_check", Type::ProtoMessage},
    {"grpc_health_check", Type::ProtoMessage},
    {"no_traffic_interval", Type::ProtoDuration},
    {"no_traffic_healthy_interval", Type::ProtoDuration},
    {"unhealthy_interval", Type::ProtoDuration},
    {"unhealthy_edge_interval", Type::ProtoDuration},
    {"healthy_edge_interval", Type::ProtoDuration},
    {"always_log_health_check_failures", Type::ProtoBool},
    {"always_log_health_check_success", Type::ProtoBool},
    {"transport_socket_match_criteria", Type::ProtoMessage},
};

constexpr Key kHttpHealthCheck[] = {
    {"host", Type::ProtoString},
    {"path", Type::ProtoString},
    {"send", Type::ProtoMessage},
    {"receive", Type::ProtoList},
    {"response_buffer_size", Type::ProtoUint64},
    {"request_headers_to_remove", Type::ProtoList},
    {"expected_statuses", Type::ProtoList},
    {"retriable_statuses", Type::ProtoList},
    {"codec_client_type", Type::ProtoEnum},
};

constexpr Key kTcpHealthCheck[] = {
    {"send", Type::ProtoMessage},
    {"receive", Type::ProtoList},
};

constexpr Key kGrpcHealthCheck[] = {
    {"service_name", Type::ProtoString},
    {"authority", Type::ProtoString},
};

constexpr Key kPayload[] = {
    {"text", Type::ProtoString},
    {"binary", Type::ProtoBytes},
};

constexpr Key kStatusRange[] = {
    {"start", Type::ProtoInt64},
    {"end", Type::ProtoInt64},
};

constexpr Key kOutlierDetection[] = {
    {"consecutive_5xx", Type::ProtoUint32},
    {"interval", Type::ProtoDuration},
    {"base_ejection_time", Type::ProtoDuration},
    {"max_ejection_percent", Type::ProtoUint32},
    {"enforcing_consecutive_5xx", Type::ProtoUint32},
    {"enforcing_success_rate", Type::ProtoUint32},
    {"success_rate_minimum_hosts", Type::ProtoUint32},
    {"success_rate_request_volume", Type::ProtoUint32},
    {"success_rate_stdev_factor", Type::ProtoUint32},
    {"consecutive_gateway_failure", Type::ProtoUint32},
    {"enforcing_consecutive_gateway_failure", Type::ProtoUint32},
    {"split_external_local_origin_errors", Type::ProtoBool},
    {"consecutive_local_origin_failure", Type::ProtoUint32},
    {"enforcing_consecutive_local_origin_failure", Type::ProtoUint32},
    {"enforcing_local_origin_success_rate", Type::ProtoUint32},
    {"failure_percentage_threshold", Type::ProtoUint32},
    {"enforcing_failure_percentage", Type::ProtoUint32},
    {"enforcing_failure_percentage_local_origin", Type::ProtoUint32},
    {"failure_percentage_minimum_hosts", Type::ProtoUint32},
    {"failure_percentage_request_volume", Type::ProtoUint32},
    {"max_ejection_time", Type::ProtoDuration},
    {"max_ejection_time_jitter", Type::ProtoDuration},
    {"successful_active_health_check_uneject_host", Type::ProtoBool},
    {"always_eject_one_host", Type::ProtoBool},
};

constexpr Key kCircuitBreakers[] = {
    {"max_connections", Type::StrictUint},      {"max_pending_requests", Type::StrictUint},
    {"max_requests", Type::StrictUint},         {"max_retries", Type::StrictUint},
    {"max_connection_pools", Type::StrictUint},
};

}  // namespace

std::span<const Key> keys_of(Section section) {
  switch (section) {
    case Section::Top:
      return kTop;
    case Section::Route:
      return kRoute;
    case Section::Redirect:
      return kRedirect;
    case Section::Response:
      return kResponse;
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
    case Section::Payload:
      return kPayload;
    case Section::StatusRange:
      return kStatusRange;
    case Section::OutlierDetection:
      return kOutlierDetection;
    case Section::CircuitBreakers:
      return kCircuitBreakers;
  }
  return {};
}

}  // namespace prober::config

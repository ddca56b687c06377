#include <doctest/doctest.h>

#include <set>
#include <string>

#include "details_table.h"
#include "prober/explanation.h"
#include "prober/response_flag.h"

namespace prober {
namespace {

const std::string kBefore = "upstream_reset_before_response_started";
const std::string kTls = "{remote_connection_failure|TLS_error:|";
const std::string kSsl = ":SSL_routines:OPENSSL_internal:";
const std::string kVerify = "268435581" + kSsl + "CERTIFICATE_VERIFY_FAILED:verify_cert_failed:_";
const std::string kX509 = kVerify + "X509_verify_cert:_certificate_verification_error_at_depth_";

std::string first(const std::vector<std::string>& texts) {
  return texts.empty() ? "" : texts.front();
}

TEST_CASE("explain_details: every recorded text is known, kept as it is, and has causes") {
  const std::string cases[] = {
      "via_upstream",
      "no_healthy_upstream",
      "cluster_not_found",
      "response_timeout",
      "stream_idle_timeout",
      kBefore + "{remote_connection_failure|delayed_connect_error:_Connection_refused}",
      kBefore + "{remote_connection_failure|delayed_connect_error:_No_route_to_host}",
      kBefore + "{remote_connection_failure|delayed_connect_error:_Network_is_unreachable}",
      kBefore + "{remote_connection_failure|delayed_connect_error:_Connection_reset_by_peer}",
      kBefore + "{remote_connection_failure|delayed_connect_error:_Connection_timed_out}",
      kBefore + "{remote_connection_failure|delayed_connect_error:_Protocol_not_available}",
      kBefore + "{remote_connection_failure|delayed_connect_error:_Permission_denied}",
      kBefore +
          "{remote_connection_failure|immediate_connect_error:_No_route_to_host|"
          "remote_address:10.98.0.5:80}",
      kBefore +
          "{remote_connection_failure|immediate_connect_error:_Invalid_argument|"
          "remote_address:10.67.0.3:80}",
      kBefore +
          "{remote_connection_failure|immediate_connect_error:_No_such_file_or_directory|"
          "remote_address:/run/app.sock}",
      kBefore +
          "{local_connection_failure|failed_to_bind_to_10.98.0.77:0:_"
          "Cannot_assign_requested_address}",
      kBefore + "{local_connection_failure|socket_creation_failure}",
      kBefore + "{connection_timeout}",
      kBefore + "{connection_termination}",
      kBefore + "{protocol_error}",
      kBefore + "{overflow}",
      kBefore + "{remote_reset}",
      kBefore + "{remote_reset_(no_error)}",
      kBefore + "{remote_refused_stream_reset}",
      kBefore + "{remote_error_with_CONNECT_request}",
      kBefore + "{local_reset}",
      kBefore + "{local_refused_stream_reset}",
      kBefore + "{HTTP/1_premature_upstream_half_close}",
      kBefore + "{overload_manager_reset}",
      kBefore + "{connection_failure}",
      kBefore + "{remote_connection_failure}",
      kBefore + "{remote_connection_failure|TLS_error:_Secret_is_not_supplied_by_SDS}",
      kBefore + kTls + kX509 + "0:_self_signed_certificate:TLS_error_end}",
      kBefore + kTls + kX509 + "0:_unable_to_get_local_issuer_certificate:TLS_error_end}",
      kBefore + kTls + kX509 + "0:_certificate_has_expired:TLS_error_end}",
      kBefore + kTls + kX509 + "1:_certificate_is_not_yet_valid:TLS_error_end}",
      kBefore + kTls + kX509 + "0:_unsupported_certificate_purpose:TLS_error_end}",
      kBefore + kTls + kVerify + "SAN_matcher,_certificate_SANs_are_[a,_b]:TLS_error_end}",
      kBefore + kTls + kVerify + "SAN_matcher:TLS_error_end}",
      kBefore + kTls + "268435581" + kSsl + "CERTIFICATE_VERIFY_FAILED:TLS_error_end}",
      kBefore + kTls + "268435703" + kSsl + "WRONG_VERSION_NUMBER:TLS_error_end}",
      kBefore + kTls + "268436496" + kSsl + "SSLV3_ALERT_HANDSHAKE_FAILURE|268435610" + kSsl +
          "HANDSHAKE_FAILURE_ON_CLIENT_HELLO:TLS_error_end}",
      kBefore + kTls + "268436504" + kSsl + "TLSV1_ALERT_UNKNOWN_CA:TLS_error_end}",
      kBefore + kTls + "268436568" + kSsl + "TLSV1_ALERT_UNRECOGNIZED_NAME:TLS_error_end}",
      kBefore + kTls + "268436526" + kSsl + "TLSV1_ALERT_PROTOCOL_VERSION:TLS_error_end}",
      kBefore + kTls + "268435758" + kSsl + "KEY_USAGE_BIT_INCORRECT:TLS_error_end}",
      kBefore + kTls +
          "33554536:system_library:OPENSSL_internal:Connection_reset_by_peer"
          ":TLS_error_end}",
      "upstream_reset_after_response_started{protocol_error}",
      "upstream_reset_after_response_started{remote_reset}",
      "upstream_reset_after_response_started{connection_termination}",
      "upstream_per_try_timeout",
      "upstream_per_try_idle_timeout",
      "upstream_max_stream_duration_reached",
      "max_duration_timeout",
      "request_overall_timeout",
      "request_header_timeout",
      "route_not_found",
      "route_configuration_not_found",
      "maintenance_mode",
      "drop_overload",
      "unconditional_drop_overload",
      "overload",
      "upgrade_failed",
      "websocket_handshake_unsuccessful",
      "direct_response",
      "request_payload_too_large",
      "response_payload_too_large",
      "filter_removed_required_request_headers{invalid_header_name:_x_bad}",
      "filter_removed_required_response_headers",
      "ext_authz_error",
      "ext_authz_denied",
      "request_payload_exceeded_retry_buffer_limit",
      "low_version",
      "missing_host_header",
      "request_headers_failed_strict_check",
      "missing_path_rejected",
      "invalid_path",
      "absolute_path_rejected",
      "path_normalization_failed",
      "filter_chain_not_found",
      "downstream_remote_disconnect",
      "downstream_local_disconnect",
      "duration_timeout",
      "downstream_header_timeout",
      "admin_filter_response",
      "internal_redirect",
      "rejecting_because_detection_failed",
      "filter_added_invalid_request_data",
      "filter_added_invalid_response_data",
      "early_connect_data",
      "http1.body_disallowed",
      "http1.codec_error",
      "http1.connection_header_rejected",
      "http1.content_length_and_chunked_not_allowed",
      "http1.content_length_not_allowed",
      "http1.headers_too_large",
      "http1.invalid_characters",
      "http1.invalid_transfer_encoding",
      "http1.invalid_url",
      "http1.too_many_headers",
      "http1.transfer_encoding_not_allowed",
      "http1.unexpected_underscore",
      "http2.inbound_empty_frames_flood",
      "http2.invalid.header.field",
      "http2.outbound_frames_flood",
      "http2.too_many_headers",
      "http2.unexpected_underscore",
      "http2.unknown.nghttp2.error",
      "http2.violation.of.messaging.rule",
  };
  for (const std::string& text : cases) {
    CAPTURE(text);
    const auto known = explain_details(text);
    REQUIRE(known);
    CHECK(known->details == text);
    CHECK(known->error == error_name(text));
    CHECK_FALSE(known->meaning.empty());
    CHECK_FALSE(known->causes.empty());
    CHECK_FALSE(known->checks.empty());
    CHECK(known->docs.starts_with("https://www.pomerium.com/docs/internals/"));
  }
}

TEST_CASE("explain_details: older spellings and other forms come out in today's spelling") {
  struct Case {
    const char* name;
    std::string text;
    std::string details;
  };
  const std::string refused =
      kBefore + "{remote_connection_failure|delayed_connect_error:_Connection_refused}";
  const std::string wrong_version =
      kBefore + kTls + "268435703" + kSsl + "WRONG_VERSION_NUMBER:TLS_error_end}";
  const Case cases[] = {
      {"the documented name", "upstream_response_timeout", "response_timeout"},
      {"errno and comma", kBefore + "{connection_failure,delayed_connect_error:_111}", refused},
      {"errno of a timeout", kBefore + "{connection_failure,delayed_connect_error:_110}",
       kBefore + "{remote_connection_failure|delayed_connect_error:_Connection_timed_out}"},
      {"spaces",
       "upstream reset before response started{remote connection failure|delayed connect "
       "error: Connection refused}",
       refused},
      {"old TLS error",
       kBefore + "{connection_failure,TLS_error:_268435703" + kSsl + "WRONG_VERSION_NUMBER}",
       wrong_version},
      {"old TLS error, several",
       kBefore + "{connection_failure,TLS_error:_268436496" + kSsl +
           "SSLV3_ALERT_HANDSHAKE_FAILURE_268435610" + kSsl + "HANDSHAKE_FAILURE_ON_CLIENT_HELLO}",
       kBefore + kTls + "268436496" + kSsl + "SSLV3_ALERT_HANDSHAKE_FAILURE|268435610" + kSsl +
           "HANDSHAKE_FAILURE_ON_CLIENT_HELLO:TLS_error_end}"},
      {"bare TLS error", "TLS error: 268435703:SSL routines:OPENSSL_internal:WRONG_VERSION_NUMBER",
       wrong_version},
      {"bare connect error", "delayed connect error: 111", refused},
      {"bare immediate error",
       "immediate connect error: Network is unreachable|remote address:10.0.0.1:80",
       kBefore + "{remote_connection_failure|immediate_connect_error:_Network_is_unreachable|"
                 "remote_address:10.0.0.1:80}"},
      {"bare bind error", "failed to bind to 10.0.0.1:0: Cannot assign requested address",
       kBefore + "{local_connection_failure|failed_to_bind_to_10.0.0.1:0:_"
                 "Cannot_assign_requested_address}"},
      {"old bind error", kBefore + "{connection_failure,failed_to_bind_to_10.0.0.1:0:_x}",
       kBefore + "{local_connection_failure|failed_to_bind_to_10.0.0.1:0:_x}"},
      {"bare reason", "connection_termination", kBefore + "{connection_termination}"},
      {"bare old reason", "connection_failure", kBefore + "{connection_failure}"},
      {"bare reason with spaces", "remote refused stream reset",
       kBefore + "{remote_refused_stream_reset}"},
      {"bare overflow", "overflow", kBefore + "{overflow}"},
      {"within Pomerium's page",
       "503 upstream_reset_before_response_started{connection_timeout} request id 0b1f",
       kBefore + "{connection_timeout}"},
      {"the page's words", "Error Text: no_healthy_upstream", "no_healthy_upstream"},
      {"with a status", "504 response_timeout", "response_timeout"},
      {"quoted, white space around", "  'stream_idle_timeout'\r\n", "stream_idle_timeout"},
      {"Envoy's body",
       "upstream connect error or disconnect/reset before headers. reset reason: connection "
       "termination",
       kBefore + "{connection_termination}"},
      {"Envoy's body with a transport failure",
       "upstream connect error or disconnect/reset before headers. retried and the latest reset "
       "reason: remote connection failure, transport failure reason: delayed connect error: "
       "Connection refused",
       refused},
      {"Envoy's old body",
       "upstream connect error or disconnect/reset before headers. reset reason: connection "
       "failure, transport failure reason: delayed connect error: 111",
       refused},
      {"Envoy's body of a timeout", "upstream request timeout", "response_timeout"},
      {"Envoy's body of an idle stream", "stream timeout", "stream_idle_timeout"},
      {"Envoy's body of a duration", "downstream duration timeout", "max_duration_timeout"},
      {"Envoy's body of a slow request", "request timeout", "request_overall_timeout"},
      {"Envoy's body without a host", "no healthy upstream", "no_healthy_upstream"},
      {"a disconnect with its reason", "downstream_local_disconnect(connection_duration)",
       "downstream_local_disconnect"},
      {"without its reason", "upstream_reset_after_response_started",
       "upstream_reset_after_response_started"},
      {"cut off", "upstream_reset_before_response_started{connection_timeout",
       kBefore + "{connection_timeout}"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.name);
    const auto known = explain_details(c.text);
    REQUIRE(known);
    CHECK(known->details == c.details);
    CHECK(known->error == error_name(c.details));
  }
}

TEST_CASE("explain_details: what follows the reason decides the first cause") {
  struct Case {
    std::string inside;
    const char* cause;
  };
  const Case cases[] = {
      {"remote_connection_failure|delayed_connect_error:_Connection_refused", "Nothing listens"},
      {"remote_connection_failure|TLS_error:|" + kVerify +
           "SAN_matcher,_certificate_SANs_are_[self_signed.test]:TLS_error_end",
       "not for the name"},
      {"remote_connection_failure|TLS_error:|" + kX509 + "0:_certificate_has_expired:TLS_error_end",
       "has expired"},
      {"remote_connection_failure|TLS_error:|268435703" + kSsl +
           "WRONG_VERSION_NUMBER:TLS_error_end",
       "does not speak TLS"},
      {"local_connection_failure|failed_to_bind_to_10.0.0.1:0:_Invalid_argument", "source"},
      {"remote_connection_failure", "during the TLS handshake"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.inside);
    const auto known = explain_details(kBefore + "{" + c.inside + "}");
    REQUIRE(known);
    CHECK(first(known->causes).contains(c.cause));
  }
}

TEST_CASE("explain_details: what is not known is said to be unknown") {
  const char* cases[] = {
      "",
      "   ",
      "{}",
      "hello",
      "the overload of the server",  // a single word counts only alone
      "my_response_timeout_setting",
      "no_healthy_upstreams",
      "upstream_reset_before_response_started{something_new}",
      "upstream_reset_before_response_started{}",
      "http1.something_new",
      "remote_connection_failurex",
      "\xff\xfe",
  };
  for (const char* text : cases) {
    CAPTURE(text);
    CHECK_FALSE(explain_details(text));
  }
}

TEST_CASE("details tables: names are unique, texts are sentences, flags are Envoy's") {
  std::set<std::string_view> names;
  for (const auto table : {details_entries(), reset_reasons()}) {
    for (const DetailsEntry& entry : table) {
      CAPTURE(entry.name);
      CHECK(names.insert(entry.name).second);
      CHECK(entry.meaning.ends_with('.'));
      const std::size_t flag = entry.meaning.find_first_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ");
      const std::size_t colon = entry.meaning.find(':');
      if (flag == 4 && colon != std::string_view::npos && colon < 10) {
        CHECK(flag_from_short_name(entry.meaning.substr(flag, colon - flag)));
      }
      for (const auto* list : {&entry.causes, &entry.checks}) {
        CHECK_FALSE(list->front().empty());
        for (const std::string_view text : *list) {
          CHECK((text.empty() || text.ends_with('.') || text.ends_with('?')));
        }
      }
    }
  }
}

}  // namespace
}  // namespace prober

#pragma once

#include <string>

#include "simulator/fault.h"

namespace prober::simulator::outcomes {

/// The recorded answers that many faults share.

inline std::string before(const std::string& reason) {
  return "upstream_reset_before_response_started{" + reason + "}";
}
inline std::string after(const std::string& reason) {
  return "upstream_reset_after_response_started{" + reason + "}";
}

inline Expected passed(int status) {
  return {status, "", "via_upstream"};
}
inline Expected connect_error(const std::string& text) {
  return {503, "UF", before("remote_connection_failure|" + text)};
}
inline Expected refused() {
  return connect_error("delayed_connect_error:_Connection_refused");
}
inline Expected reset_on_connect() {
  return connect_error("delayed_connect_error:_Connection_reset_by_peer");
}
inline Expected dropped() {
  return {503, "UF", before("connection_timeout")};
}
inline Expected terminated() {
  return {503, "UC", before("connection_termination")};
}
inline Expected protocol_error() {
  return {502, "UPE", before("protocol_error")};
}
inline Expected cut() {
  return {200, "UPE", after("protocol_error")};
}
inline Expected no_host() {
  return {503, "UH", "no_healthy_upstream"};
}
inline Expected timed_out() {
  return {504, "UT", "response_timeout"};
}
inline Expected tls_closed() {
  return {503, "UF", before("remote_connection_failure")};
}
/// `queue`: "268435703:...:WRONG_VERSION_NUMBER" without the library's words.
inline Expected tls_error(const std::string& number, const std::string& name) {
  return connect_error("TLS_error:|" + number + ":SSL_routines:OPENSSL_internal:" + name +
                       ":TLS_error_end");
}
inline Expected verify_error(const std::string& reason) {
  return tls_error("268435581", "CERTIFICATE_VERIFY_FAILED:verify_cert_failed:_" + reason);
}
inline Expected chain_error(int depth, const std::string& reason) {
  return verify_error("X509_verify_cert:_certificate_verification_error_at_depth_" +
                      std::to_string(depth) + ":_" + reason);
}
inline Expected tls_reset() {
  return connect_error(
      "TLS_error:|33554536:system_library:OPENSSL_internal:Connection_reset_by_peer:TLS_error_end");
}

}  // namespace prober::simulator::outcomes

#include "wire/boringssl.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstring>
#include <utility>

namespace prober::wire {
namespace {

constexpr std::uint32_t kSslLibrary = 16U << 24;    // ERR_LIB_SSL
constexpr std::uint32_t kSystemLibrary = 2U << 24;  // ERR_LIB_SYS
constexpr int kAlertOffset = 1000;                  // SSL_AD_REASON_OFFSET

struct Name {
  int number;
  std::string_view text;
};

// BoringSSL, include/openssl/ssl.h: what a client can meet in a handshake or while reading.
constexpr Name kReasons[] = {
    {100, "APP_DATA_IN_HANDSHAKE"},
    {102, "BAD_ALERT"},
    {103, "BAD_CHANGE_CIPHER_SPEC"},
    {106, "BAD_DIGEST_LENGTH"},
    {107, "BAD_ECC_CERT"},
    {108, "BAD_ECPOINT"},
    {109, "BAD_HANDSHAKE_RECORD"},
    {110, "BAD_HELLO_REQUEST"},
    {111, "BAD_LENGTH"},
    {112, "BAD_PACKET_LENGTH"},
    {114, "BAD_SIGNATURE"},
    {124, "CCS_RECEIVED_EARLY"},
    {125, "CERTIFICATE_VERIFY_FAILED"},
    {127, "CERT_LENGTH_MISMATCH"},
    {130, "CIPHER_OR_HASH_UNAVAILABLE"},
    {136, "DATA_LENGTH_TOO_LONG"},
    {137, "DECODE_ERROR"},
    {138, "DECRYPTION_FAILED"},
    {139, "DECRYPTION_FAILED_OR_BAD_RECORD_MAC"},
    {142, "DIGEST_CHECK_FAILED"},
    {144, "ECC_CERT_NOT_FOR_SIGNING"},
    {146, "ENCRYPTED_LENGTH_TOO_LONG"},
    {149, "ERROR_PARSING_EXTENSION"},
    {150, "EXCESSIVE_MESSAGE_SIZE"},
    {154, "HANDSHAKE_FAILURE_ON_CLIENT_HELLO"},
    {155, "HTTPS_PROXY_REQUEST"},
    {156, "HTTP_REQUEST"},
    {157, "INAPPROPRIATE_FALLBACK"},
    {162, "LENGTH_MISMATCH"},
    {164, "MISSING_EXTENSION"},
    {178, "NO_COMPRESSION_SPECIFIED"},
    {182, "NO_RENEGOTIATION"},
    {192, "PEER_DID_NOT_RETURN_A_CERTIFICATE"},
    {199, "RECORD_LENGTH_MISMATCH"},
    {200, "RECORD_TOO_LARGE"},
    {201, "RENEGOTIATION_ENCODING_ERR"},
    {202, "RENEGOTIATION_MISMATCH"},
    {215, "SSL_HANDSHAKE_FAILURE"},
    {219, "TOO_MANY_EMPTY_FRAGMENTS"},
    {220, "TOO_MANY_WARNING_ALERTS"},
    {222, "UNEXPECTED_EXTENSION"},
    {223, "UNEXPECTED_MESSAGE"},
    {225, "UNEXPECTED_RECORD"},
    {227, "UNKNOWN_ALERT_TYPE"},
    {228, "UNKNOWN_CERTIFICATE_TYPE"},
    {229, "UNKNOWN_CIPHER_RETURNED"},
    {233, "UNKNOWN_PROTOCOL"},
    {234, "UNKNOWN_SSL_VERSION"},
    {238, "UNSUPPORTED_COMPRESSION_ALGORITHM"},
    {239, "UNSUPPORTED_ELLIPTIC_CURVE"},
    {240, "UNSUPPORTED_PROTOCOL"},
    {241, "WRONG_CERTIFICATE_TYPE"},
    {242, "WRONG_CIPHER_RETURNED"},
    {243, "WRONG_CURVE"},
    {244, "WRONG_MESSAGE_TYPE"},
    {245, "WRONG_SIGNATURE_TYPE"},
    {246, "WRONG_SSL_VERSION"},
    {247, "WRONG_VERSION_NUMBER"},
    {251, "INVALID_OUTER_RECORD_TYPE"},
    {253, "NO_COMMON_SIGNATURE_ALGORITHMS"},
    {255, "EXCESS_HANDSHAKE_DATA"},
    {257, "DUPLICATE_EXTENSION"},
    {258, "MISSING_KEY_SHARE"},
    {259, "INVALID_ALPN_PROTOCOL"},
    {272, "CANNOT_PARSE_LEAF_CERT"},
    {273, "SERVER_CERT_CHANGED"},
    {282, "EMPTY_HELLO_RETRY_REQUEST"},
    {286, "SERVER_ECHOED_INVALID_SESSION_ID"},
    {288, "SECOND_SERVERHELLO_VERSION_MISMATCH"},
    {297, "TLS13_DOWNGRADE"},
    {302, "KEY_USAGE_BIT_INCORRECT"},
};

// The same: SSL_R_SSLV3_ALERT_... and SSL_R_TLSV1_ALERT_..., less 1000.
constexpr Name kAlerts[] = {
    {0, "SSLV3_ALERT_CLOSE_NOTIFY"},
    {10, "SSLV3_ALERT_UNEXPECTED_MESSAGE"},
    {20, "SSLV3_ALERT_BAD_RECORD_MAC"},
    {21, "TLSV1_ALERT_DECRYPTION_FAILED"},
    {22, "TLSV1_ALERT_RECORD_OVERFLOW"},
    {30, "SSLV3_ALERT_DECOMPRESSION_FAILURE"},
    {40, "SSLV3_ALERT_HANDSHAKE_FAILURE"},
    {41, "SSLV3_ALERT_NO_CERTIFICATE"},
    {42, "SSLV3_ALERT_BAD_CERTIFICATE"},
    {43, "SSLV3_ALERT_UNSUPPORTED_CERTIFICATE"},
    {44, "SSLV3_ALERT_CERTIFICATE_REVOKED"},
    {45, "SSLV3_ALERT_CERTIFICATE_EXPIRED"},
    {46, "SSLV3_ALERT_CERTIFICATE_UNKNOWN"},
    {47, "SSLV3_ALERT_ILLEGAL_PARAMETER"},
    {48, "TLSV1_ALERT_UNKNOWN_CA"},
    {49, "TLSV1_ALERT_ACCESS_DENIED"},
    {50, "TLSV1_ALERT_DECODE_ERROR"},
    {51, "TLSV1_ALERT_DECRYPT_ERROR"},
    {60, "TLSV1_ALERT_EXPORT_RESTRICTION"},
    {70, "TLSV1_ALERT_PROTOCOL_VERSION"},
    {71, "TLSV1_ALERT_INSUFFICIENT_SECURITY"},
    {80, "TLSV1_ALERT_INTERNAL_ERROR"},
    {86, "TLSV1_ALERT_INAPPROPRIATE_FALLBACK"},
    {90, "TLSV1_ALERT_USER_CANCELLED"},
    {100, "TLSV1_ALERT_NO_RENEGOTIATION"},
    {110, "TLSV1_ALERT_UNSUPPORTED_EXTENSION"},
    {111, "TLSV1_ALERT_CERTIFICATE_UNOBTAINABLE"},
    {112, "TLSV1_ALERT_UNRECOGNIZED_NAME"},
    {113, "TLSV1_ALERT_BAD_CERTIFICATE_STATUS_RESPONSE"},
    {114, "TLSV1_ALERT_BAD_CERTIFICATE_HASH_VALUE"},
    {115, "TLSV1_ALERT_UNKNOWN_PSK_IDENTITY"},
    {116, "TLSV1_ALERT_CERTIFICATE_REQUIRED"},
    {120, "TLSV1_ALERT_NO_APPLICATION_PROTOCOL"},
    {121, "TLSV1_ALERT_ECH_REQUIRED"},
};

// Where OpenSSL 3.0 has another name for what BoringSSL reports.
constexpr std::pair<std::string_view, std::string_view> kOtherNames[] = {
    {"TOO_MANY_WARN_ALERTS", "TOO_MANY_WARNING_ALERTS"},
    {"PACKET_LENGTH_TOO_LONG", "ENCRYPTED_LENGTH_TOO_LONG"},
    {"BAD_EXTENSION", "ERROR_PARSING_EXTENSION"},
    {"INAPPROPRIATE_FALLBACK", "TLS13_DOWNGRADE"},
    {"UNSUPPORTED_SSL_VERSION", "UNSUPPORTED_PROTOCOL"},
    {"BAD_RECORD_TYPE", "UNEXPECTED_RECORD"},
    {"NOT_ON_RECORD_BOUNDARY", "EXCESS_HANDSHAKE_DATA"},
    {"BAD_KEY_SHARE", "WRONG_CURVE"},
    {"NO_SUITABLE_KEY_SHARE", "MISSING_KEY_SHARE"},
};

constexpr std::string_view kApproximation = "SSL_HANDSHAKE_FAILURE";

TlsError named(std::uint32_t number, std::string_view name) {
  return {number, "SSL routines:OPENSSL_internal:" + std::string(name), true};
}

const Name* find_reason(std::string_view text) {
  const auto* found = std::ranges::find(kReasons, text, &Name::text);
  return found == std::end(kReasons) ? nullptr : found;
}

TlsError reason(std::string_view text) {
  const Name* found = find_reason(text);
  return named(kSslLibrary + static_cast<std::uint32_t>(found->number), found->text);
}

}  // namespace

TlsError from_alert(int description) {
  const auto* found = std::ranges::find(kAlerts, description, &Name::number);
  const auto number = kSslLibrary + static_cast<std::uint32_t>(kAlertOffset + description);
  return named(number, found == std::end(kAlerts) ? "unknown error" : found->text);
}

TlsError from_ssl_reason(std::string_view openssl_text) {
  std::string name(openssl_text);
  std::ranges::transform(name, name.begin(), [](unsigned char c) {
    return c == ' ' || c == '-' ? '_' : static_cast<char>(std::toupper(c));
  });
  const auto* other = std::ranges::find(kOtherNames, std::string_view(name),
                                        &std::pair<std::string_view, std::string_view>::first);
  if (other != std::end(kOtherNames)) {
    name = other->second;
  }
  if (find_reason(name) != nullptr) {
    return reason(name);
  }
  TlsError out = reason(kApproximation);
  out.exact = false;
  return out;
}

TlsError from_errno(int os_error) {
  return {kSystemLibrary + static_cast<std::uint32_t>(os_error),
          std::string("system library:OPENSSL_internal:") + std::strerror(os_error), true};
}

TlsError handshake_failure_on_client_hello() {
  return reason("HANDSHAKE_FAILURE_ON_CLIENT_HELLO");
}

TlsError key_usage_bit_incorrect() {
  return reason("KEY_USAGE_BIT_INCORRECT");
}

TlsError certificate_verify_failed() {
  return reason("CERTIFICATE_VERIFY_FAILED");
}

VerifyProblem from_verify_error(int x509_error, int depth, std::string_view openssl_text) {
  // Numbers of OpenSSL 3.0, x509_vfy.h. BoringSSL forked before 3.0 changed these texts; the
  // numbers up to 53 and their texts are common to both but for these.
  constexpr int kSelfSigned = 18;
  constexpr int kSelfSignedInChain = 19;
  constexpr int kInvalidPurpose = 26;
  constexpr int kLastCommon = 53;
  constexpr int kInvalidCa = 79;
  switch (x509_error) {
    case kSelfSigned:
      return {depth, "self signed certificate", true};
    case kSelfSignedInChain:
      return {depth, "self signed certificate in certificate chain", true};
    case kInvalidPurpose:
      return {depth, "unsupported certificate purpose", true};
    case kInvalidCa:
      return {depth, "invalid CA certificate", true};
    default:
      return {depth, std::string(openssl_text), x509_error <= kLastCommon};
  }
}

}  // namespace prober::wire

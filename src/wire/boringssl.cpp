#include "wire/boringssl.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstring>

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
    {190, "PARSE_TLSEXT"},
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
    {122, "PAKE_AND_KEY_SHARE_NOT_ALLOWED"},
};

// Where OpenSSL 3.0 has another name for what BoringSSL reports. Not exact: BoringSSL's answer
// depends on more than OpenSSL's reason says. Checked against Envoy 1.38.2 with hand-made records.
struct OtherName {
  std::string_view openssl;
  std::string_view boringssl;
  bool exact = true;
};
constexpr OtherName kOtherNames[] = {
    {"TOO_MANY_WARN_ALERTS", "TOO_MANY_WARNING_ALERTS"},
    {"PACKET_LENGTH_TOO_LONG", "ENCRYPTED_LENGTH_TOO_LONG"},
    {"INAPPROPRIATE_FALLBACK", "TLS13_DOWNGRADE"},
    {"UNSUPPORTED_SSL_VERSION", "UNSUPPORTED_PROTOCOL"},
    {"BAD_PROTOCOL_VERSION_NUMBER", "UNSUPPORTED_PROTOCOL"},
    // BoringSSL looks for requests in plain text only where it is the server.
    {"HTTP_REQUEST", "WRONG_VERSION_NUMBER"},
    {"HTTPS_PROXY_REQUEST", "WRONG_VERSION_NUMBER"},
    {"UNKNOWN_CIPHER_RETURNED", "WRONG_CIPHER_RETURNED"},
    {"COMPRESSION_DISABLED", "UNSUPPORTED_COMPRESSION_ALGORITHM"},
    {"INVALID_ALERT", "BAD_ALERT"},
    {"RECORD_TOO_SMALL", "TOO_MANY_EMPTY_FRAGMENTS"},
    {"UNEXPECTED_CCS_MESSAGE", "TOO_MANY_EMPTY_FRAGMENTS"},
    {"NO_CHANGE_FOLLOWING_HRR", "EMPTY_HELLO_RETRY_REQUEST"},
    // BoringSSL deciphers it where it can, and goes on after the warning.
    {"INVALID_CCS_MESSAGE", "UNEXPECTED_RECORD", false},
    {"NO_RENEGOTIATION", "NO_RENEGOTIATION", false},
    {"UNSOLICITED_EXTENSION", "UNEXPECTED_EXTENSION", false},
    {"SSL3_SESSION_ID_TOO_LONG", "DECODE_ERROR"},
    {"INVALID_SESSION_ID", "DECODE_ERROR"},
    {"LENGTH_MISMATCH", "DECODE_ERROR"},
    {"LENGTH_TOO_SHORT", "DECODE_ERROR"},
    {"BAD_LENGTH", "DECODE_ERROR"},
    {"ASN1_LIB", "CANNOT_PARSE_LEAF_CERT"},
    {"BAD_EXTENSION", "ERROR_PARSING_EXTENSION", false},
    {"RENEGOTIATION_MISMATCH", "RENEGOTIATION_MISMATCH", false},
    {"NOT_ON_RECORD_BOUNDARY", "EXCESS_HANDSHAKE_DATA"},
    {"BAD_KEY_SHARE", "WRONG_CURVE", false},
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

// BoringSSL, include/openssl/{rsa,ecdsa,evp_errors,asn1,x509}.h: library, reason and its name.
struct LibraryError {
  std::uint32_t library;
  std::uint32_t reason;
  std::string_view text;
};
constexpr std::string_view kInside = ":OPENSSL_internal:";
constexpr std::uint32_t kLibraryShift = 24;
constexpr LibraryError kPublicKeyRoutines{11, 6, "X.509 certificate routines|public key routines"};

TlsError in_library(const LibraryError& error) {
  const std::size_t bar = error.text.find('|');
  return {(error.library << kLibraryShift) + error.reason,
          std::string(error.text.substr(0, bar)) + std::string(kInside) +
              std::string(error.text.substr(bar + 1)),
          true};
}

}  // namespace

TlsError from_alert(int description) {
  const auto* found = std::ranges::find(kAlerts, description, &Name::number);
  const auto number = kSslLibrary + static_cast<std::uint32_t>(kAlertOffset + description);
  return named(number, found == std::end(kAlerts) ? "unknown error" : found->text);
}

std::vector<TlsError> queue_of(const std::vector<std::string_view>& names) {
  std::vector<TlsError> out;
  for (const std::string_view one : names) {
    if (find_reason(one) != nullptr) {
      out.push_back(reason(one));
    }
  }
  return out;
}

std::vector<TlsError> from_ssl_reason(std::string_view openssl_text) {
  std::string name(openssl_text);
  std::ranges::transform(name, name.begin(), [](unsigned char c) {
    return c == ' ' || c == '-' ? '_' : static_cast<char>(std::toupper(c));
  });
  constexpr LibraryError kBadDecrypt{30, 101, "Cipher functions|BAD_DECRYPT"};
  constexpr std::string_view kUndeciphered = "DECRYPTION_FAILED_OR_BAD_RECORD_MAC";
  if (name == kUndeciphered) {
    return {in_library(kBadDecrypt), reason(kUndeciphered)};
  }
  // What comes in plain text where it should be enciphered is too short to be deciphered.
  if (name == "BAD_RECORD_TYPE") {
    return {reason("BAD_PACKET_LENGTH"), reason(kUndeciphered)};
  }
  const auto* other = std::ranges::find(kOtherNames, std::string_view(name), &OtherName::openssl);
  const bool renamed = other != std::end(kOtherNames);
  if (renamed) {
    name = other->boringssl;
  }
  const bool known = find_reason(name) != nullptr;
  TlsError out = reason(known ? std::string_view(name) : kApproximation);
  out.exact = known && (!renamed || other->exact);
  return {out};
}

TlsError unexpected_record() {
  return reason("UNEXPECTED_RECORD");
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

std::vector<TlsError> from_signature_reason(SignatureReason reason) {
  constexpr LibraryError kPadding{4, 136, "RSA routines|PADDING_CHECK_FAILED"};
  const auto broken = [](const LibraryError& first) {
    return std::vector{in_library(first), in_library(kPublicKeyRoutines)};
  };
  switch (reason) {
    case SignatureReason::UndecodableKey:
      return {in_library({11, 125, "X.509 certificate routines|PUBLIC_KEY_DECODE_ERROR"})};
    case SignatureReason::UnknownAlgorithm:
      return {in_library({12, 184, "ASN.1 encoding routines|UNKNOWN_SIGNATURE_ALGORITHM"})};
    case SignatureReason::WrongKeyType:
      return {in_library({12, 189, "ASN.1 encoding routines|WRONG_PUBLIC_KEY_TYPE"})};
    case SignatureReason::Dsa:
      return {in_library({6, 128, "public key routines|UNSUPPORTED_ALGORITHM"})};
    case SignatureReason::Md5:
      return {in_library({12, 111, "ASN.1 encoding routines|DIGEST_AND_KEY_TYPE_NOT_SUPPORTED"})};
    case SignatureReason::EcdsaMismatch:
      return broken({26, 100, "ECDSA routines|BAD_SIGNATURE"});
    case SignatureReason::Ed25519Mismatch:
      return broken({6, 131, "public key routines|INVALID_SIGNATURE"});
    case SignatureReason::RsaLength:
      return broken({4, 112, "RSA routines|DATA_LEN_NOT_EQUAL_TO_MOD_LEN"});
    case SignatureReason::RsaTooLarge:
      return broken({4, 115, "RSA routines|DATA_TOO_LARGE_FOR_MODULUS"});
    case SignatureReason::RsaBlockType:
      return {in_library({4, 107, "RSA routines|BLOCK_TYPE_IS_NOT_01"}), in_library(kPadding),
              in_library(kPublicKeyRoutines)};
    case SignatureReason::RsaMismatch:
      return broken({4, 105, "RSA routines|BAD_SIGNATURE"});
    case SignatureReason::PssFirstOctet:
      return broken({4, 122, "RSA routines|FIRST_OCTET_INVALID"});
    case SignatureReason::PssLastOctet:
      return broken({4, 127, "RSA routines|LAST_OCTET_INVALID"});
  }
  return {};
}

TlsError invalid_policy_extension() {
  return in_library({11, 144, "X.509 certificate routines|INVALID_POLICY_EXTENSION"});
}

VerifyProblem name_constraints_without_sans() {
  return {-1, "Issuer has name constraints but leaf has no SANs", true};
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

#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "prober/attempt.h"

namespace prober::wire {

/// BoringSSL's names and numbers for what OpenSSL reports, as Envoy prints them: 268435456 + reason
/// for its SSL library, 33554432 + errno for the system. Pure tables; nothing here includes
/// OpenSSL. Source: BoringSSL, include/openssl/ssl.h and crypto/x509/x509_txt.cc; Envoy,
/// source/common/tls/ssl_socket.cc, drainErrorQueue.

/// The fatal alert `description` (0 to 255) that the peer sent. RFC 8446, section 6.
[[nodiscard]] TlsError from_alert(int description);

/// A reason of OpenSSL's SSL library by its text ("wrong version number"), which is BoringSSL's
/// name in other spelling or has a row of its own; some are two entries there. Unknown ones are not
/// exact.
[[nodiscard]] std::vector<TlsError> from_ssl_reason(std::string_view openssl_text);

/// Reasons by BoringSSL's names, innermost first; unknown ones are left out.
[[nodiscard]] std::vector<TlsError> queue_of(const std::vector<std::string_view>& names);

/// A record of the wrong type, for which OpenSSL and BoringSSL's messages have one reason.
[[nodiscard]] TlsError unexpected_record();

/// A system error while reading or writing: "...:Connection reset by peer".
[[nodiscard]] TlsError from_errno(int os_error);

/// Appended to alert 40 in answer to the ClientHello.
[[nodiscard]] TlsError handshake_failure_on_client_hello();
/// A leaf whose key usage does not allow digital signatures.
[[nodiscard]] TlsError key_usage_bit_incorrect();
/// A failed verification; the reason follows it in the details.
[[nodiscard]] TlsError certificate_verify_failed();

/// Why BoringSSL does not take a certificate's signature.
enum class SignatureReason {
  UndecodableKey,    // the issuer's key is of a kind or curve that it does not have
  UnknownAlgorithm,  // the signature's
  WrongKeyType,      // the issuer's key is of another kind than the signature
  Dsa,
  Md5,
  EcdsaMismatch,
  Ed25519Mismatch,
  RsaLength,     // not as long as the modulus
  RsaTooLarge,   // not below the modulus
  RsaBlockType,  // no PKCS #1 block: most likely made with another key
  RsaMismatch,
  PssFirstOctet,
  PssLastOctet,
};
/// What stands in the error queue before CERTIFICATE_VERIFY_FAILED then.
[[nodiscard]] std::vector<TlsError> from_signature_reason(SignatureReason reason);
/// The same for a policy extension that cannot be read.
[[nodiscard]] TlsError invalid_policy_extension();

/// A leaf that has its name in the subject alone, under name constraints. BoringSSL gives no depth.
[[nodiscard]] VerifyProblem name_constraints_without_sans();

/// OpenSSL's X509_V_ERR_... (by number and text) at a depth of the chain, in BoringSSL's words.
[[nodiscard]] VerifyProblem from_verify_error(int x509_error, int depth,
                                              std::string_view openssl_text);

}  // namespace prober::wire

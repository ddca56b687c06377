#pragma once

#include <string>
#include <string_view>

#include "prober/attempt.h"

namespace prober::wire {

/// BoringSSL's names and numbers for what OpenSSL reports, as Envoy prints them. Pure tables; the
/// numbers of OpenSSL are taken as plain ints, so that nothing here includes OpenSSL.

/// The fatal alert `description` (0 to 255) that the peer sent.
[[nodiscard]] TlsError from_alert(int description);
/// OpenSSL's SSL library reason (SSL_R_...), by ERR_GET_REASON. Unknown ones are not exact.
[[nodiscard]] TlsError from_ssl_reason(int openssl_reason, std::string_view openssl_text);
/// A system error while reading or writing: "system library:OPENSSL_internal:Connection reset by
/// peer".
[[nodiscard]] TlsError from_errno(int os_error);
/// Appended to alert 40 in answer to the ClientHello.
[[nodiscard]] TlsError handshake_failure_on_client_hello();
/// A leaf whose key usage does not allow digital signatures.
[[nodiscard]] TlsError key_usage_bit_incorrect();
/// A failed verification; the reason follows it in the details.
[[nodiscard]] TlsError certificate_verify_failed();
/// OpenSSL's X509_V_ERR_... at a depth, in BoringSSL's words.
[[nodiscard]] VerifyProblem from_verify_error(int x509_error, int depth,
                                              std::string_view openssl_text);

}  // namespace prober::wire

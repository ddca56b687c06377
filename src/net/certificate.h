#pragma once

#include <openssl/x509.h>

#include "prober/attempt.h"

namespace prober::net {

/// What the reports say of a certificate. Foreign bytes are kept as they are; the formats escape
/// them.
[[nodiscard]] Certificate describe(X509* certificate);

/// False when the certificate has a key usage that does not include digital signatures.
[[nodiscard]] bool may_sign(X509* certificate);

/// False when it has a key usage that does not include signing certificates.
[[nodiscard]] bool may_sign_certificates(X509* certificate);

}  // namespace prober::net

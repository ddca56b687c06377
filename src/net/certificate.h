#pragma once

#include <openssl/x509.h>

#include <string>

#include "prober/attempt.h"

namespace prober::net {

/// What the reports say of a certificate. Foreign bytes are kept as they are; the formats escape
/// them.
[[nodiscard]] Certificate describe(X509* certificate);

/// Whether a SAN covers `name` as Envoy matches it under Pomerium's settings: an address only an
/// address, character by character; a name only a DNS name; a name with `*` is itself a pattern.
[[nodiscard]] bool covers(X509* certificate, const std::string& name);

/// False when the certificate has a key usage that does not include digital signatures.
[[nodiscard]] bool may_sign(X509* certificate);

/// The same for the encipherment of keys, which the cipher suites with RSA key exchange need.
[[nodiscard]] bool may_encipher_keys(X509* certificate);

/// False when it has a key usage that does not include signing certificates.
[[nodiscard]] bool may_sign_certificates(X509* certificate);

}  // namespace prober::net

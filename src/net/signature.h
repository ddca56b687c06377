#pragma once

#include <openssl/x509.h>

#include "wire/boringssl.h"

namespace prober::net {

/// Why BoringSSL does not take a certificate's signature.
struct SignatureFault {
  enum class Kind {
    None,
    Key,        // the issuer's public key is of no use to it
    Signature,  // the signature does not hold, or is of a kind that it does not know
  };
  Kind kind = Kind::None;
  wire::SignatureReason reason{};
};

/// Verifies the signature of `subject` with the key of `issuer`, both not owned.
[[nodiscard]] SignatureFault check_signed_by(X509* subject, X509* issuer);

}  // namespace prober::net

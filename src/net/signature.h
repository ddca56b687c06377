#pragma once

#include <openssl/x509.h>

#include <optional>

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

/// X509_V_OK or why the names of `certificate` break the name constraints of `above`, as BoringSSL
/// judges them; nothing when `above` has none.
[[nodiscard]] std::optional<int> check_name_constraints(X509* certificate, X509* above);

/// The leaf has no SAN extension and a common name that looks like a DNS name, which BoringSSL
/// refuses under name constraints.
[[nodiscard]] bool lacks_sans_for_its_name(X509* leaf);

}  // namespace prober::net

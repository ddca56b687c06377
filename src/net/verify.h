#pragma once

#include <openssl/x509_vfy.h>

#include <cstdint>
#include <vector>

#include "prober/attempt.h"
#include "prober/route.h"

namespace prober::net {

/// What Envoy's BoringSSL says of a chain.
struct ChainVerdict {
  /// In the order found; the first is the one that Envoy reports. Empty: the chain is sound.
  std::vector<VerifyProblem> problems;
  /// What the first problem left in the error queue before CERTIFICATE_VERIFY_FAILED: why a
  /// signature does not hold.
  std::vector<TlsError> queue;
};

/// Verifies the chain that `context` holds (leaf, what was sent, anchors) for a TLS server, as
/// BoringSSL does it, not OpenSSL: anchors are taken as they are, whatever they say of themselves,
/// the first issuer by name is the only one tried, and policies count. `now` in seconds since 1970.
/// OpenSSL parses and does the arithmetic. Source: BoringSSL, crypto/x509/x509_vfy.cc, v3_purp.cc,
/// v3_ncons.cc; checked against Envoy 1.36 to 1.40.
[[nodiscard]] ChainVerdict verify_chain(X509_STORE_CTX* context, std::int64_t now,
                                        EnvoyVersion envoy);

}  // namespace prober::net

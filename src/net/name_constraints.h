#pragma once

#include <openssl/x509.h>

#include <optional>

#include "prober/route.h"

namespace prober::net {

/// X509_V_OK or why the names of `certificate` break the name constraints of `above`, as that
/// Envoy's BoringSSL judges them; nothing when `above` has none. The names are held to them one
/// after the other, and the first that breaks them tells. Source: BoringSSL,
/// crypto/x509/v3_ncons.cc; measured on Envoy 1.36 to 1.40. Since 1.38 a dot at a DNS name's end
/// does not count, and a wildcard is excluded with any name that it covers. 1.40 also takes the dot
/// off the host of a URI, which is not imitated.
[[nodiscard]] std::optional<int> check_name_constraints(X509* certificate, X509* above,
                                                        EnvoyVersion envoy);

/// The leaf has no SAN extension and a common name that looks like a DNS name, which BoringSSL
/// refuses under name constraints.
[[nodiscard]] bool lacks_sans_for_its_name(X509* leaf);

}  // namespace prober::net

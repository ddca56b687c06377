#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "prober/attempt.h"

namespace prober::wire {

/// What BoringSSL makes of a TLS 1.2 ServerHello that OpenSSL takes, or refuses by another name.
/// Pure: handshake messages in (RFC 5246, section 7.4, with their four bytes of head), facts out.
/// Source: BoringSSL, ssl/extensions.cc, ssl_scan_serverhello_tlsext; measured with Envoy 1.38.2.

/// What a ClientHello asks for.
struct Offer {
  std::vector<std::uint16_t> extensions;  // their types, renegotiation_info always
  std::vector<std::string> protocols;     // ALPN

  bool operator==(const Offer&) const = default;
};
[[nodiscard]] Offer offer_of(std::string_view client_hello);

/// The entries of BoringSSL's queue when it refuses the extensions; empty when it takes them, and
/// for TLS 1.3, where OpenSSL judges alike.
[[nodiscard]] std::vector<TlsError> refused_extensions(std::string_view server_hello,
                                                       const Offer& offer);

}  // namespace prober::wire

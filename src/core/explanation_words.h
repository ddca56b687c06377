#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "prober/attempt.h"
#include "prober/prediction.h"
#include "prober/route.h"

namespace prober {

constexpr char kErrorDocs[] =
    "https://www.pomerium.com/docs/internals/troubleshooting#envoy-error-messages";
constexpr char kTimeoutDocs[] = "https://www.pomerium.com/docs/internals/connection#timeouts";

/// Cause and resolution, before the page that a browser shows is known.
struct Words {
  std::string cause;
  std::string resolution;
  const char* docs = kErrorDocs;
};

/// One attempt with its route and the time; all must outlive it.
struct Seen {
  const Route& route;
  const Attempt& attempt;
  std::int64_t now = 0;  // seconds since 1970; 0: not known

  /// The `to` URL; null when the attempt names none of the route's.
  [[nodiscard]] const Upstream* upstream() const;
  /// "wiki.internal:8443 (10.0.0.5:8443)", or just the address where `to` is that address.
  [[nodiscard]] std::string where() const;
  [[nodiscard]] bool over_tls() const;
};

/// The connection was not made: errno of connect() or bind().
[[nodiscard]] Words explain_os_error(const Seen& seen);
[[nodiscard]] Words explain_bind_error(const Seen& seen);
/// TCP or TLS took longer than the connect timeout.
[[nodiscard]] Words explain_connection_timeout(const Seen& seen);
/// The TLS handshake failed; `tls` is the attempt's.
[[nodiscard]] Words explain_handshake(const Seen& seen, const TlsFacts& tls);
/// The connection ended before the answer was complete.
[[nodiscard]] Words explain_termination(const Seen& seen);
/// The answer broke the rules of HTTP/1 or HTTP/2.
[[nodiscard]] Words explain_protocol_error(const Seen& seen);
/// The upstream reset the HTTP/2 stream, or would not take it.
[[nodiscard]] Words explain_stream_reset(const Seen& seen, std::string_view details);
/// A limit of the proxy ended the request; by the details' name.
[[nodiscard]] Words explain_limit(const Seen& seen, std::string_view details);

/// "2026-11-24", UTC.
[[nodiscard]] std::string date(std::int64_t seconds_since_1970);
/// "a, b, c and 4 more": at most `most` of them.
[[nodiscard]] std::string some_of(const std::vector<std::string>& texts, std::size_t most);
/// "NO_ERROR", "PROTOCOL_ERROR" ...; "unknown" for a code that RFC 9113 does not name.
[[nodiscard]] std::string_view http2_error_name(std::uint32_t code);

}  // namespace prober

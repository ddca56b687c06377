#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "prober/route.h"

namespace prober {

/// What Pomerium's cluster makes of one `to` URL beside the others.
struct Transport {
  Scheme scheme = Scheme::Http;  // what is spoken
  bool http1_only = false;       // whatever ALPN chooses
  const Upstream* tls =
      nullptr;  // whose name the TLS is for; null without TLS. Points into the route
};

/// One URL of a list with TLS makes all of them TLS (it is the default transport socket), a list
/// that mixes h2c or TLS with others is HTTP/1.1, and a tcp upstream is only tunnelled to where
/// `from` says so. Measured; source: Pomerium, config/envoyconfig/clusters.go and protocols.go.
/// Pure.
[[nodiscard]] Transport transport_of(const Route& route, const Upstream& upstream);

/// Visitors reach the route by CONNECT: `from` begins with tcp+.
[[nodiscard]] bool by_connect(const Route& route);

/// The request that the proxy would send to the upstream for the probe's path.
struct HttpRequest {
  std::string method = "GET";
  std::string scheme = "http";  // HTTP/2's :scheme
  std::string authority;
  std::string path = "/";
  std::vector<HeaderField> headers;  // without Host and content-length
  std::string body;
  std::uint64_t body_bytes = 0;  // that many bytes of "x", instead of `body`

  [[nodiscard]] std::uint64_t body_size() const { return body_bytes ? body_bytes : body.size(); }
  [[nodiscard]] bool grpc() const;  // content-type application/grpc, as Envoy tells it
};

/// What Envoy says of the first header of set_request_headers that it refuses to send, "invalid
/// header name: x bad"; "" when it sends them all. Such headers are not in build_request().
[[nodiscard]] std::string invalid_request_header(const Route& route);

/// Whether a request with it changes nothing, so that it may be sent more than once: GET, HEAD,
/// OPTIONS.
[[nodiscard]] bool is_safe_method(std::string_view method);

/// Applies the route's host, path and header rewriting in Pomerium's precedence. Pure.
[[nodiscard]] HttpRequest build_request(const Route& route, const Upstream& upstream);

}  // namespace prober

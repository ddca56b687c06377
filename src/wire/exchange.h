#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include "prober/attempt.h"
#include "prober/request.h"

namespace prober::wire {

/// One request and its answer over a byte stream, HTTP/1 or HTTP/2. Pure: bytes in, bytes and facts
/// out; no I/O, no clock. Not thread-safe.
///
/// The owner alternates: send what output() holds and report it with sent(); hand what arrives to
/// feed(); say closed() when the peer's bytes are at an end. Stop when done().
class Exchange {
 public:
  Exchange() = default;
  Exchange(const Exchange&) = delete;
  Exchange& operator=(const Exchange&) = delete;
  virtual ~Exchange() = default;

  /// The bytes to send next, empty when there are none now. Valid until the next call of a
  /// non-const member. At most 64 KiB at a time, however large the body.
  [[nodiscard]] virtual std::string_view output() = 0;
  /// The first `count` bytes of output() were taken by the connection.
  virtual void sent(std::size_t count) = 0;
  /// Bytes from the upstream, in order. Bytes after done() are ignored.
  virtual void feed(std::string_view bytes) = 0;
  /// No more bytes will come (FIN or RST: the reader does not care which).
  virtual void closed() = 0;

  /// Nothing that could still arrive changes what the proxy would answer.
  [[nodiscard]] virtual bool done() const = 0;
  /// The whole request, body included, has been sent().
  [[nodiscard]] virtual bool request_sent() const = 0;
  /// Bytes of the request's body that have been sent().
  [[nodiscard]] virtual std::uint64_t body_sent() const = 0;
  /// Rises with every event that restarts Envoy's idle timers: a complete head (1xx too) and body
  /// bytes. Bytes of an unfinished head do not count, nor do HTTP/2 PINGs.
  [[nodiscard]] virtual std::uint64_t activity() const = 0;

  [[nodiscard]] virtual const HttpFacts& facts() const = 0;
};

struct ExchangeOptions {
  std::uint64_t max_body = std::uint64_t{1} << 20;  // kept in HttpFacts::body; reading stops there
};

[[nodiscard]] std::unique_ptr<Exchange> make_http1_exchange(const HttpRequest& request,
                                                            const ExchangeOptions& options);
[[nodiscard]] std::unique_ptr<Exchange> make_http2_exchange(const HttpRequest& request,
                                                            const ExchangeOptions& options);

}  // namespace prober::wire

#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "loop.h"
#include "prober/address.h"
#include "prober/attempt.h"
#include "tls_client.h"

namespace prober::net {

/// How a connection is made, and the only place that knows it: with TLS by libcurl (CONNECT_ONLY),
/// without straight on a socket; what is said over it is the caller's.

struct ConnectionSpec {
  Endpoint endpoint;
  std::optional<TlsClient::Options> tls;  // TLS follows the TCP connection
  std::optional<IpAddress> bind_address;
  bool freebind = false;  // the bind address need not be local yet
};

/// What the connecting came to.
struct ConnectReport {
  ConnectResult result = ConnectResult::NotStarted;
  int os_error = 0;
  std::string bind_address;
  std::optional<TlsFacts> tls;
  std::optional<TimePoint> tcp_at;  // TCP was established
};

enum class IoStatus { Ok, WouldBlock, Fin, Rst };

struct IoResult {
  IoStatus status = IoStatus::Ok;
  std::size_t count = 0;
};

class ConnectionListener {
 public:
  ConnectionListener() = default;
  ConnectionListener(const ConnectionListener&) = delete;
  ConnectionListener& operator=(const ConnectionListener&) = delete;
  virtual ~ConnectionListener() = default;
  /// The connection stands, TLS included.
  virtual void on_connected() = 0;
  /// It does not; see Connection::report().
  virtual void on_connect_failed() = 0;
  virtual void on_readable() = 0;
  virtual void on_writable() = 0;
};

/// One connection. Lives on the loop's thread; destroying it closes it, and the listener is not
/// called any more. It may be destroyed from within the listener's callbacks.
class Connection {
 public:
  virtual ~Connection() = default;
  Connection() = default;
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  [[nodiscard]] virtual ConnectReport report() const = 0;

  /// Takes what has arrived. Call until it would block: only what comes after that is told again.
  virtual IoResult receive(std::span<char> buffer) = 0;
  /// Hands bytes to the kernel. A failed send says Rst or Fin once; what had arrived before can
  /// still be received.
  virtual IoResult send(std::string_view bytes) = 0;
  /// Also tell when bytes can be sent again, after a send that would block.
  virtual void want_write(bool on) = 0;
};

/// Makes connections. Bounded multi handles share the one loop: a CONNECT_ONLY connection stays in
/// the pool that each new transfer of its multi handle walks.
class Connector {
 public:
  explicit Connector(Loop& loop);
  Connector(const Connector&) = delete;
  Connector& operator=(const Connector&) = delete;
  ~Connector();  // after all of its connections

  /// Begins to connect. The listener is never called before this returns.
  [[nodiscard]] std::unique_ptr<Connection> connect(const ConnectionSpec& spec,
                                                    ConnectionListener& listener);

  class Multi;

 private:
  Multi& roomy();

  Loop& loop_;
  std::vector<std::unique_ptr<Multi>> multis_;
};

}  // namespace prober::net

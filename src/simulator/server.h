#pragma once

#include <openssl/ssl.h>

#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "prober/error.h"
#include "simulator/pki.h"
#include "simulator/script.h"

namespace prober::simulator {

/// What a TLS server is set up with.
struct TlsServer {
  CertificateKind certificate = CertificateKind::Good;
  int minimum = TLS1_2_VERSION;
  int maximum = TLS1_3_VERSION;
  std::string ciphers;            // of TLS 1.2 and below; empty: OpenSSL's
  std::vector<std::string> alpn;  // offered; the first is taken whatever the client likes best
  std::string groups;             // for the key exchange; empty: OpenSSL's
  bool demands_client_certificate = false;
  bool trusts_clients = true;  // else their CA is unknown to it
  bool refuses_name = false;   // answers the SNI with unrecognized_name
  bool far_away = false;       // a round trip is not over at once
};

struct ContextDeleter {
  void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
};
using ContextPtr = std::unique_ptr<SSL_CTX, ContextDeleter>;

[[nodiscard]] ContextPtr make_context(const TlsServer& settings, Pki& pki);

/// A descriptor that closes itself.
class Socket {
 public:
  Socket() = default;
  explicit Socket(int fd) : fd_(fd) {}
  Socket(Socket&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Socket& operator=(Socket&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;
  ~Socket();
  [[nodiscard]] int fd() const { return fd_; }
  void close();

 private:
  int fd_ = -1;
};

/// A listener on a loopback address and a port of the kernel's choice (`port` 0) or a given one.
[[nodiscard]] Result<Socket> listen_on(const std::string& address, std::uint16_t port, int backlog);
[[nodiscard]] std::uint16_t port_of(int fd);

/// Plays a script on each connection that it accepts, each on a thread of its own: the simulator is
/// for a few dozen connections. stop() and the destructor end them all.
class Server {
 public:
  /// `context` null: without TLS; it must outlive the server.
  Server(Socket listener, Script script, SSL_CTX* context);
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;
  ~Server();

  [[nodiscard]] std::uint16_t port() const { return port_; }

 private:
  struct Worker {
    std::thread thread;
    bool finished = false;
  };

  void accept_loop();
  void serve(Socket connection);
  void reap(bool all);

  Socket listener_;
  Script script_;
  SSL_CTX* context_;
  std::uint16_t port_;
  Socket stop_reader_;
  Socket stop_writer_;
  std::mutex mutex_;
  std::list<Worker> workers_;
  std::thread acceptor_;
};

}  // namespace prober::simulator

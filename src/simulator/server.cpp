#include "simulator/server.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <openssl/err.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstring>
#include <optional>
#include <thread>

#include "prober/address.h"
#include "prober/ascii.h"

namespace prober::simulator {
namespace {

constexpr std::size_t kRead = 65536;

// One connection, plain or TLS. Every wait also watches the descriptor that says stop.
class Conversation {
 public:
  Conversation(Socket connection, SSL_CTX* context, int stop_fd)
      : socket_(std::move(connection)), stop_fd_(stop_fd) {
    fcntl(socket_.fd(), F_SETFL, fcntl(socket_.fd(), F_GETFL) | O_NONBLOCK);
    if (context != nullptr) {
      ssl_.reset(SSL_new(context));
      SSL_set_fd(ssl_.get(), socket_.fd());
    }
  }

  void play(const Script& script) {
    if (ssl_ && !handshake()) {
      finish_writing();
      drain();
      return;
    }
    for (std::size_t i = 0; i < script.size(); ++i) {
      if (script[i].kind == Step::Kind::Repeat) {
        i = static_cast<std::size_t>(-1);
      } else if (!take(script[i])) {
        return;
      }
    }
  }

 private:
  struct SslDeleter {
    void operator()(SSL* ssl) const { SSL_free(ssl); }
  };

  // False: the time is over, or the simulator stops.
  bool wait(short events, std::optional<std::chrono::milliseconds> time = std::nullopt) const {
    std::array<pollfd, 2> fds = {{{socket_.fd(), events, 0}, {stop_fd_, POLLIN, 0}}};
    const int count = poll(fds.data(), fds.size(), time ? static_cast<int>(time->count()) : -1);
    return count > 0 && fds[1].revents == 0;
  }

  // False: the simulator stops.
  bool pause(std::chrono::milliseconds time) const {
    pollfd stop = {stop_fd_, POLLIN, 0};
    return poll(&stop, 1, static_cast<int>(time.count())) == 0;
  }

  bool retry_tls(int result) const {
    const int error = SSL_get_error(ssl_.get(), result);
    return (error == SSL_ERROR_WANT_READ && wait(POLLIN)) ||
           (error == SSL_ERROR_WANT_WRITE && wait(POLLOUT));
  }

  bool handshake() {
    while (true) {
      ERR_clear_error();
      const int result = SSL_accept(ssl_.get());
      if (result == 1) {
        return true;
      }
      if (!retry_tls(result)) {
        return false;
      }
    }
  }

  // Bytes read, 0 at the end of the connection.
  std::size_t read(char* buffer, std::size_t size) {
    while (true) {
      if (ssl_) {
        ERR_clear_error();
        const int count = SSL_read(ssl_.get(), buffer, static_cast<int>(size));
        if (count > 0) {
          return static_cast<std::size_t>(count);
        }
        if (!retry_tls(count)) {
          return 0;
        }
        continue;
      }
      const ssize_t count = recv(socket_.fd(), buffer, size, 0);
      if (count > 0) {
        return static_cast<std::size_t>(count);
      }
      if (count == 0 || (errno != EAGAIN && errno != EINTR) || !wait(POLLIN)) {
        return 0;
      }
    }
  }

  bool read_more() {
    std::array<char, kRead> buffer{};
    const std::size_t count = read(buffer.data(), buffer.size());
    input_.append(buffer.data(), count);
    return count > 0;
  }

  bool read_until(std::string_view end) {
    while (input_.find(end) == std::string::npos) {
      if (!read_more()) {
        return false;
      }
    }
    return true;
  }

  bool read_request() {
    if (!read_until("\r\n\r\n")) {
      return false;
    }
    const std::size_t head = input_.find("\r\n\r\n") + 4;
    const std::string lower = lower_case(input_.substr(0, head));
    constexpr std::string_view kLength = "\r\ncontent-length:";
    const std::size_t at = lower.find(kLength);
    const std::size_t body = at == std::string::npos
                                 ? 0
                                 : std::strtoul(lower.c_str() + at + kLength.size(), nullptr, 10);
    while (input_.size() < head + body) {
      if (!read_more()) {
        return false;
      }
    }
    input_.erase(0, head + body);
    return true;
  }

  // Up to the frame with END_STREAM on stream 1, as every request here ends.
  bool read_stream() {
    constexpr std::size_t kPreface = 24;
    constexpr std::size_t kFrameHead = 9;
    std::size_t at = kPreface;
    while (true) {
      while (input_.size() < at + kFrameHead) {
        if (!read_more()) {
          return false;
        }
      }
      const auto byte = [this, at](std::size_t i) {
        return static_cast<unsigned char>(input_[at + i]);
      };
      const std::size_t length = static_cast<std::size_t>(byte(0)) << 16 |
                                 static_cast<std::size_t>(byte(1)) << 8 | byte(2);
      const bool carries = byte(3) == 0 || byte(3) == 1;
      const bool ends = carries && (byte(4) & 1) != 0 && byte(8) == 1;
      while (input_.size() < at + kFrameHead + length) {
        if (!read_more()) {
          return false;
        }
      }
      at += kFrameHead + length;
      if (ends) {
        return true;
      }
    }
  }

  bool write(std::string_view bytes, bool past_tls) {
    while (!bytes.empty()) {
      const bool tls = ssl_ && !past_tls;
      const ssize_t count = tls ? write_tls(bytes) : write_plain(bytes);
      if (count < 0) {
        return false;
      }
      bytes.remove_prefix(static_cast<std::size_t>(count));
    }
    return true;
  }

  // Bytes written, 0 when it is worth another try, -1 at the end.
  ssize_t write_tls(std::string_view bytes) {
    const int count = SSL_write(ssl_.get(), bytes.data(), static_cast<int>(bytes.size()));
    return count > 0 ? count : retry_tls(count) ? 0 : -1;
  }

  ssize_t write_plain(std::string_view bytes) const {
    const ssize_t count = ::send(socket_.fd(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    const bool full = count < 0 && errno == EAGAIN;
    return full && wait(POLLOUT) ? 0 : count;
  }

  bool drip(const Step& step) {
    while (write(step.bytes, false)) {
      if (!pause(step.time)) {
        return false;
      }
    }
    return false;
  }

  void finish_writing() const { shutdown(socket_.fd(), SHUT_WR); }

  void drain() {
    std::array<char, kRead> buffer{};
    while (true) {
      const ssize_t count = recv(socket_.fd(), buffer.data(), buffer.size(), 0);
      if (count == 0 || (count < 0 && errno != EAGAIN && errno != EINTR) ||
          (count < 0 && !wait(POLLIN))) {
        return;
      }
    }
  }

  void reset() {
    const linger now = {1, 0};
    setsockopt(socket_.fd(), SOL_SOCKET, SO_LINGER, &now, sizeof now);
    socket_.close();
  }

  void hang() const {
    pollfd stop = {stop_fd_, POLLIN, 0};
    poll(&stop, 1, -1);
  }

  // False ends the script.
  bool take(const Step& step) {
    switch (step.kind) {
      case Step::Kind::ReadHead:
        return read_until("\r\n\r\n");
      case Step::Kind::ReadRequest:
        return read_request();
      case Step::Kind::ReadSome:
        return !input_.empty() || read_more();
      case Step::Kind::ReadStream:
        return read_stream();
      case Step::Kind::Send:
        return write(step.bytes, false);
      case Step::Kind::SendPlain:
        return write(step.bytes, true);
      case Step::Kind::Sleep:
        return pause(step.time);
      case Step::Kind::Drip:
        return drip(step);
      case Step::Kind::Fin:
        if (ssl_) {
          SSL_shutdown(ssl_.get());
        }
        finish_writing();
        drain();
        return false;
      case Step::Kind::BareFin:
        finish_writing();
        drain();
        return false;
      case Step::Kind::Rst:
        reset();
        return false;
      case Step::Kind::CloseUnread:
        socket_.close();
        return false;
      case Step::Kind::Hang:
        hang();
        return false;
      case Step::Kind::Repeat:
        break;
    }
    return true;
  }

  Socket socket_;
  std::unique_ptr<SSL, SslDeleter> ssl_;
  int stop_fd_;
  std::string input_;
};

// NOLINTNEXTLINE(readability-function-size): OpenSSL's signature
int take_first_alpn(SSL*, const unsigned char** out, unsigned char* length, const unsigned char* in,
                    unsigned in_length, void* argument) {
  const auto* wanted = static_cast<const std::string*>(argument);
  for (unsigned at = 0; at < in_length; at += in[at] + 1U) {
    if (std::string_view(reinterpret_cast<const char*>(in) + at + 1, in[at]) == *wanted) {
      *out = in + at + 1;
      *length = in[at];
      return SSL_TLSEXT_ERR_OK;
    }
  }
  return SSL_TLSEXT_ERR_NOACK;
}

// A client that has sent its last flight of TLS 1.2 finds no answer at once, as over a network.
// NOLINTNEXTLINE(readability-function-size): OpenSSL's signature
void rest_before_last_flight(int sent, int, int kind, const void* message, std::size_t size, SSL*,
                             void*) {
  constexpr auto kRoundTrip = std::chrono::milliseconds(20);
  const auto* type = static_cast<const std::uint8_t*>(message);
  if (sent == 0 && kind == SSL3_RT_HANDSHAKE && size > 0 && *type == SSL3_MT_CLIENT_KEY_EXCHANGE) {
    std::this_thread::sleep_for(kRoundTrip);
  }
}

}  // namespace

Socket::~Socket() {
  close();
}

void Socket::close() {
  if (fd_ >= 0) {
    ::close(fd_);
    fd_ = -1;
  }
}

ContextPtr make_context(const TlsServer& settings, Pki& pki) {
  ContextPtr out(SSL_CTX_new(TLS_server_method()));
  SSL_CTX* context = out.get();
  SSL_CTX_set_security_level(context, 0);
  SSL_CTX_set_min_proto_version(context, settings.minimum);
  SSL_CTX_set_max_proto_version(context, settings.maximum);
  SSL_CTX_set_options(context, SSL_OP_NO_TICKET);
  const Issued& issued = pki.get(settings.certificate);
  SSL_CTX_use_certificate(context, issued.certificate.get());
  SSL_CTX_use_PrivateKey(context, issued.key.get());
  for (const Issued* one : issued.chain) {
    SSL_CTX_add1_chain_cert(context, one->certificate.get());
  }
  if (!settings.ciphers.empty()) {
    SSL_CTX_set_cipher_list(context, settings.ciphers.c_str());
  }
  if (!settings.alpn.empty()) {
    SSL_CTX_set_alpn_select_cb(context, take_first_alpn,
                               const_cast<std::string*>(&settings.alpn.front()));
  }
  if (settings.demands_client_certificate) {
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
  }
  if (settings.demands_client_certificate && settings.trusts_clients) {
    X509_STORE_add_cert(SSL_CTX_get_cert_store(context), const_cast<X509*>(pki.ca()));
  }
  if (!settings.groups.empty()) {
    SSL_CTX_set1_groups_list(context, settings.groups.c_str());
  }
  if (settings.far_away) {
    SSL_CTX_set_msg_callback(context, rest_before_last_flight);
  }
  if (settings.refuses_name) {
    SSL_CTX_callback_ctrl(context, SSL_CTRL_SET_TLSEXT_SERVERNAME_CB,
                          reinterpret_cast<void (*)()>(+[](SSL*, int* alert, void*) {
                            *alert = SSL_AD_UNRECOGNIZED_NAME;
                            return SSL_TLSEXT_ERR_ALERT_FATAL;
                          }));
  }
  return out;
}

Result<Socket> listen_on(const std::string& address, std::uint16_t port, int backlog) {
  const IpAddress ip = IpAddress::parse(address).value_or(IpAddress{});
  Socket out(socket(ip.v6 ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const int on = 1;
  setsockopt(out.fd(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  sockaddr_storage storage{};
  socklen_t size = sizeof(sockaddr_in);
  if (ip.v6) {
    auto* v6 = reinterpret_cast<sockaddr_in6*>(&storage);
    v6->sin6_family = AF_INET6;
    v6->sin6_port = htons(port);
    std::memcpy(&v6->sin6_addr, ip.bytes.data(), 16);
    size = sizeof(sockaddr_in6);
  } else {
    auto* v4 = reinterpret_cast<sockaddr_in*>(&storage);
    v4->sin_family = AF_INET;
    v4->sin_port = htons(port);
    std::memcpy(&v4->sin_addr, ip.bytes.data(), 4);
  }
  if (bind(out.fd(), reinterpret_cast<const sockaddr*>(&storage), size) != 0 ||
      (backlog >= 0 && listen(out.fd(), backlog) != 0)) {
    return std::unexpected(
        Error{fmt::format("cannot listen on {}: {}", address, std::strerror(errno))});
  }
  return out;
}

std::uint16_t port_of(int fd) {
  sockaddr_storage storage{};
  socklen_t size = sizeof storage;
  getsockname(fd, reinterpret_cast<sockaddr*>(&storage), &size);
  return ntohs(storage.ss_family == AF_INET6 ? reinterpret_cast<sockaddr_in6*>(&storage)->sin6_port
                                             : reinterpret_cast<sockaddr_in*>(&storage)->sin_port);
}

Server::Server(Socket listener, Script script, SSL_CTX* context)
    : listener_(std::move(listener)),
      script_(std::move(script)),
      context_(context),
      port_(port_of(listener_.fd())) {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) == 0) {
    stop_reader_ = Socket(ends[0]);
    stop_writer_ = Socket(ends[1]);
  }
  // Signals belong to the main thread's loop.
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  acceptor_ = std::thread([this] { accept_loop(); });
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

Server::~Server() {
  stop_writer_.close();  // every poll on the other end wakes up
  acceptor_.join();
  reap(true);
}

void Server::accept_loop() {
  while (true) {
    std::array<pollfd, 2> fds = {{{listener_.fd(), POLLIN, 0}, {stop_reader_.fd(), POLLIN, 0}}};
    poll(fds.data(), fds.size(), -1);
    if (fds[1].revents != 0) {
      return;
    }
    Socket connection(accept4(listener_.fd(), nullptr, nullptr, SOCK_CLOEXEC));
    if (connection.fd() < 0) {
      continue;
    }
    reap(false);
    const std::lock_guard lock(mutex_);
    Worker& worker = workers_.emplace_back();
    worker.thread =
        std::thread([this, &worker, held = std::make_shared<Socket>(std::move(connection))] {
          serve(std::move(*held));
          const std::lock_guard done(mutex_);
          worker.finished = true;
        });
  }
}

void Server::serve(Socket connection) {
  Conversation(std::move(connection), context_, stop_reader_.fd()).play(script_);
}

void Server::reap(bool all) {
  std::list<Worker> ended;
  {
    const std::lock_guard lock(mutex_);
    for (auto worker = workers_.begin(); worker != workers_.end();) {
      const auto next = std::next(worker);
      if (all || worker->finished) {
        ended.splice(ended.end(), workers_, worker);
      }
      worker = next;
    }
  }
  for (Worker& worker : ended) {
    worker.thread.join();
  }
}

}  // namespace prober::simulator

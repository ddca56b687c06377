#include "plain_connection.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <unistd.h>

#include <cerrno>

#include "socket.h"

namespace prober::net {
namespace {

class PlainConnection : public Connection {
 public:
  PlainConnection(Loop& loop, const ConnectionSpec& spec, ConnectionListener& listener)
      : loop_(loop), listener_(listener), alive_(std::make_shared<bool>(true)) {
    const SocketAddress to = socket_address(spec.endpoint);
    const int family = to.storage.ss_family;
    fd_ = open_socket(spec, family, report_);
    if (fd_ < 0) {
      tell_later();
      return;
    }
    if (family != AF_UNIX) {
      const int on = 1;
      setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    }
    if (::connect(fd_, reinterpret_cast<const sockaddr*>(&to.storage), to.size) == 0) {
      report_.result = ConnectResult::Connected;
      tell_later();
    } else if (errno != EINPROGRESS) {
      report_.result = ConnectResult::ImmediateError;
      report_.os_error = errno;
      tell_later();
    } else {
      watch();
    }
  }

  ~PlainConnection() override {
    // The call may come from the watch's own callback.
    if (watch_) {
      watch_->want(false, false);
      loop_.destroy_later(std::shared_ptr<SocketWatch>(std::move(watch_)));
    }
    if (fd_ >= 0) {
      ::close(fd_);
    }
  }

  [[nodiscard]] ConnectReport report() const override { return report_; }

  IoResult receive(std::span<char> buffer) override {
    const ssize_t count = ::recv(fd_, buffer.data(), buffer.size(), 0);
    if (count > 0) {
      return {IoStatus::Ok, static_cast<std::size_t>(count)};
    }
    if (count < 0 && (errno == EAGAIN || errno == EINTR)) {
      return {IoStatus::WouldBlock, 0};
    }
    // A failed send takes the pending reset away, and then this reads like a FIN.
    const bool reset = count < 0 || reset_seen_ || tcp_state(fd_) == kTcpClose;
    return {reset ? IoStatus::Rst : IoStatus::Fin, 0};
  }

  IoResult send(std::string_view bytes) override {
    const ssize_t count = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (count >= 0) {
      return {IoStatus::Ok, static_cast<std::size_t>(count)};
    }
    if (errno == EAGAIN || errno == EINTR) {
      return {IoStatus::WouldBlock, 0};
    }
    reset_seen_ = reset_seen_ || errno == ECONNRESET || errno == EPIPE;
    return {IoStatus::Rst, 0};
  }

  void want_write(bool on) override { wants_write_ = on; }

 private:
  // Edges save the system calls that change what is watched; receive() and send() are called until
  // they would block.
  void watch() {
    watch_ = std::make_unique<SocketWatch>(
        loop_, fd_, [this](bool readable, bool writable) { on_ready(readable, writable); });
    watch_->want_edges();
  }

  // What is known at once is told only after the caller has this object.
  void tell_later() {
    loop_.defer([this, alive = std::weak_ptr(alive_)] {
      if (!alive.expired()) {
        conclude();
      }
    });
  }

  void conclude() {
    if (report_.result != ConnectResult::Connected) {
      listener_.on_connect_failed();
      return;
    }
    report_.tcp_at = Clock::now();
    if (!watch_) {
      watch();
    }
    listener_.on_connected();
  }

  void on_ready(bool readable, bool writable) {
    // The listener may destroy this object in any of its calls.
    const std::weak_ptr<bool> alive = alive_;
    if (report_.result == ConnectResult::NotStarted) {
      int error = 0;
      socklen_t size = sizeof error;
      getsockopt(fd_, SOL_SOCKET, SO_ERROR, &error, &size);
      report_.result = error == 0 ? ConnectResult::Connected : ConnectResult::DelayedError;
      report_.os_error = error;
      conclude();
      writable = false;  // the listener has just written
    }
    // Reading first: an answer that came early outranks a request that cannot be sent any more.
    if (readable && !alive.expired() && report_.result == ConnectResult::Connected) {
      listener_.on_readable();
    }
    if (writable && !alive.expired() && wants_write_) {
      listener_.on_writable();
    }
  }

  Loop& loop_;
  ConnectionListener& listener_;
  ConnectReport report_;
  std::unique_ptr<SocketWatch> watch_;
  std::shared_ptr<bool> alive_;
  int fd_ = -1;
  bool reset_seen_ = false;
  bool wants_write_ = false;
};

}  // namespace

std::unique_ptr<Connection> make_plain_connection(Loop& loop, const ConnectionSpec& spec,
                                                  ConnectionListener& listener) {
  return std::make_unique<PlainConnection>(loop, spec, listener);
}

}  // namespace prober::net

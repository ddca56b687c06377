#include "udp_session.h"

#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <utility>

#include "socket.h"

namespace prober::net {
UdpSession::UdpSession(Loop& loop, std::size_t upstream, const ConnectionSpec& spec,
                       std::string payload, Callback done)
    : loop_(loop),
      payload_(std::move(payload)),
      done_(std::move(done)),
      started_(Clock::now()),
      timer_(loop, [this] { on_timer(); }) {
  attempt_.upstream = upstream;
  attempt_.endpoint = spec.endpoint;
  attempt_.request_complete = true;
  open(spec);
  timer_.arm(over_ ? started_ : started_ + kWait / 2);
}

UdpSession::~UdpSession() {
  if (watch_) {
    // The call may come from the watch's own callback.
    watch_->want(false, false);
    loop_.destroy_later(std::shared_ptr<SocketWatch>(std::move(watch_)));
  }
  if (fd_ >= 0) {
    ::close(fd_);
  }
}

void UdpSession::open(const ConnectionSpec& spec) {
  const SocketAddress to = socket_address(spec.endpoint);
  ConnectReport report;
  fd_ = open_socket(spec, to.storage.ss_family, report, SOCK_DGRAM);
  if (fd_ < 0) {
    attempt_.connect = report.result;
    attempt_.os_error = report.os_error;
    attempt_.bind_address = std::move(report.bind_address);
    attempt_.end = End::Failed;
    over_ = true;
    return;
  }
  if (::connect(fd_, reinterpret_cast<const sockaddr*>(&to.storage), to.size) != 0) {
    attempt_.connect = ConnectResult::ImmediateError;
    attempt_.os_error = errno;
    attempt_.end = End::Failed;
    over_ = true;
    return;
  }
  attempt_.connect = ConnectResult::Connected;
  attempt_.end = End::Connected;
  attempt_.answer = Answer::Silent;
  watch_ = std::make_unique<SocketWatch>(loop_, fd_, [this](bool, bool) { on_readable(); });
  watch_->want(true, false);
  send();
}

void UdpSession::send() {
  if (::send(fd_, payload_.data(), payload_.size(), MSG_NOSIGNAL) < 0 && errno != EAGAIN) {
    take_error(errno);
  }
}

// ICMP errors come back as the socket's error.
void UdpSession::take_error(int error) {
  attempt_.answer = Answer::Unreachable;
  attempt_.os_error = error;
  over_ = true;
}

void UdpSession::on_readable() {
  std::array<char, 2048> ignored{};
  const ssize_t count = ::recv(fd_, ignored.data(), ignored.size(), 0);
  if (count < 0 && (errno == EAGAIN || errno == EINTR)) {
    return;
  }
  if (count < 0) {
    take_error(errno);
  } else {
    attempt_.answer = Answer::Came;
    attempt_.timings.first_byte = Clock::now() - started_;
  }
  finish();
}

void UdpSession::on_timer() {
  if (!over_ && !sent_again_) {
    sent_again_ = true;
    send();
    timer_.arm(over_ ? Clock::now() : started_ + kWait);
    return;
  }
  finish();
}

void UdpSession::finish() {
  timer_.cancel();
  attempt_.timings.end = Clock::now() - started_;
  attempt_.timings.loop_lag = loop_.worst_lag_since(started_);
  // The callback may destroy this session.
  const Callback done = std::move(done_);
  done(std::move(attempt_));
}

}  // namespace prober::net

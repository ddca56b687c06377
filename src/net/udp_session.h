#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "connection.h"
#include "loop.h"
#include "prober/attempt.h"

namespace prober::net {

/// One look at a UDP upstream: a datagram, and whether an answer or an ICMP error comes back before
/// the wait is over. Lives on the loop's thread. Destroying it cancels it; `done` then never runs.
class UdpSession {
 public:
  using Callback = std::function<void(Attempt)>;

  /// Long enough for an answer from far away; most services stay silent on a datagram that says
  /// nothing to them, however long one waits.
  static constexpr Duration kWait = std::chrono::seconds(1);

  /// Sends `payload`, which may be empty, and once more half way through the wait: a datagram may
  /// be lost. `done` never runs before this returns.
  UdpSession(Loop& loop, std::size_t upstream, const ConnectionSpec& spec, std::string payload,
             Callback done);
  UdpSession(const UdpSession&) = delete;
  UdpSession& operator=(const UdpSession&) = delete;
  ~UdpSession();

  [[nodiscard]] const Endpoint& endpoint() const { return attempt_.endpoint; }
  [[nodiscard]] TimePoint over_by() const { return started_ + kWait; }

 private:
  void open(const ConnectionSpec& spec);
  void send();
  void on_readable();
  void on_timer();
  void take_error(int error);
  void finish();

  Loop& loop_;
  std::string payload_;
  Callback done_;
  TimePoint started_;
  Timer timer_;
  std::unique_ptr<SocketWatch> watch_;
  Attempt attempt_;
  int fd_ = -1;
  bool over_ = false;
  bool sent_again_ = false;
};

}  // namespace prober::net

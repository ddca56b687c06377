#pragma once

#include <chrono>
#include <deque>
#include <functional>
#include <memory>
#include <vector>

#include "prober/duration.h"

struct event;
struct event_base;

namespace prober::net {

using Clock = std::chrono::steady_clock;
using TimePoint = Clock::time_point;

struct EventDeleter {
  void operator()(event* one) const;
};
using EventPtr = std::unique_ptr<event, EventDeleter>;

/// The one event loop. Everything in `net` lives on the thread that calls run(); nothing here is
/// thread-safe.
class Loop {
 public:
  Loop();
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;
  ~Loop();

  /// Runs until stop().
  void run();
  /// Ends run() after the callback at hand.
  void stop();

  /// Runs `work` once the callbacks at hand have returned: how a session destroys itself.
  void defer(std::function<void()> work);
  void destroy_later(std::shared_ptr<void> object);
  /// Runs what was deferred, now: before the objects go that it may touch.
  void drain();

  /// How late the loop itself was at worst since then; a timing taken meanwhile is too long by up
  /// to that. Known to about 20 ms; 0 when never late by more than that.
  [[nodiscard]] Duration worst_lag_since(TimePoint since) const;

  [[nodiscard]] event_base* base() const { return base_.get(); }

 private:
  struct BaseDeleter {
    void operator()(event_base* base) const;
  };
  struct Lag {
    TimePoint at;
    Duration late;
  };

  void run_deferred();
  void tick();

  std::unique_ptr<event_base, BaseDeleter> base_;
  EventPtr deferred_event_;
  EventPtr tick_event_;
  std::vector<std::function<void()>> deferred_;
  TimePoint next_tick_;
  std::deque<Lag> lags_;
};

/// One timer. Destroying it cancels it; its callback may destroy it.
class Timer {
 public:
  Timer(Loop& loop, std::function<void()> on_fire);
  Timer(const Timer&) = delete;
  Timer& operator=(const Timer&) = delete;
  ~Timer() = default;

  /// Fires once at that time (at once when it is past); replaces what was armed.
  void arm(TimePoint at);
  void cancel();
  [[nodiscard]] bool armed() const { return armed_; }
  [[nodiscard]] TimePoint due() const { return due_; }

 private:
  EventPtr event_;
  std::function<void()> on_fire_;
  TimePoint due_;
  bool armed_ = false;
};

/// Watches one descriptor. Does not own it; destroy the watch before closing it.
class SocketWatch {
 public:
  SocketWatch(Loop& loop, int fd, std::function<void(bool readable, bool writable)> on_ready);
  SocketWatch(const SocketWatch&) = delete;
  SocketWatch& operator=(const SocketWatch&) = delete;
  ~SocketWatch() = default;
  /// What to wait for from now on; stays in force until changed.
  void want(bool read, bool write);
  /// Both, told once for each change: for owners that read and write until it would block.
  void want_edges();

 private:
  void watch(int wanted);

  EventPtr event_;
  std::function<void(bool, bool)> on_ready_;
  event_base* base_;
  int fd_;
  int wanted_ = 0;
};

/// Calls back on the loop when the process gets the signal, instead of its default action.
class SignalWatch {
 public:
  SignalWatch(Loop& loop, int signal, std::function<void()> on_signal);
  SignalWatch(const SignalWatch&) = delete;
  SignalWatch& operator=(const SignalWatch&) = delete;
  ~SignalWatch() = default;

 private:
  EventPtr event_;
  std::function<void()> on_signal_;
};

}  // namespace prober::net

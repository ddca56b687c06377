#include "loop.h"

#include <event2/event.h>

#include <algorithm>
#include <new>
#include <utility>

namespace prober::net {
namespace {

constexpr Duration kTick = std::chrono::milliseconds(20);
constexpr Duration kLagMemory = std::chrono::minutes(2);

timeval to_timeval(Duration span) {
  const auto us = std::chrono::ceil<std::chrono::microseconds>(std::max(span, Duration{})).count();
  return {us / 1'000'000, us % 1'000'000};
}

event* must(event* one) {
  if (one == nullptr) {
    throw std::bad_alloc();
  }
  return one;
}

}  // namespace

void EventDeleter::operator()(event* one) const {
  event_free(one);
}

void Loop::BaseDeleter::operator()(event_base* base) const {
  event_base_free(base);
}

Loop::Loop() {
  // Timers must not be late by a tick of the kernel's coarse clock: they decide which limit ended a
  // request.
  const std::unique_ptr<event_config, decltype(&event_config_free)> config(event_config_new(),
                                                                           &event_config_free);
  event_config_set_flag(config.get(), EVENT_BASE_FLAG_PRECISE_TIMER);
  base_.reset(event_base_new_with_config(config.get()));
  if (!base_) {
    throw std::bad_alloc();
  }
  deferred_event_.reset(must(event_new(
      base_.get(), -1, 0,
      [](evutil_socket_t, short, void* self) { static_cast<Loop*>(self)->run_deferred(); }, this)));
  tick_event_.reset(must(event_new(
      base_.get(), -1, EV_PERSIST,
      [](evutil_socket_t, short, void* self) { static_cast<Loop*>(self)->tick(); }, this)));
}

Loop::~Loop() = default;

void Loop::run() {
  const timeval interval = to_timeval(kTick);
  next_tick_ = Clock::now() + kTick;
  event_add(tick_event_.get(), &interval);
  event_base_loop(base_.get(), EVLOOP_NO_EXIT_ON_EMPTY);
  event_del(tick_event_.get());
}

void Loop::stop() {
  event_base_loopbreak(base_.get());
}

void Loop::defer(std::function<void()> work) {
  deferred_.push_back(std::move(work));
  event_active(deferred_event_.get(), 0, 0);
}

void Loop::destroy_later(std::shared_ptr<void> object) {
  defer([object = std::move(object)]() mutable { object.reset(); });
}

void Loop::drain() {
  while (!deferred_.empty()) {
    run_deferred();
  }
}

void Loop::run_deferred() {
  const auto work = std::exchange(deferred_, {});
  for (const auto& one : work) {
    one();
  }
}

void Loop::tick() {
  const TimePoint now = Clock::now();
  const Duration late = now - next_tick_;
  next_tick_ = now + kTick;
  if (late > kTick) {
    lags_.push_back({now, late});
  }
  while (!lags_.empty() && now - lags_.front().at > kLagMemory) {
    lags_.pop_front();
  }
}

Duration Loop::worst_lag_since(TimePoint since) const {
  Duration worst{};
  for (const Lag& lag : lags_) {
    if (lag.at >= since) {
      worst = std::max(worst, lag.late);
    }
  }
  return worst;
}

Timer::Timer(Loop& loop, std::function<void()> on_fire)
    : event_(must(event_new(
          loop.base(), -1, 0,
          [](evutil_socket_t, short, void* self) {
            auto* timer = static_cast<Timer*>(self);
            timer->armed_ = false;
            timer->on_fire_();
          },
          this))),
      on_fire_(std::move(on_fire)) {}

void Timer::arm(TimePoint at) {
  due_ = at;
  armed_ = true;
  const timeval wait = to_timeval(at - Clock::now());
  event_add(event_.get(), &wait);
}

void Timer::cancel() {
  if (armed_) {
    event_del(event_.get());
    armed_ = false;
  }
}

SocketWatch::SocketWatch(Loop& loop, int fd, std::function<void(bool, bool)> on_ready)
    : on_ready_(std::move(on_ready)), base_(loop.base()), fd_(fd) {}

void SocketWatch::want(bool read, bool write) {
  watch((read ? EV_READ : 0) | (write ? EV_WRITE : 0));
}

void SocketWatch::want_edges() {
  watch(EV_READ | EV_WRITE | EV_ET);
}

void SocketWatch::watch(int wanted) {
  if (wanted == wanted_) {
    return;
  }
  wanted_ = wanted;
  const auto on_event = [](evutil_socket_t, short what, void* self) {
    static_cast<SocketWatch*>(self)->on_ready_((what & EV_READ) != 0, (what & EV_WRITE) != 0);
  };
  const auto flags = static_cast<short>(wanted | EV_PERSIST);
  if (event_) {
    event_del(event_.get());
    event_assign(event_.get(), base_, fd_, flags, on_event, this);
  } else {
    event_.reset(must(event_new(base_, fd_, flags, on_event, this)));
  }
  if (wanted != 0) {
    event_add(event_.get(), nullptr);
  }
}

SignalWatch::SignalWatch(Loop& loop, int signal, std::function<void()> on_signal)
    : event_(must(event_new(
          loop.base(), signal, EV_SIGNAL | EV_PERSIST,
          [](evutil_socket_t, short, void* self) { static_cast<SignalWatch*>(self)->on_signal_(); },
          this))),
      on_signal_(std::move(on_signal)) {
  event_add(event_.get(), nullptr);
}

}  // namespace prober::net

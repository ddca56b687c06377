#include "attempt_session.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include "socket.h"

namespace prober::net {
namespace {

// The proxy reads ahead of the upstream by its buffer (per_connection_buffer_limit_bytes in the
// clusters that Pomerium generates), so the visitor's request ends that much earlier than ours.
constexpr std::uint64_t kProxyBuffer = std::uint64_t{32} * 1024;

// A server that resets on accept does so at once; the nearest other that was recorded waits for
// 200 ms. When our own loop was late, what we saw is worth nothing, and we look once more.
constexpr Duration kSecondLook = std::chrono::milliseconds(150);
constexpr Duration kTolerableLag = std::chrono::milliseconds(20);
constexpr int kMostSecondLooks = 3;

constexpr std::size_t kReadSize = std::size_t{16} * 1024;

}  // namespace

Progress beginning(const AttemptPlan& plan) {
  Progress out;
  if (plan.request.body_size() <= kProxyBuffer) {
    out.request_complete = Duration{};
  }
  return out;
}

std::optional<Duration> longest(const AttemptPlan& plan, const Progress& progress) {
  const bool only_connects = plan.scheme == Scheme::Tcp && !plan.greeting;
  auto out = only_connects ? std::optional(plan.limits.connect) : latest_end(plan.limits, progress);
  if (out && plan.second_look) {
    *out += kMostSecondLooks * kSecondLook;
  }
  return out;
}

AttemptSession::AttemptSession(Loop& loop, Connector& connector, AttemptPlan plan, Callback done)
    : loop_(loop),
      connector_(connector),
      plan_(std::move(plan)),
      done_(std::move(done)),
      started_(Clock::now()),
      timer_(loop, [this] { on_timer(); }) {
  attempt_.upstream = plan_.upstream;
  attempt_.endpoint = plan_.connection.endpoint;
  progress_ = beginning(plan_);
  connection_ = connector_.connect(plan_.connection, *this);
  arm();
}

AttemptSession::~AttemptSession() = default;

std::string AttemptSession::waits_for() const {
  std::string where = attempt_.endpoint.to_string();
  switch (phase_) {
    case Phase::Connecting:
      return where + " to connect";
    case Phase::Exchanging:
      return "the answer of " + where;
    case Phase::LookingAgain:
      return "a second look at " + where;
    case Phase::Done:
      break;
  }
  return where;
}

std::optional<TimePoint> AttemptSession::over_by() const {
  if (phase_ == Phase::LookingAgain) {
    return second_look_started_ + (kMostSecondLooks - second_looks_ + 1) * kSecondLook;
  }
  const auto end = longest(plan_, progress_);
  return end ? std::optional(started_ + *end) : std::nullopt;
}

void AttemptSession::on_connected() {
  if (phase_ == Phase::LookingAgain) {
    return;  // and say nothing
  }
  take_report();
  progress_.connected = elapsed();
  if (plan_.scheme == Scheme::Tcp && !plan_.greeting) {
    attempt_.end = End::Connected;
    settle();
    return;
  }
  begin_exchange();
}

void AttemptSession::on_connect_failed() {
  if (phase_ == Phase::LookingAgain) {
    const ConnectReport report = connection_->report();
    end_second_look(report.os_error == ECONNRESET ? SecondLook::Reset : SecondLook::OtherError);
    return;
  }
  take_report();
  attempt_.end = End::Failed;
  if (!attempt_.endpoint.path.empty()) {
    attempt_.socket_file = describe_socket_file(attempt_.endpoint.path);
  }
  settle();
}

void AttemptSession::take_report() {
  ConnectReport report = connection_->report();
  attempt_.connect = report.result;
  attempt_.os_error = report.os_error;
  attempt_.bind_address = std::move(report.bind_address);
  attempt_.tls = std::move(report.tls);
  if (report.tcp_at) {
    attempt_.timings.connect = *report.tcp_at - started_;
  }
  if (attempt_.tls) {
    attempt_.stage = Stage::Tls;
    if (attempt_.tls->completed) {
      attempt_.timings.tls = elapsed();
    }
  }
}

void AttemptSession::begin_exchange() {
  phase_ = Phase::Exchanging;
  attempt_.stage = Stage::Http;
  exchange_ = make_exchange();
  last_byte_ = elapsed();
  pump_output();
  if (phase_ == Phase::Exchanging) {
    arm();
  }
}

std::unique_ptr<wire::Exchange> AttemptSession::make_exchange() const {
  if (plan_.greeting) {
    return make_greeting(*plan_.greeting);
  }
  const bool h2_chosen = attempt_.tls && attempt_.tls->alpn == "h2";
  const bool http2 =
      plan_.codec ? *plan_.codec == HttpVersion::Http2 : plan_.scheme == Scheme::H2c || h2_chosen;
  const wire::ExchangeOptions options{plan_.max_body};
  return http2 ? wire::make_http2_exchange(plan_.request, options)
               : wire::make_http1_exchange(plan_.request, options);
}

void AttemptSession::pump_output() {
  while (!output_failed_) {
    const std::string_view bytes = exchange_->output();
    if (bytes.empty()) {
      break;
    }
    const IoResult result = connection_->send(bytes);
    if (result.status == IoStatus::WouldBlock) {
      connection_->want_write(true);
      note_request();
      return;
    }
    if (result.status != IoStatus::Ok) {
      // Not the end yet: an answer may have come before, such as an early 413.
      output_failed_ = true;
      break;
    }
    exchange_->sent(result.count);
  }
  connection_->want_write(false);
  note_request();
}

void AttemptSession::note_request() {
  const Duration now = elapsed();
  const std::uint64_t sent = exchange_->body_sent();
  if (sent > body_noted_) {
    body_noted_ = sent;
    progress_.last_activity = now;
  }
  if (!progress_.request_complete && sent + kProxyBuffer >= plan_.request.body_size()) {
    progress_.request_complete = now;
  }
  if (!attempt_.timings.request && exchange_->request_sent()) {
    attempt_.timings.request = now;
    last_byte_ = now;
  }
}

void AttemptSession::on_writable() {
  pump_output();
}

void AttemptSession::on_readable() {
  if (phase_ != Phase::LookingAgain) {
    pump_input();
    return;
  }
  std::array<char, 256> ignored{};
  IoResult result;
  while (result.status == IoStatus::Ok) {
    result = connection_->receive(ignored);
  }
  if (result.status != IoStatus::WouldBlock) {
    end_second_look(result.status == IoStatus::Rst ? SecondLook::Reset : SecondLook::Closed);
  }
}

void AttemptSession::pump_input() {
  std::array<char, kReadSize>
      buffer;  // NOLINT(cppcoreguidelines-pro-type-member-init): receive fills it
  while (true) {
    const IoResult result = connection_->receive(buffer);
    if (result.status == IoStatus::WouldBlock) {
      break;
    }
    if (result.status != IoStatus::Ok) {
      exchange_->closed();
      end_exchange(result.status == IoStatus::Fin ? End::Fin : End::Rst);
      return;
    }
    const std::uint64_t before = exchange_->activity();
    exchange_->feed({buffer.data(), result.count});
    note_input(result.count, before);
    if (exchange_->done()) {
      end_exchange(End::Answered);
      return;
    }
  }
  pump_output();  // HTTP/2 answers to what it reads
  arm();
}

void AttemptSession::note_input(std::size_t count, std::uint64_t activity_before) {
  const Duration now = elapsed();
  Timings& timings = attempt_.timings;
  if (count > 0) {
    timings.largest_gap = std::max(timings.largest_gap, now - last_byte_);
    last_byte_ = now;
    timings.first_byte = timings.first_byte.value_or(now);
  }
  if (exchange_->activity() != activity_before) {
    progress_.last_activity = now;
    progress_.last_upstream_activity = now;
  }
  progress_.handed_on = std::ranges::any_of(exchange_->facts().interim, is_handed_on);
  if (!timings.head && exchange_->facts().status) {
    timings.head = now;
    progress_.head = now;
  }
}

// Limit::None is our own patience.
std::optional<Expiry> AttemptSession::next_end() const {
  auto next = next_expiry(plan_.limits, progress_);
  const auto patience = end_of_patience(plan_.limits, progress_);
  if (patience && (!next || *patience < next->at)) {
    next = Expiry{Limit::None, *patience};
  }
  return next;
}

void AttemptSession::arm() {
  const auto next = next_end();
  if (!next) {
    timer_.cancel();
    return;
  }
  // Most activity only moves the end away: then the timer is left to fire, and looks again.
  const TimePoint at = started_ + next->at;
  if (!timer_.armed() || at < timer_.due()) {
    timer_.arm(at);
  }
}

void AttemptSession::on_timer() {
  if (phase_ == Phase::LookingAgain) {
    on_second_look_timer();
    return;
  }
  const auto next = next_end();
  if (next && next->limit == Limit::None && elapsed() >= next->at) {
    end_exchange(progress_.head ? End::Answered : End::Unfinished);
  } else if (next && elapsed() >= next->at) {
    end_by_limit(next->limit);
  } else {
    arm();
  }
}

void AttemptSession::end_by_limit(Limit limit) {
  attempt_.limit = limit;
  if (phase_ == Phase::Connecting) {
    take_report();
    if (attempt_.connect == ConnectResult::NotStarted) {
      attempt_.connect = attempt_.tls ? ConnectResult::Connected : ConnectResult::TimedOut;
    }
    // BoringSSL would have refused before: what OpenSSL went on with does not count.
    const bool refused = attempt_.tls && attempt_.tls->end == TlsEnd::Error;
    attempt_.limit = refused ? Limit::None : limit;
    attempt_.end = refused ? End::Failed : End::Limit;
    settle();
    return;
  }
  end_exchange(End::Limit);
}

void AttemptSession::end_greeting(End end) {
  attempt_.stage = attempt_.tls ? Stage::Tls : Stage::Tcp;
  attempt_.answer = exchange_->done() ? Answer::Came : Answer::Closed;
  if (end == End::Limit) {
    attempt_.answer = Answer::Silent;
  }
  if (exchange_->done() && plan_.scheme == Scheme::Ssh) {
    attempt_.banner = exchange_->facts().body;
  }
  attempt_.limit = Limit::None;
  attempt_.end = End::Connected;
  settle();
}

void AttemptSession::end_exchange(End end) {
  if (plan_.greeting) {
    end_greeting(end);
    return;
  }
  attempt_.http = exchange_->facts();
  const HttpFacts& http = *attempt_.http;
  attempt_.end = end;
  const bool refused =
      http.violation || http.reset_code || http.refused_by_goaway || http.head_too_large;
  if (http.complete) {
    attempt_.end = End::Answered;
  } else if (refused && end != End::Limit) {
    attempt_.end = End::Violation;
  }
  settle();
}

// The first look is over. A reset without a byte may be a server that resets on accept, which the
// proxy answers in more than one way.
void AttemptSession::settle() {
  timer_.cancel();
  attempt_.timings.end = elapsed();
  attempt_.request_complete = progress_.request_complete.has_value();
  attempt_.timings.loop_lag = loop_.worst_lag_since(started_);
  const bool reset_in_http =
      attempt_.end == End::Rst && attempt_.http && attempt_.http->bytes == 0 && !attempt_.tls;
  const bool reset_in_tls = attempt_.tls && !attempt_.tls->completed &&
                            attempt_.end == End::Failed && !attempt_.tls->errors.empty() &&
                            attempt_.tls->errors.front().number == 33554432U + ECONNRESET;
  if (plan_.second_look && (reset_in_http || reset_in_tls)) {
    look_again();
  } else {
    finish();
  }
}

void AttemptSession::look_again() {
  phase_ = Phase::LookingAgain;
  ++second_looks_;
  ++attempt_.looks;
  second_look_started_ = Clock::now();
  ConnectionSpec silent = plan_.connection;
  silent.tls.reset();
  connection_ = connector_.connect(silent, *this);
  timer_.arm(second_look_started_ + kSecondLook);
}

void AttemptSession::on_second_look_timer() {
  const bool late = Clock::now() - second_look_started_ > kSecondLook + kTolerableLag;
  if (late && second_looks_ < kMostSecondLooks) {
    look_again();
  } else {
    end_second_look(SecondLook::StayedOpen);
  }
}

void AttemptSession::end_second_look(SecondLook result) {
  timer_.cancel();
  attempt_.second_look = result;
  finish();
}

void AttemptSession::finish() {
  phase_ = Phase::Done;
  connection_.reset();
  // The callback may destroy this session.
  const Callback done = std::move(done_);
  done(std::move(attempt_));
}

}  // namespace prober::net

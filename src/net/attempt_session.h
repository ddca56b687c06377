#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "connection.h"
#include "greeting.h"
#include "loop.h"
#include "prober/limits.h"
#include "wire/exchange.h"

namespace prober::net {

/// What to do against one endpoint, once.
struct AttemptPlan {
  std::size_t upstream = 0;
  Scheme scheme = Scheme::Http;
  ConnectionSpec connection;
  HttpRequest request;
  Limits limits;
  std::uint64_t max_body = 0;
  /// Speak this whatever ALPN chose: a health check's codec. Unset: as the scheme and ALPN say.
  std::optional<HttpVersion> codec;
  /// Over a plain connection: what to say and to wait for, instead of HTTP.
  std::optional<Greeting> greeting;
  /// Look again, silently, where a reset without a byte leaves two predictions open.
  bool second_look = true;
};

/// An attempt that begins.
[[nodiscard]] Progress beginning(const AttemptPlan& plan);
/// How long an attempt that has come so far takes at the most, from its start; nothing when nobody
/// can tell.
[[nodiscard]] std::optional<Duration> longest(const AttemptPlan& plan, const Progress& progress);

/// One attempt: connecting -> exchanging -> (looking again) -> done. Lives on the loop's thread and
/// owns its connection and timers. Destroying it cancels it; `done` then never runs.
class AttemptSession : private ConnectionListener {
 public:
  using Callback = std::function<void(Attempt)>;

  AttemptSession(Loop& loop, Connector& connector, AttemptPlan plan, Callback done);
  ~AttemptSession() override;

  /// What it waits for, in words: "10.0.0.5:80 to connect".
  [[nodiscard]] std::string waits_for() const;
  /// When it is over at the latest, a second look included; nothing when nobody can tell.
  [[nodiscard]] std::optional<TimePoint> over_by() const;

 private:
  enum class Phase { Connecting, Exchanging, LookingAgain, Done };

  void on_connected() override;
  void on_connect_failed() override;
  void on_readable() override;
  void on_writable() override;

  [[nodiscard]] Duration elapsed() const { return Clock::now() - started_; }
  void begin_exchange();
  [[nodiscard]] std::unique_ptr<wire::Exchange> make_exchange() const;
  void pump_output();
  void pump_input();
  void note_input(std::size_t count, std::uint64_t activity_before);
  void note_request();
  [[nodiscard]] std::optional<Expiry> next_end() const;
  void arm();
  void on_timer();
  void take_report();
  void end_by_limit(Limit limit);
  void end_exchange(End end);
  void end_greeting(End end);
  void settle();
  void look_again();
  void on_second_look_timer();
  void end_second_look(SecondLook result);
  void finish();

  Loop& loop_;
  Connector& connector_;
  AttemptPlan plan_;
  Callback done_;
  TimePoint started_;
  Timer timer_;
  Phase phase_ = Phase::Connecting;
  std::unique_ptr<Connection> connection_;
  std::unique_ptr<wire::Exchange> exchange_;
  Attempt attempt_;
  Progress progress_;
  Duration last_byte_{};
  std::uint64_t body_noted_ = 0;
  bool output_failed_ = false;
  TimePoint second_look_started_;
  int second_looks_ = 0;
};

}  // namespace prober::net

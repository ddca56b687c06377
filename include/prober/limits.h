#pragma once

#include <optional>

#include "prober/attempt.h"
#include "prober/duration.h"
#include "prober/route.h"

namespace prober {

/// The proxy's limits on one request to a route. Zero: no such limit.
struct Limits {
  Duration connect{};
  Duration route{};
  Duration stream_idle{};
  Duration request{};
  Duration max_stream{};
  Duration upstream_max_stream{};
  Duration per_try{};
  Duration per_try_idle{};
};

[[nodiscard]] Limits limits_of(const Route& route, const Settings& settings);

/// How far an attempt has come; offsets from its start.
struct Progress {
  std::optional<Duration> connected;         // TCP, and TLS where there is any
  std::optional<Duration> request_complete;  // the proxy has read the visitor's whole request
  std::optional<Duration> head;              // the final head came
  bool handed_on = false;                    // a 1xx that the visitor was given, see is_handed_on
  Duration last_activity{};           // last byte that Envoy counts: request body, head, body
  Duration last_upstream_activity{};  // the same, of the upstream alone
};

struct Expiry {
  Limit limit = Limit::None;
  Duration at{};
};

/// Which limit would end the request next, and when, if nothing more happened; nothing when no
/// limit applies. Ties go to the limit that stands first in Limit. Source: Envoy's router and
/// connection manager (source/common/router/upstream_request.cc,
/// source/common/http/conn_manager_impl.cc) and the recordings.
[[nodiscard]] std::optional<Expiry> next_expiry(const Limits& limits, const Progress& progress);

/// When prober itself stops looking, because the proxy might wait for ever: 30 s without an answer
/// that no limit ends, or 5 s of an answer that goes on and on and that only its own silence could
/// end, such as server-sent events without `timeout`. Nothing while a limit is sure to end it.
[[nodiscard]] std::optional<Duration> end_of_patience(const Limits& limits,
                                                      const Progress& progress);

/// When a request is over at the latest, whatever the upstream does: by the limits that no byte of
/// its moves (the route's and the streams'), its connection being made and the visitor's request
/// being read at the last moment. Nothing where only silence would end it.
[[nodiscard]] std::optional<Duration> latest_end(const Limits& limits, Progress progress);

}  // namespace prober

#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <queue>
#include <string>
#include <vector>

#include "prober/duration.h"

namespace prober::app {

/// When each route is probed next. Pure: time is an argument. Memory and work per probe do not
/// depend on the number of routes but for the heap's logarithm.
///
/// A route's slots are fixed from the start: epoch + offset + k * interval, the offset being a hash
/// of its name. So first runs are spread over the interval, nothing drifts, and a reload keeps the
/// phase. A route is never due while its last probe is out: the slots that pass meanwhile are left
/// out.
class Schedule {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;

  explicit Schedule(TimePoint epoch) : epoch_(epoch) {}

  /// Adds a route and returns its number, counting from 0. Its first slot is the first one after
  /// `now`.
  std::size_t add(const std::string& name, Duration interval, TimePoint now);

  /// When the next route is due; nothing when all are out.
  [[nodiscard]] std::optional<TimePoint> next_due() const;
  /// Takes a route that is due at `now`. It is out until finished().
  [[nodiscard]] std::optional<std::size_t> take(TimePoint now);
  /// The route's probe has ended; it is due again at its next slot after `now`.
  void finished(std::size_t route, TimePoint now);

 private:
  struct Slot {
    TimePoint at;
    std::size_t route;
    bool operator>(const Slot& other) const {
      return at != other.at ? at > other.at : route > other.route;
    }
  };
  struct Entry {
    Duration offset;
    Duration interval;
  };

  [[nodiscard]] TimePoint slot_after(const Entry& entry, TimePoint now) const;

  TimePoint epoch_;
  std::vector<Entry> entries_;
  std::priority_queue<Slot, std::vector<Slot>, std::greater<>> due_;
};

}  // namespace prober::app

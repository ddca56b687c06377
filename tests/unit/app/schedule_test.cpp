// Time is an argument: ten thousand routes run through hours here without waiting.

#include "app/schedule.h"

#include <doctest/doctest.h>

#include <map>
#include <string>

using namespace prober;
using namespace prober::app;
using namespace std::chrono_literals;

namespace {

const Schedule::TimePoint kEpoch{};

}  // namespace

TEST_CASE("schedule: first runs are spread over the interval") {
  Schedule schedule(kEpoch);
  for (int i = 0; i < 10'000; ++i) {
    schedule.add("route-" + std::to_string(i), 30s, kEpoch);
  }
  std::map<int, int> by_second;
  while (const auto due = schedule.next_due()) {
    by_second[static_cast<int>((*due - kEpoch) / 1s)]++;
    REQUIRE(schedule.take(*due).has_value());
  }
  CHECK(by_second.size() == 30);
  for (const auto& [second, count] : by_second) {
    CAPTURE(second);
    CHECK(count > 200);  // 333 on average
    CHECK(count < 500);
  }
}

TEST_CASE("schedule: nothing drifts, however late a probe ends") {
  Schedule schedule(kEpoch);
  schedule.add("web", 10s, kEpoch);
  const auto first = *schedule.next_due();
  Schedule::TimePoint now = first;
  for (int i = 1; i <= 1000; ++i) {
    REQUIRE(schedule.take(now) == 0U);
    schedule.finished(0, now + 3s);
    CHECK(*schedule.next_due() == first + i * 10s);
    now = *schedule.next_due();
  }
}

TEST_CASE("schedule: never two probes of a route at a time, and missed slots are left out") {
  Schedule schedule(kEpoch);
  schedule.add("slow", 10s, kEpoch);
  const auto first = *schedule.next_due();
  REQUIRE(schedule.take(first) == 0U);
  CHECK_FALSE(schedule.next_due().has_value());
  CHECK_FALSE(schedule.take(first + 25s).has_value());
  schedule.finished(0, first + 25s);
  CHECK(*schedule.next_due() == first + 30s);
}

TEST_CASE("schedule: a route is not due before its time") {
  Schedule schedule(kEpoch);
  schedule.add("web", 10s, kEpoch);
  const auto due = *schedule.next_due();
  CHECK_FALSE(schedule.take(due - 1ns).has_value());
  CHECK(schedule.take(due).has_value());
}

TEST_CASE("schedule: a reload keeps the phase") {
  Schedule before(kEpoch);
  before.add("web", 10s, kEpoch);
  Schedule after(kEpoch);
  after.add("another", 10s, kEpoch + 1234s);
  after.add("web", 10s, kEpoch + 1234s);
  Schedule alone(kEpoch);
  alone.add("web", 10s, kEpoch + 1234s);
  CHECK((*alone.next_due() - *before.next_due()) % 10s == 0s);
}

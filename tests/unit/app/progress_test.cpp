#include "app/progress.h"

#include <doctest/doctest.h>

#include <cstdlib>
#include <ctime>
#include <string>

namespace prober::app {
namespace {

using std::chrono::milliseconds;

constexpr std::int64_t kNow = 1'790'000'000;  // 14:13:20 UTC

RunProgress waiting_for(std::vector<RunProgress::Open> open) {
  return {3, 3 + open.size(), 1, std::move(open), 0, {}};
}

TEST_CASE("progress: what is done, what is waited for, and until when at the latest") {
  ::setenv("TZ", "UTC", 1);
  ::tzset();
  struct Case {
    const char* name;
    RunProgress progress;
    const char* line;
  };
  const Case cases[] = {
      {"one route", waiting_for({{"wiki", "the answer of 10.0.0.5:80", milliseconds(9001)}}),
       "3 of 4 done, 1 broken; waiting until 14:13:30 at most (10 s) for wiki: the answer of "
       "10.0.0.5:80"},
      {"one of several may take for ever",
       waiting_for(
           {{"a", "x", milliseconds(2000)}, {"b", "y", milliseconds(5000)}, {"c", "z", {}}}),
       "3 of 6 done, 1 broken; waiting for a, b and 1 more"},
      {"the last end of several",
       waiting_for({{"a", "x", milliseconds(2000)}, {"b", "y", milliseconds(5000)}}),
       "3 of 5 done, 1 broken; waiting until 14:13:25 at most (5 s) for a, b"},
      {"the run's own limit",
       {3, 4, 1, {{"wiki", "the lookup of wiki.internal", {}}}, 0, milliseconds(1500)},
       "3 of 4 done, 1 broken; waiting until 14:13:22 at most (2 s) for wiki: the lookup of "
       "wiki.internal"},
      {"the run's own limit comes later",
       {3, 4, 1, {{"wiki", "x", milliseconds(2000)}}, 0, milliseconds(9000)},
       "3 of 4 done, 1 broken; waiting until 14:13:22 at most (2 s) for wiki: x"},
      {"no limit known", waiting_for({{"wiki", "the lookup of wiki.internal", {}}}),
       "3 of 4 done, 1 broken; waiting for wiki: the lookup of wiki.internal"},
      {"a limit that has just passed", waiting_for({{"wiki", "x", milliseconds(-3)}}),
       "3 of 4 done, 1 broken; waiting until 14:13:20 at most (0 s) for wiki: x"},
      {"more than may be open",
       {0, 9, 0, {{"a", "x", {}}}, 8, {}},
       "0 of 9 done, 0 broken; waiting for a: x; 8 not begun"},
      {"a hostile name", waiting_for({{"a\x1b[2J\n", "x", {}}}),
       "3 of 4 done, 1 broken; waiting for a\\x1b[2J\\x0a: x"},
  };
  for (const Case& one : cases) {
    CAPTURE(one.name);
    CHECK(progress_line(one.progress, kNow, 200) == one.line);
  }
}

TEST_CASE("progress: the line is cut at the terminal's width") {
  const RunProgress progress = waiting_for({{std::string(100, 'n'), "x", {}}});
  for (const std::size_t width : {1U, 20U, 79U}) {
    CAPTURE(width);
    CHECK(progress_line(progress, kNow, width).size() == width);
  }
}

}  // namespace
}  // namespace prober::app

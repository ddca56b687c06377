#include "prober/duration.h"

#include <doctest/doctest.h>

using namespace prober;
using namespace std::chrono_literals;

TEST_CASE("parse_duration reads Go's form and protobuf's") {
  struct Case {
    const char* text;
    Duration want;
  };
  const Case cases[] = {{"0", 0s},       {"30s", 30s},     {"1m30s", 90s}, {"1.5h", 90min},
                        {"0.3s", 300ms}, {"100ms", 100ms}, {"10us", 10us}, {"7ns", 7ns},
                        {"-2s", -2s},    {"+1s", 1s},      {".5s", 500ms}, {"1h0m1s", 3601s}};
  for (const Case& c : cases) {
    CAPTURE(c.text);
    CHECK(parse_duration(c.text) == c.want);
  }
  for (const char* text :
       {"", "30", "s", "1x", "1s ", " 1s", "1 s", "1d", "--1s", "1e3s", "-", "9999999999999h"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_duration(text).has_value());
  }
}

TEST_CASE("human: spans for people") {
  CHECK(human(312us) == "312 us");
  CHECK(human(1234us) == "1.2 ms");
  CHECK(human(950ms) == "950 ms");
  CHECK(human(2500ms) == "2.5 s");
  CHECK(human(30s) == "30 s");
  CHECK(human(90s) == "1m30s");
  CHECK(human(5min) == "5m");
}

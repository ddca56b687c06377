#include <doctest/doctest.h>

#include <set>

#include "prober/attempt.h"
#include "prober/response_flag.h"
#include "prober/verdict.h"

using namespace prober;

TEST_CASE("every response flag has its place, a short and a long name") {
  std::set<std::string_view> shorts;
  std::set<std::string_view> longs;
  int index = 0;
  for (const ResponseFlagName& name : response_flag_names()) {
    CHECK(static_cast<int>(name.flag) == index++);
    CHECK(flag_from_short_name(name.short_name) == name.flag);
    CHECK(short_name(name.flag) == name.short_name);
    CHECK(long_name(name.flag) == name.long_name);
    CHECK(shorts.insert(name.short_name).second);
    CHECK(longs.insert(name.long_name).second);
  }
  CHECK_FALSE(flag_from_short_name("XX").has_value());
}

TEST_CASE("flags are printed in the order in which they were set") {
  CHECK(to_string(ResponseFlags{}).empty());
  CHECK(to_string({ResponseFlag::UpstreamRetryLimitExceeded,
                   ResponseFlag::UpstreamRequestTimeout}) == "URX,UT");
}

TEST_CASE("states and limits have the words of the report") {
  CHECK(to_string(State::Degraded) == "degraded");
  CHECK(to_string(Limit::RouteTimeout) == "timeout");
  CHECK(to_string(Stage::Tls) == "tls");
  CHECK(to_string(LookupStatus::NotFound) == "NXDOMAIN");
}

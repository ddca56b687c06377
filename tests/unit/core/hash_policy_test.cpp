#include "hash_policy.h"

#include <doctest/doctest.h>

#include <numeric>

using namespace prober;

TEST_CASE("xxhash64: the reference implementation's values") {
  struct Case {
    std::string_view text;
    std::uint64_t seed;
    std::uint64_t want;
  };
  const Case cases[] = {
      {"", 0, 0xef46db3751d8e999},
      {"a", 0, 0xd24ec4f1a98c6e5b},
      {"abc", 0, 0x44bc2cf5ad770999},
      {"", 1, 0xd5afba1336a3be4b},
      {"Call me Ishmael. Some years ago--never mind how long precisely-", 0, 0x02a2e85470d6fd96},
  };
  for (const Case& c : cases) {
    CAPTURE(c.text);
    CHECK(xxhash64(c.text, c.seed) == c.want);
  }
}

TEST_CASE("tables: sessions are spread by weight, and the host of visitors without one is fixed") {
  const std::vector<HashedHost> hosts = {
      {"10.0.0.1:80", 1}, {"10.0.0.2:80", 2}, {"10.0.0.3:80", 5}};
  for (const auto& table : {ring_hash(hosts), maglev(hosts)}) {
    REQUIRE(table.has_value());
    double total = 0;
    for (std::size_t i = 0; i < hosts.size(); ++i) {
      CHECK(table->sessions[i] == doctest::Approx(hosts[i].weight / 8.0).epsilon(0.15));
      total += table->sessions[i];
    }
    CHECK(total == doctest::Approx(1));
    CHECK(table->anonymous < hosts.size());
  }
}

TEST_CASE("maglev: the order in which the hosts are given does not matter") {
  const auto there = maglev({{"10.0.0.1:80"}, {"10.0.0.2:80"}, {"10.0.0.3:80"}});
  const auto back = maglev({{"10.0.0.3:80"}, {"10.0.0.2:80"}, {"10.0.0.1:80"}});
  REQUIRE((there && back));
  CHECK(there->anonymous == 2 - back->anonymous);
}

TEST_CASE("tables: no host, no table; a ring beyond a million entries is not built") {
  CHECK_FALSE(maglev({}).has_value());
  CHECK_FALSE(ring_hash({}).has_value());
  CHECK_FALSE(ring_hash({{"10.0.0.1:80", 1}, {"10.0.0.2:80", 4'000'000'000}}).has_value());
  CHECK(maglev({{"10.0.0.1:80", 1}, {"10.0.0.2:80", 4'000'000'000}}).has_value());
}

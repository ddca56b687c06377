#include "wire/san.h"

#include <doctest/doctest.h>

using prober::wire::dns_name_matches;

TEST_CASE("dns_name_matches: names and wildcards as Envoy takes them") {
  struct Case {
    const char* name;
    const char* pattern;
    bool want;
  };
  const Case cases[] = {
      {"a.example", "a.example", true},
      {"A.example", "a.EXAMPLE", true},
      {"a.example", "b.example", false},
      {"a.example", "a.example.", false},
      {"a.example.", "a.example", false},
      {"a.b.example", "*.b.example", true},
      {"a.b.example", "*.example", false},
      {"upstream.b.example", "up*.b.example", true},
      {"upstream.b.example", "*stream.b.example", true},
      {"upstream.b.example", "u*m.b.example", true},
      {"upstream.b.example", "u*t*m.b.example", false},
      {"a.example", "*", false},
      {"a.b.example", "*.*.example", false},
      {"a.b.example", "a.*.example", false},
      {"a.example", "*.example", true},
      {"xn--a.example", "xn--*.example", false},
      {"localhost", "localhost", true},
      {"localhost", "*", false},
  };
  for (const Case& c : cases) {
    CAPTURE(c.name);
    CAPTURE(c.pattern);
    CHECK(dns_name_matches(c.name, c.pattern) == c.want);
  }
}

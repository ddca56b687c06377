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

TEST_CASE("pattern_matches: a server name with stars is a pattern for the SANs") {
  struct Case {
    const char* pattern;
    const char* name;
    bool want;
  };
  const Case cases[] = {
      {"*.example", "a.example", true},
      {"*.example", "a.b.example", true},
      {"*.example", "a.other", false},
      {"*.example", "A.example", true},
      {"*.example", "a.EXAMPLE", false},
      {"a*.example", "a.example", true},
      {"a*c*e", "abcde", true},
      {"a*c*e", "abcdef", false},
      {"*", "", true},
      {"*a", "baa", true},
      {"a**", "a", true},
      {"a.example", "a.example", true},
  };
  for (const Case& c : cases) {
    CAPTURE(c.pattern);
    CAPTURE(c.name);
    CHECK(prober::wire::pattern_matches(c.pattern, c.name) == c.want);
  }
}

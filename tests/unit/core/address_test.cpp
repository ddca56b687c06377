#include "prober/address.h"

#include <doctest/doctest.h>

using namespace prober;

TEST_CASE("IpAddress: what is an address and how it is printed") {
  for (const char* text : {"10.0.0.1", "0.0.0.0", "255.255.255.255", "::1", "2001:db8::1"}) {
    CAPTURE(text);
    const auto parsed = IpAddress::parse(text);
    REQUIRE(parsed.has_value());
    CHECK(parsed->to_string() == text);
  }
  for (const char* text : {"", "10.0.0", "10.0.0.256", "127.1", "2130706433", "localhost", "[::1]",
                           "::1%lo", "10.0.0.1 "}) {
    CAPTURE(text);
    CHECK_FALSE(IpAddress::parse(text).has_value());
  }
  // As a certificate may have it, to look like another name to C.
  CHECK_FALSE(IpAddress::parse({"10.0.0.1\0.evil", 14}).has_value());
}

TEST_CASE("Cidr: what it contains") {
  struct Case {
    const char* range;
    const char* address;
    bool want;
  };
  const Case cases[] = {
      {"10.20.0.0/24", "10.20.0.255", true},
      {"10.20.0.0/24", "10.20.1.0", false},
      {"10.0.0.0/9", "10.127.0.1", true},
      {"10.0.0.0/9", "10.128.0.1", false},
      {"0.0.0.0/0", "1.2.3.4", true},
      {"0.0.0.0/0", "::1", false},
      {"2001:db8::7", "2001:db8::7", true},
      {"2001:db8::7", "2001:db8::8", false},
      {"2001:db8::/33", "2001:db8:7fff::1", true},
      {"2001:db8::/33", "2001:db8:8000::1", false},
  };
  for (const Case& c : cases) {
    CAPTURE(c.range);
    CAPTURE(c.address);
    CHECK(Cidr::parse(c.range)->contains(*IpAddress::parse(c.address)) == c.want);
  }
  for (const char* text :
       {"10.0.0.0/33", "10.0.0.0/", "10.0.0.0/-1", "10.0.0.0/8x", "x/8", "::/129"}) {
    CAPTURE(text);
    CHECK_FALSE(Cidr::parse(text).has_value());
  }
}

TEST_CASE("Endpoint: printed as Envoy does") {
  CHECK(Endpoint{*IpAddress::parse("10.0.0.5"), 80, ""}.to_string() == "10.0.0.5:80");
  CHECK(Endpoint{*IpAddress::parse("::1"), 443, ""}.to_string() == "[::1]:443");
  CHECK(Endpoint{{}, 0, "/run/app.sock"}.to_string() == "/run/app.sock");
}

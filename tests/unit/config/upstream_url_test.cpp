#include "config/upstream_url.h"

#include <doctest/doctest.h>

using namespace prober;
using namespace prober::config;

TEST_CASE("parse_to: Pomerium's forms of `to`") {
  struct Case {
    const char* text;
    Scheme scheme;
    const char* host;
    int port;
    unsigned weight;
    const char* path;
    const char* authority;
  };
  const Case cases[] = {
      {"http://web", Scheme::Http, "web", 80, 0, "", "web"},
      {"https://web", Scheme::Https, "web", 443, 0, "", "web"},
      {"https://web:8443/app?q#f", Scheme::Https, "web", 8443, 0, "/app", "web:8443"},
      {"h2c://web:50051,3", Scheme::H2c, "web", 50051, 3, "", "web:50051"},
      {"tcp://db", Scheme::Tcp, "db", 80, 0, "", "db"},
      {"http://[::1]:8080/", Scheme::Http, "::1", 8080, 0, "/", "[::1]:8080"},
      {"http://user:secret@web:1", Scheme::Http, "web", 1, 0, "", "web:1"},
      {"unix:///run/app.sock", Scheme::Unix, "", 0, 0, "/run/app.sock", ""},
      {"https+unix:///run/app.sock", Scheme::HttpsUnix, "", 0, 0, "/run/app.sock", ""},
      // An opaque URL has no path; `to`'s reader then says what Envoy says of a socket without one.
      {"https+unix:r///un/s", Scheme::HttpsUnix, "", 0, 0, "", ""},
      {"unix://run", Scheme::Unix, "", 0, 0, "", ""},
      {"ftp://web", Scheme::Http, "web", 80, 0, "", "web"},
      {"http://web:0", Scheme::Http, "web", 0, 0, "", "web:0"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.text);
    const auto parsed = parse_to(c.text);
    REQUIRE(parsed.has_value());
    CHECK(parsed->upstream.scheme == c.scheme);
    CHECK(parsed->upstream.host == c.host);
    CHECK(parsed->upstream.port == c.port);
    CHECK(parsed->upstream.weight == c.weight);
    CHECK(parsed->upstream.path == c.path);
    CHECK(parsed->upstream.authority == c.authority);
  }
}

TEST_CASE("parse_to: what it refuses, without repeating the text") {
  for (const char* text :
       {"", "web", "://web", "http://", "http://:80", "http://web:x", "http://web,0",
        "http://web,x", "http://[::1", "http://[::1]x", "http://a b", "http://user:secret@",
        "http://user:se,secret@web", "http://user:x@web:secret"}) {
    CAPTURE(text);
    const auto parsed = parse_to(text);
    REQUIRE_FALSE(parsed.has_value());
    CHECK(parsed.error().message.find("secret") == std::string::npos);
  }
}

TEST_CASE("parse_to: what Pomerium tells apart, drops or implies") {
  CHECK(parse_to("http://user:secret@web/")->has_userinfo);
  CHECK_FALSE(parse_to("http://web/@")->has_userinfo);
  CHECK(parse_to("ftp://web")->unknown_scheme);
  CHECK(parse_to("HTTP://web")->upstream.scheme == Scheme::Http);
  CHECK(parse_to("http://web:70000")->port_too_big);
  CHECK(parse_to("http://web:99999999999")->upstream.port == 80);
  CHECK(parse_to("http://web:065")->upstream.port == 65);
  CHECK(parse_to("http://web/a%20b")->upstream.path == "/a b");
  CHECK(parse_to("http://web?a=1")->identity.bytes() ==
        parse_to("http://web?a=2")->identity.bytes());
  CHECK(parse_to("http://web,1")->identity.bytes() != parse_to("http://web,2")->identity.bytes());
  CHECK(parse_to("http://web")->identity.bytes() != parse_to("http://web/")->identity.bytes());
}

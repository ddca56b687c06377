#include "config/upstream_url.h"

#include <doctest/doctest.h>

using namespace prober;
using namespace prober::config;

TEST_CASE("parse_upstream: Pomerium's forms of `to`") {
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
      {"ftp://web", Scheme::Http, "web", 80, 0, "", "web"},
      {"http://web:0", Scheme::Http, "web", 0, 0, "", "web:0"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.text);
    const auto parsed = parse_upstream(c.text);
    REQUIRE(parsed.has_value());
    CHECK(parsed->scheme == c.scheme);
    CHECK(parsed->host == c.host);
    CHECK(parsed->port == c.port);
    CHECK(parsed->weight == c.weight);
    CHECK(parsed->path == c.path);
    CHECK(parsed->authority == c.authority);
  }
}

TEST_CASE("parse_upstream: what it refuses, without repeating the text") {
  for (const char* text : {"", "web", "://web", "http://", "http://:80", "http://web:70000",
                           "http://web:x", "http://web,0", "http://web,x", "http://[::1",
                           "http://[::1]x", "unix://", "http://a b", "http://user:secret@"}) {
    CAPTURE(text);
    const auto parsed = parse_upstream(text);
    REQUIRE_FALSE(parsed.has_value());
    CHECK(parsed.error().message.find("secret") == std::string::npos);
  }
}

TEST_CASE("has_userinfo") {
  CHECK(has_userinfo("http://user:secret@web/"));
  CHECK_FALSE(has_userinfo("http://web/@"));
}

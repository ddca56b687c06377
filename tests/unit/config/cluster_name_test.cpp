// Names of clusters that Pomerium's own tests hold (config/envoyconfig/routes_test.go and
// route_configurations_test.go), and what else goes into the hash.

#include <doctest/doctest.h>

#include <set>

#include "loading.h"

using namespace prober;
using namespace prober::config;

namespace {

std::string name_of(const std::string& keys) {
  const Loaded loaded = load_text(
      "routes:\n- {" + keys +
      ", health_checks: [{timeout: 1s, interval: 1s, healthy_threshold: 1, unhealthy_threshold: 1,"
      " http_health_check: {path: /}}]}\n");
  return loaded.configuration ? loaded.configuration->routes.front().cluster->name : "refused";
}

}  // namespace

TEST_CASE("cluster name: as Pomerium has it") {
  struct Case {
    const char* keys;
    const char* want;
  };
  const Case cases[] = {
      {"from: 'https://*.example.com', to: 'https://www.example.com'", "route-5fbd81d8f19363f4"},
      {"from: 'https://example.com', to: 'https://to.example.com', path: /some/path",
       "route-62efb723582dff6f"},
      {"from: 'https://example.com', to: 'https://to.example.com', prefix: /some/prefix/",
       "route-9934ee6936a6388d"},
      {"from: 'https://example.com', to: 'https://to.example.com', regex: '^/[a]+$'",
       "route-0923c9f3dc9e302a"},
      {"from: 'https://example.com', to: 'https://to.example.com', path: /websocket-timeout",
       "route-301084c3bd94c1ed"},
      // These were computed by Pomerium's own loader.
      {"from: 'https://a.example.com', to: 'http://a.internal'", "route-fe4f87258d731307"},
      {"from: 'https://a.example.com', to: 'http://@a.internal'", "route-40d90cb580e6f9d4"},
      {"name: wiki, from: 'https://*.example.com', to: 'https://www.example.com'",
       "wiki-5fbd81d8f19363f4"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.keys);
    CHECK(name_of(c.keys) == c.want);
  }
}

TEST_CASE("cluster name: every part of a URL but its query tells routes apart") {
  const char* urls[] = {
      "http://a.internal",      "https://a.internal",     "http://a.internal/",
      "http://a.internal/x",    "http://a.internal/%78",  "http://a.internal/a%20b",
      "http://a.internal/?",    "http://a.internal/#x",   "http://u@a.internal/",
      "http://u:p@a.internal/", "http://@a.internal/",    "http://a.internal:80",
      "http://A.internal",      "http://a.internal,1",    "unix:///run/a.sock",
      "unix:/run/a.sock",       "http://a.internal/#%78", "http://a.internal/(x)",
      "http://b.internal",
  };
  std::set<std::string> seen;
  for (const char* url : urls) {
    CAPTURE(url);
    CHECK(seen.insert(name_of("from: 'https://a.example.com', to: '" + std::string(url) + "'"))
              .second);
  }
  CHECK(name_of("from: 'https://a.example.com', to: 'http://a.internal/?q=1'") ==
        name_of("from: 'https://a.example.com', to: 'http://a.internal/'"));
}

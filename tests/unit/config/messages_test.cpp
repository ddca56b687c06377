// What is wrong within prober's own blocks, and several problems at once. The rest:
// corpus_test.cpp.

#include <doctest/doctest.h>

#include "loading.h"

using namespace prober::config;

namespace {

struct Case {
  const char* name;
  std::string text;
  std::vector<std::string> want;
};

std::string with(const std::string& line) {
  return "routes:\n- from: https://a.example.com\n  to: http://a\n  " + line + "\n";
}

}  // namespace

TEST_CASE("messages: what the file says never breaks the line of a message") {
  const Case cases[] = {
      {"an escape of a control character",
       "routes: \"\\\n\"\na: \"\\\x1b[2J\"\n",
       {"f:3:6: error: refuses to start: not valid YAML: a control character (Pomerium: \"failed "
        "to "
        "read config: While parsing config: yaml: control characters are not allowed\")"}},
      {"yaml-cpp quotes an escape that it does not know",
       "routes: []\na: \"\\q\"\n",
       {"f:2:7: error: refuses to start: not valid YAML: unknown escape character: q (Pomerium: "
        "\"failed to read config: While parsing config: yaml: line 2: syntax error\")"}},
      {"a key over two lines",
       "routes: []\n\"a\\nb\": 1\n",
       {"f:2:1: warning: ignored: unknown key (not shown) in the file"}},
  };
  for (const Case& c : cases) {
    CAPTURE(c.name);
    CHECK(messages(load_text(c.text)) == c.want);
  }
}

TEST_CASE("messages: probe and proxy are strict") {
  const Case cases[] = {
      {"a typo",
       with("probe: {pth: /x}"),
       {"f:4:11: error: unknown key `pth` in `probe` (did you mean `path`?)"}},
      {"a typo in expect",
       with("probe: {expect: {stats: 200}}"),
       {"f:4:20: error: unknown key `stats` in `expect` (did you mean `status`?)"}},
      {"a typo in proxy",
       "proxy: {conect_timeout: 1s}\nroutes: []\n",
       {"f:1:9: error: unknown key `conect_timeout` in `proxy` (did you mean `connect_timeout`?)"}},
      {"CIDR",
       with("probe: {expect: {ips: [10.0.0.0/33]}}"),
       {"f:4:25: error: `10.0.0.0/33` in `ips` is neither an address nor a range such as "
        "10.0.0.0/8"}},
      {"status",
       with("probe: {expect: {status: [2xx]}}"),
       {"f:4:28: error: `2xx` in `status` is neither a status nor a range such as 200-299"}},
      {"path", with("probe: {path: healthz}"), {"f:4:17: error: `path` must begin with a slash"}},
      {"interval",
       with("probe: {interval: 0s}"),
       {"f:4:21: error: `interval` must be more than 0s"}},
      {"samples",
       with("probe: {samples: 0}"),
       {"f:4:20: error: `samples` must be a whole number from 1 to 1000, not `0`"}},
      {"envoy",
       "proxy: {envoy: 1.39}\nroutes: []\n",
       {"f:1:16: error: `envoy` must be 1.36, 1.37, 1.38 or 1.40"}},
      {"a global POST",
       "probe: {method: POST}\nroutes: []\n",
       {"f:1:17: error: `method: POST` may change something, so it can only stand in a route's own "
        "`probe`"}},
      {"POST with samples",
       with("probe: {method: POST, samples: 2}"),
       {"f:4:11: error: `samples` cannot go with `method: POST`, which may change something"}},
      {"a global proxy in probe",
       "probe: {proxy: {}}\nroutes: []\n",
       {"f:1:16: error: the global `proxy` stands at the top level, beside `probe`"}},
      {"warn_at",
       with("probe: {warn_at: 200%}"),
       {"f:4:20: error: `warn_at` must be a part of a timeout such as 80%"}},
  };
  for (const Case& c : cases) {
    CAPTURE(c.name);
    CHECK(messages(load_text(c.text)) == c.want);
  }
}

TEST_CASE("messages: all of a file's problems, in the order of its lines") {
  const Loaded loaded = load_text(
      "probe: {samples: x}\nroutes:\n- from: https://a.example.com\n  to: http://a\n  timeout: "
      "soon\n  nonsense: 1\n- from: https://b.example.com\n");
  const auto all = messages(loaded);
  REQUIRE(all.size() == 4);
  CHECK(all[0].starts_with("f:1:18: error"));
  CHECK(all[1].starts_with("f:5:12: error"));
  CHECK(all[2].starts_with("f:6:3: warning"));
  CHECK(all[3].starts_with("f:7:3: error"));
}

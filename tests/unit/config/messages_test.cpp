// Bad input: every problem of a file, exact, in one run.

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

TEST_CASE("messages: files that are no configuration") {
  const Case cases[] = {
      {"empty", "", {"f:1:1: error: the file is empty"}},
      {"only a comment", "# nothing\n", {"f:1:1: error: the file is empty"}},
      {"a list", "- a\n", {"f:1:1: error: the file must be a map of keys such as `routes:`"}},
      {"a word", "hello\n", {"f:1:1: error: the file must be a map of keys such as `routes:`"}},
      {"routes is no list", "routes: {}\n", {"f:1:9: error: `routes` must be a list of routes"}},
      {"a route is no map", "routes: [a]\n", {"f:1:10: error: a route must be a map of keys"}},
      {"a key twice",
       "routes: []\nroutes: []\n",
       {"f:2:1: error: the key `routes` is already on line 1; Pomerium refuses to start"}},
  };
  for (const Case& c : cases) {
    CAPTURE(c.name);
    CHECK(messages(load_text(c.text)) == c.want);
  }
}

TEST_CASE("messages: what the file says never breaks the line of a message") {
  const Case cases[] = {
      {"yaml-cpp quotes an escape that it does not know",
       "routes: \"\\\n\"\na: \"\\\x1b[2J\"\n",
       {"f:3:7: error: not valid YAML: unknown escape character: ?"}},
      {"an escape of a line's end that is none",
       "routes: \"\\\r\n\"\na: \"\\\x7f\"\n",
       {"f:3:7: error: not valid YAML: unknown escape character: ?"}},
  };
  for (const Case& c : cases) {
    CAPTURE(c.name);
    CHECK(messages(load_text(c.text)) == c.want);
  }
}

TEST_CASE("messages: routes that Pomerium refuses") {
  const Case cases[] = {
      {"no from",
       "routes:\n- to: http://a\n",
       {"f:2:3: error: a route without `from`; Pomerium refuses to start"}},
      {"from is no URL",
       "routes:\n- {from: wiki, to: http://a}\n",
       {"f:2:10: error: `from` must be a URL such as https://wiki.example.com; Pomerium refuses to "
        "start"}},
      {"no to",
       "routes:\n- from: https://a.example.com\n",
       {"f:2:3: error: the route https://a.example.com has no `to`; Pomerium refuses to start"}},
      {"bad URL",
       "routes:\n- {from: https://a.example.com, to: nonsense}\n",
       {"f:2:37: error: bad URL in `to`: it has no scheme such as https://"}},
      {"some weights",
       "routes:\n- {from: https://a.example.com, to: ['http://a,1', 'http://b']}\n",
       {"f:2:37: error: some of the URLs in `to` have a weight and some have none; Pomerium "
        "refuses to start"}},
      {"mixed schemes",
       "routes:\n- {from: https://a.example.com, to: [tcp://a, http://b]}\n",
       {"f:2:37: error: `to` mixes schemes that cannot stand together; Pomerium refuses to start"}},
      {"duration",
       with("timeout: soon"),
       {"f:4:12: error: `timeout` must be a duration such as 30s or 1m30s, not `soon`"}},
      {"quoted number",
       with("timeout: \"30\""),
       {"f:4:12: error: `timeout` must be a duration such as 30s or 1m30s, not `30`"}},
      {"boolean",
       with("tls_skip_verify: maybe"),
       {"f:4:20: error: `tls_skip_verify` must be true or false, not `maybe`"}},
      {"policy",
       with("load_balancing_policy: LB_POLICY_RANDOM"),
       {"f:4:26: error: `load_balancing_policy` must be one of ROUND_ROBIN, LEAST_REQUEST, RANDOM, "
        "RING_HASH, MAGLEV; Pomerium refuses to start"}},
      {"both rewrites",
       with("prefix_rewrite: /x\n  regex_rewrite_pattern: y"),
       {"f:4:19: error: only one of `prefix_rewrite` and `regex_rewrite_pattern` can be given; "
        "Pomerium refuses to start"}},
      {"base64",
       with("tls_custom_ca: '***'"),
       {"f:4:18: error: `tls_custom_ca` is not base64; Pomerium refuses to start"}},
      {"a missing file",
       with("tls_custom_ca_file: /nowhere/ca.pem"),
       {"f:4:23: error: `tls_custom_ca_file`: cannot read /nowhere/ca.pem"}},
      {"a list for a text", with("name: [a]"), {"f:4:9: error: `name` must be a text, not a list"}},
      {"lookup family",
       "dns_lookup_family: v4_only\nroutes: []\n",
       {"f:1:20: error: `dns_lookup_family` must be AUTO, V4_ONLY, V6_ONLY, V4_PREFERRED or ALL; "
        "Pomerium refuses to start"}},
      {"resolver",
       "dns_resolvers: [10.0.0.2]\nroutes: []\n",
       {"f:1:16: error: `10.0.0.2` in `dns_resolvers` is not of the form udp://10.0.0.1:53; "
        "Pomerium refuses to start"}},
  };
  for (const Case& c : cases) {
    CAPTURE(c.name);
    const Loaded loaded = load_text(c.text);
    CHECK(messages(loaded) == c.want);
    CHECK_FALSE(loaded.configuration.has_value());
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

TEST_CASE("messages: what Pomerium takes is only warned of") {
  const Case cases[] = {
      {"a typo",
       with("tls_skip_verfy: true"),
       {"f:4:3: warning: unknown key `tls_skip_verfy` in a route, which Pomerium ignores (did you "
        "mean `tls_skip_verify`?)"}},
      {"a removed key",
       with("lb_policy: x"),
       {"f:4:3: warning: `lb_policy` is ignored: Pomerium has no such key any more; use "
        "load_balancing_policy"}},
      {"nanoseconds",
       with("timeout: 5"),
       {"f:4:12: warning: `timeout: 5` is 5 nanoseconds to Pomerium; write `5s` for seconds"}},
      {"userinfo",
       "routes:\n- {from: https://a.example.com, to: 'http://user:secret@a'}\n",
       {"f:2:37: warning: Pomerium drops the user and password of a URL in `to`"}},
      {"the same name",
       "routes:\n- {name: x, from: https://a.example.com, to: http://a}\n- {name: x, from: "
       "https://b.example.com, to: http://b}\n",
       {"f:3:3: warning: the name `x` is already taken by the route on line 2"}},
  };
  for (const Case& c : cases) {
    CAPTURE(c.name);
    const Loaded loaded = load_text(c.text);
    CHECK(messages(loaded) == c.want);
    CHECK(loaded.configuration.has_value());
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

// Each key and what it does to a route.

#include <doctest/doctest.h>

#include <algorithm>
#include <functional>

#include "loading.h"

using namespace prober;
using namespace prober::config;
using namespace std::chrono_literals;

namespace {

// A route with these lines more, and what stands at the top of its file.
Route route_with(const std::string& lines, const std::string& top = "") {
  const std::string text =
      top + "routes:\n- from: https://a.example.com\n  to: https://a.internal:8443\n" + lines;
  Loaded loaded = load_text(text);
  for (const std::string& message : messages(loaded)) {
    INFO(message);
  }
  REQUIRE(loaded.configuration.has_value());
  return loaded.configuration->routes.front();
}

Settings settings_with(const std::string& top) {
  Loaded loaded = load_text(top + "routes: []\n");
  REQUIRE(loaded.configuration.has_value());
  return loaded.configuration->settings;
}

}  // namespace

TEST_CASE("load: a minimal route has Pomerium's defaults") {
  const Route route = route_with("");
  CHECK(route.name == "https://a.example.com");
  CHECK(route.source.line == 2);
  CHECK(route.timeout == 30s);
  CHECK_FALSE(route.idle_timeout_set);
  CHECK(route.lookup_family == DnsLookupFamily::V4Preferred);
  CHECK(route.cluster->healthy_panic_threshold == 50);
  CHECK(route.cluster->outlier_detection.has_value());  // Pomerium's accident
  CHECK(route.proxy->connect_timeout == 10s);
  CHECK(route.proxy->envoy == EnvoyVersion::V1_38);
  CHECK(route.probe->interval == 30s);
}

TEST_CASE("load: each key of a route shows") {
  struct Case {
    const char* lines;
    std::function<bool(const Route&)> shows;
  };
  const Case cases[] = {
      {"  name: wiki\n", [](const Route& r) { return r.name == "wiki"; }},
      {"  prefix: /app\n",
       [](const Route& r) {
         return r.match->prefix == "/app" && r.name == "https://a.example.com/app";
       }},
      {"  timeout: 10s\n", [](const Route& r) { return r.timeout == 10s; }},
      {"  timeout: 1m30s\n", [](const Route& r) { return r.timeout == 90s; }},
      {"  timeout: 0.5s\n", [](const Route& r) { return r.timeout == 500ms; }},
      {"  idle_timeout: 5s\n",
       [](const Route& r) {
         return r.idle_timeout == 5s && r.idle_timeout_set && r.timeout == 30s;
       }},
      {"  allow_websockets: true\n",
       [](const Route& r) {
         return r.websocket && r.timeout == 0s && r.idle_timeout_set && r.idle_timeout == 0s;
       }},
      {"  allow_websockets: true\n  timeout: 7s\n", [](const Route& r) { return r.timeout == 7s; }},
      {"  allow_upgrades: [websocket]\n", [](const Route& r) { return r.websocket; }},
      {"  allow_spdy: true\n", [](const Route& r) { return !r.websocket && r.timeout == 30s; }},
      {"  kubernetes_service_account_token: x\n",
       [](const Route& r) { return r.kubernetes && r.timeout == 0s; }},
      {"  mcp: {server: {}}\n", [](const Route& r) { return r.timeout == 0s; }},
      {"  tls_skip_verify: true\n", [](const Route& r) { return r.tls->skip_verify; }},
      {"  tls_server_name: old\n", [](const Route& r) { return r.tls->server_name == "old"; }},
      {"  tls_server_name: old\n  tls_upstream_server_name: new\n",
       [](const Route& r) { return r.tls->server_name == "new"; }},
      {"  tls_custom_ca: aGVsbG8=\n",
       [](const Route& r) { return r.tls->custom_ca.text == "hello"; }},
      {"  tls_upstream_allow_renegotiation: true\n",
       [](const Route& r) { return r.tls->allow_renegotiation; }},
      {"  preserve_host_header: true\n",
       [](const Route& r) { return r.rewrite->preserve_host_header; }},
      {"  host_rewrite: x\n", [](const Route& r) { return r.rewrite->host_rewrite == "x"; }},
      {"  host_rewrite_header: x\n",
       [](const Route& r) { return r.rewrite->host_rewrite_header == "x"; }},
      {"  prefix_rewrite: /x\n", [](const Route& r) { return r.rewrite->prefix_rewrite == "/x"; }},
      {"  regex_rewrite_pattern: a\n  regex_rewrite_substitution: b\n",
       [](const Route& r) {
         return r.rewrite->regex_rewrite_pattern == "a" &&
                r.rewrite->regex_rewrite_substitution == "b";
       }},
      {"  set_request_headers: {x-a: b}\n",
       [](const Route& r) {
         return r.rewrite->set_request_headers == std::vector<HeaderField>{{"x-a", "b"}};
       }},
      {"  remove_request_headers: [x-a]\n",
       [](const Route& r) {
         return r.rewrite->remove_request_headers == std::vector<std::string>{"x-a"};
       }},
      {"  load_balancing_policy: maglev\n",
       [](const Route& r) { return r.cluster->policy == LoadBalancingPolicy::Maglev; }},
      {"  load_balancing_policy: LOAD_BALANCING_POLICY_RANDOM\n",
       [](const Route& r) { return r.cluster->policy == LoadBalancingPolicy::Random; }},
      {"  healthy_panic_threshold: 0\n",
       [](const Route& r) { return r.cluster->healthy_panic_threshold == 0; }},
      {"  outlier_detection: {consecutive_5xx: 3, max_ejection_percent: 100}\n",
       [](const Route& r) {
         return r.cluster->outlier_detection->consecutive_5xx == 3 &&
                r.cluster->outlier_detection->max_ejection_percent == 100;
       }},
      {"  circuit_breaker_thresholds: {max_requests: 0}\n",
       [](const Route& r) {
         return r.cluster->circuit_breakers.max_requests == 0U &&
                !r.cluster->circuit_breakers.max_connections;
       }},
      {"  health_checks: [{timeout: 1s, interval: 5s, unhealthy_threshold: 2, healthy_threshold: "
       "1, http_health_check: {path: /h, host: x, codec_client_type: HTTP2, expected_statuses: "
       "[{start: 200, end: 300}]}}]\n",
       [](const Route& r) {
         const HealthCheck& c = r.cluster->health_checks.at(0);
         return c.path == "/h" && c.host == "x" && c.http2 && c.timeout == 1s &&
                c.expected_statuses.at(0).second == 300;
       }},
      {"  health_checks: [{timeout: 1s, interval: 5s, unhealthy_threshold: 2, healthy_threshold: "
       "1, tcp_health_check: {send: {text: '50494e47'}}}]\n",
       [](const Route& r) {
         return r.cluster->health_checks.at(0).kind == HealthCheckKind::Tcp &&
                r.cluster->health_checks[0].send == "PING";
       }},
      {"  enable_google_cloud_serverless_authentication: true\n",
       [](const Route& r) { return r.lookup_family == DnsLookupFamily::V4Only; }},
      {"  probe: {path: /healthz, samples: 3, interval: 10s, warn_at: 50%, host: h, max_body: "
       "10}\n",
       [](const Route& r) {
         return r.probe->path == "/healthz" && r.probe->samples == 3 && r.probe->interval == 10s &&
                r.probe->warn_at == 0.5 && r.probe->host == "h" && r.probe->max_body == 10;
       }},
      {"  probe: {expect: {ips: [10.0.0.0/8, '::1'], status: [200-299, 401], body_contains: ok}}\n",
       [](const Route& r) {
         return r.probe->expect_ips.size() == 2 &&
                r.probe->expect_status == std::vector<StatusRange>{{200, 299}, {401, 401}} &&
                r.probe->expect_body_contains == "ok";
       }},
      {"  probe: {method: POST, body_base64: aGk=, headers: {x: 1}}\n",
       [](const Route& r) {
         return r.probe->method == "POST" && r.probe->body == "hi" && r.probe->headers.size() == 1;
       }},
      {"  probe: {method: POST, body_bytes: 33554432}\n",
       [](const Route& r) { return r.probe->body_bytes == 33554432; }},
      {"  probe: {proxy: {connect_timeout: 1s, envoy: 1.36, upstream_max_stream_duration: 2s}}\n",
       [](const Route& r) {
         return r.proxy->connect_timeout == 1s && r.proxy->envoy == EnvoyVersion::V1_36 &&
                r.proxy->upstream_max_stream_duration == 2s;
       }},
      {"  probe: {proxy: {retry_policy: {num_retries: 2, retry_on: '5xx, reset', per_try_timeout: "
       "0.3s}}}\n",
       [](const Route& r) {
         return r.proxy->retry_policy->num_retries == 2 &&
                r.proxy->retry_policy->retry_on == std::vector<std::string>{"5xx", "reset"} &&
                r.proxy->retry_policy->per_try_timeout == 300ms;
       }},
  };
  for (const Case& c : cases) {
    CAPTURE(c.lines);
    CHECK(c.shows(route_with(c.lines)));
  }
}

TEST_CASE("load: global keys") {
  CHECK(route_with("", "default_upstream_timeout: 5s\n").timeout == 5s);
  CHECK(route_with("", "dns_lookup_family: ALL\n").lookup_family == DnsLookupFamily::All);
  CHECK(route_with("", "timeout_write: 9s\n").proxy->max_stream_duration == 9s);
  CHECK(route_with("", "timeout_write: 9s\nproxy: {max_stream_duration: 3s}\n")
            .proxy->max_stream_duration == 3s);
  CHECK(route_with("", "allow_upgrades: [websocket]\n").websocket);
  CHECK_FALSE(route_with("  allow_upgrades: []\n", "allow_upgrades: [websocket]\n").websocket);
  CHECK(route_with("", "circuit_breaker_thresholds: {max_requests: 1}\n")
            .cluster->circuit_breakers.max_requests == 1U);
  CHECK(route_with("", "probe: {interval: 5s}\n").probe->interval == 5s);
  CHECK(settings_with("probe: {concurrency: 7}\n").concurrency == 7);
  CHECK(settings_with("timeout_read: 3s\n").request_timeout == 3s);
  const DnsSettings dns =
      settings_with(
          "dns_resolvers: ['udp://10.0.0.2:53', 'tcp://[::1]:5353']\ndns_query_timeout: "
          "2500ms\ndns_query_tries: 2\ndns_use_tcp: true\n")
          .dns;
  CHECK(dns.resolvers.size() == 2);
  CHECK(dns.resolvers[1].port == 5353);
  CHECK(dns.query_timeout == 2s);  // whole seconds, as Pomerium
  CHECK(dns.query_tries == 2);
  CHECK(dns.use_tcp);
  CHECK(settings_with("envoy_bind_config_source_address: 10.0.0.9\n").bind_address->to_string() ==
        "10.0.0.9");
}

TEST_CASE("load: `to` in all its forms, and `policy` beside `routes`") {
  const Loaded loaded = load_text(
      "policy:\n- {from: https://a.example.com, to: ['http://a:1,1', 'http://b:2,3']}\n"
      "routes:\n- {from: tcp+https://db.example.com:5432, to: tcp://db:5432}\n- {from: "
      "https://c.example.com, to: [[http://c], http://d]}\n");
  REQUIRE(loaded.configuration.has_value());
  const auto& routes = loaded.configuration->routes;
  REQUIRE(routes.size() == 3);
  CHECK(routes[0].to[1].weight == 3);
  CHECK(routes[1].timeout == 0s);
  CHECK(routes[2].to.size() == 2);
}

TEST_CASE("load: routes that cannot be probed say why") {
  for (const char* lines : {"redirect: {https_redirect: true}", "response: {status: 200}",
                            "to: http://x, upstream_tunnel: {}"}) {
    CAPTURE(lines);
    const Loaded loaded =
        load_text("routes:\n- {from: https://a.example.com, " + std::string(lines) + "}\n");
    REQUIRE(loaded.configuration.has_value());
    CHECK_FALSE(loaded.configuration->routes[0].skip_reason.empty());
  }
}

TEST_CASE("load: routes without settings of their own share them") {
  const Loaded loaded = load_text(
      "routes:\n- {from: https://a.example.com, to: http://a}\n- {from: https://b.example.com, to: "
      "http://b}\n");
  const auto& routes = loaded.configuration->routes;
  CHECK(routes[0].tls == routes[1].tls);
  CHECK(routes[0].probe == routes[1].probe);
  CHECK(routes[0].cluster == routes[1].cluster);
}

TEST_CASE("load: several files; a later one adds probes and its top-level blocks win") {
  const Document pomerium{
      "config.yaml",
      "routes:\n- {name: a, from: https://a.example.com, to: http://a, timeout: 9s}\n- {from: "
      "https://b.example.com, prefix: /x, to: http://b}\n"};
  const Document probes{
      "probes.yaml",
      "proxy: {connect_timeout: 2s}\nroutes:\n- {name: a, probe: {path: /healthz}}\n- {from: "
      "https://b.example.com, prefix: /x, probe: {samples: 2}}\n"};
  const Loaded loaded = load_documents({pomerium, probes}, {});
  REQUIRE(loaded.configuration.has_value());
  const auto& routes = loaded.configuration->routes;
  REQUIRE(routes.size() == 2);
  CHECK(routes[0].probe->path == "/healthz");
  CHECK(routes[0].timeout == 9s);
  CHECK(routes[0].proxy->connect_timeout == 2s);
  CHECK(routes[1].probe->samples == 2);

  const Document wrong{"probes.yaml",
                       "routes:\n- {name: nobody, probe: {path: /x}}\n- {probe: {path: /x}}\n"};
  const auto problems = messages(load_documents({pomerium, wrong}, {}));
  REQUIRE(problems.size() == 2);
  CHECK(problems[0] ==
        "probes.yaml:2:3: error: this entry has only a `probe`, and no route of the earlier files "
        "matches it");
  CHECK(problems[1] ==
        "probes.yaml:3:3: error: this entry has only a `probe`, and several routes match it: "
        "config.yaml:2, config.yaml:3");
}

TEST_CASE("load: the example that ships is sound") {
  const Loaded loaded = load_files({PROBER_CONFIG_DIR "/prober.example.yaml"}, {});
  CHECK(messages(loaded) == std::vector<std::string>{});
  CHECK(loaded.configuration.has_value());
}

TEST_CASE("load: global faults hold for the routes that they touch") {
  const Loaded loaded = load_text(
      "certificate_authority_file: /nowhere/ca.pem\nroutes:\n"
      "- {name: plain, from: https://a.example.com, to: http://a}\n"
      "- {name: tls, from: https://b.example.com, to: https://b}\n"
      "- {name: kubernetes, from: https://c.example.com, to: https://c, "
      "kubernetes_service_account_token: x}\n");
  REQUIRE(loaded.configuration.has_value());
  const auto& routes = loaded.configuration->routes;
  CHECK_FALSE(routes[0].fault);
  REQUIRE(routes[1].fault);
  CHECK(routes[1].fault->effect == FaultEffect::ClusterNotFound);
  CHECK(routes[1].fault->position.line == 1);
  CHECK_FALSE(routes[2].fault);  // it goes to a cluster of Pomerium's own
}

TEST_CASE("load: of several faults the one that comes to bear first") {
  const Loaded loaded = load_text(
      "routes:\n- {from: https://a.example.com, to: 'http://[::1]', regex: '('}\n"
      "- {from: https://b.example.com, to: http://b, healthy_panic_threshold: 200}\n");
  REQUIRE(loaded.configuration.has_value());
  for (const Route& route : loaded.configuration->routes) {
    REQUIRE(route.fault);
    CHECK(route.fault->effect == FaultEffect::RouteNotFound);
    CHECK(route.fault->position.line == 2);
  }
}

TEST_CASE("load: the scheme of `from` decides on timeouts, not that of `to`") {
  const Loaded loaded = load_text(
      "routes:\n- {from: https://a.example.com, to: tcp://a:1}\n"
      "- {from: tcp+https://b.example.com:1, to: http://b}\n"
      "- {from: udp+https://c.example.com:1, to: udp://c:1}\n");
  REQUIRE(loaded.configuration.has_value());
  CHECK(loaded.configuration->routes[0].timeout == 30s);
  CHECK(loaded.configuration->routes[1].timeout == 0s);
  CHECK(loaded.configuration->routes[2].idle_timeout_set);
}

TEST_CASE("load: keys in any case, and nested lists and maps in `to`") {
  const Loaded loaded = load_text(
      "ROUTES:\n- {FROM: https://a.example.com, To: {a: [http://a, http://b], c: http://c}, "
      "TimeOut: 5s}\n");
  REQUIRE(loaded.configuration.has_value());
  CHECK(loaded.configuration->routes.at(0).to.size() == 3);
  CHECK(loaded.configuration->routes.at(0).timeout == 5s);
}

TEST_CASE("load: a header that only Pomerium can fill in is not sent, nor one that is removed") {
  const Route route = route_with(
      "  set_request_headers: {x-a: '1', x-b: '${pomerium.jwt}', x-c: '2'}\n"
      "  remove_request_headers: [X-C]\n");
  CHECK(route.rewrite->set_request_headers == std::vector<HeaderField>{{"x-a", "1"}});
}

TEST_CASE("load: environment variables win over the file, as in Pomerium") {
  LoadOptions options;
  options.environment = {{"DNS_LOOKUP_FAMILY", "ALL"},
                         {"DEFAULT_UPSTREAM_TIMEOUT", "7s"},
                         {"DNS_RESOLVERS", "udp://10.0.0.1:53,tcp://10.0.0.2:53"},
                         {"CIRCUIT_BREAKER_THRESHOLDS", ""},
                         {"timeout_read", "9s"},
                         {"PATH", "/bin"}};
  const std::string text =
      "dns_lookup_family: V4_ONLY\nroutes:\n- {from: https://a.example.com, to: http://a}\n";
  const Loaded loaded = load_documents({{"f", text}}, options);
  CHECK(messages(loaded) == std::vector<std::string>{});
  REQUIRE(loaded.configuration.has_value());
  const Route& route = loaded.configuration->routes.at(0);
  CHECK(route.lookup_family == DnsLookupFamily::All);
  CHECK(route.timeout == 7s);
  CHECK(loaded.configuration->settings.dns.resolvers.size() == 2);
  CHECK(loaded.configuration->settings.request_timeout == 30s);  // lower case is no variable of it
}

TEST_CASE("load: ROUTES and POLICY are lists in base64 in place of the file's") {
  LoadOptions options;
  // - {from: https://env.example.com, to: http://env}
  options.environment = {
      {"ROUTES", "LSB7ZnJvbTogaHR0cHM6Ly9lbnYuZXhhbXBsZS5jb20sIHRvOiBodHRwOi8vZW52fQo="}};
  const std::string text =
      "routes:\n- {from: https://a.example.com, to: http://a}\n"
      "policy:\n- {from: https://b.example.com, to: http://b}\n";
  const Loaded loaded = load_documents({{"f", text}}, options);
  REQUIRE(loaded.configuration.has_value());
  REQUIRE(loaded.configuration->routes.size() == 2);
  CHECK(loaded.configuration->routes[0].from == "https://b.example.com");
  CHECK(loaded.configuration->routes[1].from == "https://env.example.com");

  options.environment = {{"DNS_USE_TCP", "true"}};
  CHECK(messages(load_documents({{"f", text}}, options)) ==
        std::vector<std::string>{
            "environment:1:14: error: refuses to start: `dns_use_tcp` must be true or false, not "
            "the text `true`; in a file, leave out the quotes (Pomerium: \"'dns_use_tcp' json: "
            "cannot unmarshal string into Go value of type "
            "bool\")"});
}

TEST_CASE("load: a balancing policy in each of its spellings") {
  const std::pair<const char*, LoadBalancingPolicy> cases[] = {
      {"MAGLEV", LoadBalancingPolicy::Maglev},
      {"maglev", LoadBalancingPolicy::Maglev},
      {"load_balancing_policy_Ring_Hash", LoadBalancingPolicy::RingHash},
      {"policy_random", LoadBalancingPolicy::Random},
      {"HASH", LoadBalancingPolicy::RingHash},
      {"5", LoadBalancingPolicy::LeastRequest},
      {"99", LoadBalancingPolicy::RoundRobin},
      {"''", LoadBalancingPolicy::RoundRobin},
      {"unspecified", LoadBalancingPolicy::RoundRobin}};
  for (const auto& [text, want] : cases) {
    CAPTURE(text);
    CHECK(route_with(std::string("  load_balancing_policy: ") + text + "\n").cluster->policy ==
          want);
  }
}

TEST_CASE("load: what only the environment can tell is said, and blocks only where it was read") {
  const std::string routes = "routes:\n- {from: https://a.example.com, to: http://a.internal}\n";
  struct Case {
    const char* keys;
    const char* position;
    const char* message;  // up to the hint
    const char* words;
    Environment enough;
  };
  const Case cases[] = {
      {"services: proxy",
       "1:11",
       "`services: proxy` needs `shared_secret`",
       "config: invalid shared secret: empty shared secret",
       {{"SHARED_SECRET", "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="},
        {"COOKIE_SECRET", "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="}}},
      {"services: proxy\nshared_secret_file: /run/secret",
       "1:11",
       "`services: proxy` needs `cookie_secret`",
       "proxy: invalid 'COOKIE_SECRET': empty cookie secret",
       {{"COOKIE_SECRET", "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="}}},
      {"databroker_storage_type: postgres",
       "1:26",
       "`databroker_storage_type: postgres` needs `databroker_storage_connection_string`",
       "config: missing databroker storage backend dsn",
       {{"DATABROKER_STORAGE_CONNECTION_STRING", "postgres://db"}}},
  };
  const auto holds = [](const Loaded& loaded, const std::string& message) {
    const std::vector<std::string> all = messages(loaded);
    return std::ranges::find(all, message) != all.end();
  };
  for (const Case& c : cases) {
    CAPTURE(c.keys);
    const std::string text = std::string(c.keys) + "\n" + routes;
    const std::string start =
        std::string("f:") + c.position + ": error: refuses to start: " + c.message;
    const std::string end = std::string(" (Pomerium: \"") + c.words + "\")";
    const Loaded alone = load_documents({{"f", text}}, {});
    CHECK(holds(alone, start + ", here or in Pomerium's environment (--env)" + end));
    CHECK(alone.configuration.has_value());
    const Loaded other =
        load_documents({{"f", text}}, {.files_must_exist = true, .environment = {{"HOME", "/"}}});
    CHECK(holds(other, start + end));
    CHECK_FALSE(other.configuration.has_value());
    const Loaded sound =
        load_documents({{"f", text}}, {.files_must_exist = true, .environment = c.enough});
    CHECK(std::ranges::none_of(sound.diagnostics, &Diagnostic::is_error));
    CHECK(sound.configuration.has_value());
  }
}

TEST_CASE("load: services that make up all of Pomerium need no secret") {
  for (const char* services : {"all", "ALL", "proxy, authorize,authenticate , databroker",
                               "cache,proxy,authorize,authenticate", "proxy,all"}) {
    CAPTURE(services);
    CHECK(messages(load_text(std::string("services: '") + services + "'\nroutes: []\n")).empty());
  }
}

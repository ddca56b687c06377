#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "prober/address.h"
#include "prober/duration.h"
#include "prober/health.h"

namespace prober {

/// A Pomerium route as prober understands it: what the configuration says, defaults filled in,
/// nothing measured. Keys are Pomerium's; see README.md, "Configuration".

enum class Scheme { Http, Https, H2c, Tcp, Udp, Ssh, Unix, HttpsUnix };

/// "http", "https", "h2c", "tcp", "udp", "ssh", "unix", "https+unix".
[[nodiscard]] std::string_view to_string(Scheme scheme);
/// Whether connections to it begin with TLS.
[[nodiscard]] constexpr bool uses_tls(Scheme scheme) {
  return scheme == Scheme::Https || scheme == Scheme::HttpsUnix;
}
/// Whether it is a Unix domain socket, which has a path and no host.
[[nodiscard]] constexpr bool is_socket(Scheme scheme) {
  return scheme == Scheme::Unix || scheme == Scheme::HttpsUnix;
}

/// Where something stands in a configuration file. Lines and columns count from 1.
struct SourcePosition {
  std::shared_ptr<const std::string>
      file;  // as given on the command line; null when not from a file
  int line = 0;
  int column = 0;
};

struct HeaderField {
  std::string name;
  std::string value;
  bool operator==(const HeaderField&) const = default;
};

/// PEM text from a file or given in place (base64 already decoded).
struct PemSource {
  std::string file;
  std::string text;
  [[nodiscard]] bool empty() const { return file.empty() && text.empty(); }
};

/// One `to` URL.
struct Upstream {
  Scheme scheme = Scheme::Http;
  std::string host;          // as written, without brackets; empty for unix sockets
  std::uint16_t port = 0;    // the implied one filled in: 443 for https, 80 for all others
  std::uint32_t weight = 0;  // 0: no weights given, all count the same
  std::string path;          // the URL's path (may be empty), or the socket's path
  std::string authority;     // host and port as written in the URL: Envoy's endpoint hostname
};

struct TlsSettings {
  bool skip_verify = false;
  std::string
      server_name;      // tls_upstream_server_name, else tls_server_name; empty: the host of `to`
  PemSource custom_ca;  // replaces the system's roots
  PemSource client_certificate;
  PemSource client_key;
  bool allow_renegotiation = false;
};

/// What is changed on the way from the visitor's request to the upstream's.
struct RequestRewrite {
  bool preserve_host_header = false;
  std::string host_rewrite;
  std::string host_rewrite_header;
  std::string host_path_regex_pattern;
  std::string host_path_regex_substitution;
  std::optional<std::string> prefix_rewrite;
  std::string regex_rewrite_pattern;
  std::string regex_rewrite_substitution;
  std::vector<HeaderField> set_request_headers;
  std::vector<std::string> remove_request_headers;
};

/// Which requests the route takes. All empty: every path.
struct PathMatch {
  std::string prefix;
  std::string path;
  std::string regex;
};

enum class LoadBalancingPolicy { RoundRobin, LeastRequest, Random, RingHash, Maglev };
enum class DnsLookupFamily { V4Preferred, Auto, V4Only, V6Only, All };

struct ClusterSettings {
  std::string name;  // Pomerium's, which ends in a hash of the route; "" without health checks
  LoadBalancingPolicy policy = LoadBalancingPolicy::RoundRobin;
  std::vector<HealthCheck> health_checks;
  std::optional<OutlierDetection> outlier_detection;
  std::uint32_t healthy_panic_threshold = 50;  // percent
  CircuitBreakers circuit_breakers;
};

struct RetryPolicy {
  std::uint32_t num_retries = 1;
  std::vector<std::string>
      retry_on;  // Envoy's words: 5xx, gateway-error, reset, connect-failure ...
  std::vector<int> retriable_status_codes;
  Duration per_try_timeout{};       // 0: none
  Duration per_try_idle_timeout{};  // 0: none
};

/// The Envoy whose texts are predicted.
enum class EnvoyVersion { V1_36, V1_37, V1_38, V1_40 };
/// "1.36", "1.37", "1.38", "1.40".
[[nodiscard]] std::string_view to_string(EnvoyVersion version);

/// The `proxy:` block: what Pomerium fixes or leaves at Envoy's default.
struct ProxySettings {
  EnvoyVersion envoy = EnvoyVersion::V1_38;
  Duration connect_timeout = std::chrono::seconds(10);  // TCP and TLS together
  Duration stream_idle_timeout = std::chrono::minutes(5);
  Duration max_stream_duration{};           // 0: none
  Duration upstream_max_stream_duration{};  // 0: none
  std::optional<RetryPolicy> retry_policy;
};

/// Both ends included.
struct StatusRange {
  int first = 0;
  int last = 0;
  bool operator==(const StatusRange&) const = default;
};

/// The `probe:` block of a route, the global one's values filled in.
struct ProbeSettings {
  std::optional<std::string> path;  // unset: "/"
  std::string method = "GET";
  std::string host;  // empty: what the proxy would send
  std::string body;
  std::uint64_t body_bytes = 0;  // that many bytes of "x", instead of `body`
  std::vector<HeaderField> headers;
  std::vector<Cidr> expect_ips;
  std::vector<StatusRange> expect_status;  // empty: 200-399 where `path` is given, else 100-499
  std::string expect_body_contains;
  std::uint32_t samples = 1;
  Duration interval = std::chrono::seconds(30);
  double warn_at = 0.8;                             // of a limit used up
  std::uint64_t max_body = std::uint64_t{1} << 20;  // bytes of an answer's body that are read
};

/// How Pomerium answers, whatever the upstream does, because of what the configuration says. In the
/// order in which they come to bear: the first one that holds is what a visitor sees.
enum class FaultEffect {
  PortNeverOpens,   // Pomerium runs, but its public port stays closed: no answer at all
  RouteNotFound,    // 404 route_not_found: Envoy has no route table, or no request can match
  ExtAuthzError,    // 503 ext_authz_error: Envoy refused all clusters, Pomerium's own among them
  HostRewritten,    // 404 route_not_found: the route is looked up again under another host
  ClusterNotFound,  // 503 cluster_not_found: Envoy refused the route's cluster
};

/// A mistake that Pomerium starts with and that takes routes down all the same.
struct ConfigFault {
  FaultEffect effect = FaultEffect::ClusterNotFound;
  std::string why;          // one line: what is wrong, without the position
  SourcePosition position;  // may lie in another route: such a fault takes all of them down
};

struct Route {
  std::string name;  // never empty: the file's `name`, else `from` and the path matcher
  std::string from;
  SourcePosition source;
  std::vector<Upstream> to;                     // one cluster
  Duration timeout = std::chrono::seconds(30);  // effective; 0: none
  Duration idle_timeout{};                      // effective; 0: none
  bool idle_timeout_set = false;  // the file says so; else proxy.stream_idle_timeout applies
  bool kubernetes =
      false;               // Pomerium itself speaks to the API server: its failures are its own 502
  bool websocket = false;  // allow_websockets, or `websocket` in allow_upgrades
  DnsLookupFamily lookup_family = DnsLookupFamily::V4Preferred;
  // Never null; equal settings may be shared.
  std::shared_ptr<const PathMatch> match;
  std::shared_ptr<const TlsSettings> tls;
  std::shared_ptr<const RequestRewrite> rewrite;
  std::shared_ptr<const ClusterSettings> cluster;
  std::shared_ptr<const ProxySettings> proxy;
  std::shared_ptr<const ProbeSettings> probe;
  std::string skip_reason;                   // not empty: cannot be probed from here, and why
  std::shared_ptr<const ConfigFault> fault;  // null: none. Otherwise nothing is probed
};

/// Whether there is anything to probe: the route has an upstream that can be reached from here, and
/// no mistake that keeps every request from it.
[[nodiscard]] inline bool worth_probing(const Route& route) {
  return route.skip_reason.empty() && !route.fault;
}

struct DnsResolverAddress {
  IpAddress ip;
  std::uint16_t port = 53;
};

/// Global dns_* keys. Defaults are Envoy's c-ares resolver's.
struct DnsSettings {
  std::vector<DnsResolverAddress> resolvers;  // empty: the system's
  Duration query_timeout = std::chrono::seconds(5);
  int query_tries = 4;
  bool use_tcp = false;
  int udp_max_queries = 100;
};

/// What holds for the whole run.
struct Settings {
  DnsSettings dns;
  PemSource certificate_authority;                      // added to the system's roots
  Duration request_timeout = std::chrono::seconds(30);  // timeout_read; 0: none
  std::optional<IpAddress> bind_address;                // envoy_bind_config_source_address
  bool bind_freebind = false;
  std::uint32_t concurrency = 1024;  // connections at once
};

struct Configuration {
  Settings settings;
  std::vector<Route> routes;
};

}  // namespace prober

#include "config/route_reader.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>

#include "config/base64.h"
#include "config/cluster_reader.h"
#include "config/probe_reader.h"
#include "config/upstream_url.h"

namespace prober::config {
namespace {

template <std::size_t N>
bool has_any(const Fields& fields, const std::array<std::string_view, N>& keys) {
  return std::ranges::any_of(keys, [&fields](std::string_view key) { return fields.has(key); });
}

void collect_to(const Value& value, std::vector<Value>& out, Problems& problems) {
  if (value.is_scalar()) {
    out.push_back(value);
  } else if (value.is_sequence()) {
    for (const Value& item : value.items()) {
      collect_to(item, out, problems);
    }
  } else {
    problems.error(value, "`to` must be a URL or a list of URLs");
  }
}

bool is_stream(Scheme scheme) {
  return scheme == Scheme::Tcp || scheme == Scheme::Udp || scheme == Scheme::Ssh;
}

bool is_socket(Scheme scheme) {
  return scheme == Scheme::Unix || scheme == Scheme::HttpsUnix;
}

void check_mixture(const Value& where, const std::vector<Upstream>& to, Problems& problems) {
  const auto weighted =
      std::ranges::count_if(to, [](const Upstream& one) { return one.weight > 0; });
  if (weighted != 0 && weighted != std::ssize(to)) {
    problems.error(
        where,
        "some of the URLs in `to` have a weight and some have none; Pomerium refuses to start");
  }
  const Scheme first = to.front().scheme;
  const bool streams =
      std::ranges::any_of(to, [](const Upstream& one) { return is_stream(one.scheme); });
  const bool sockets =
      std::ranges::any_of(to, [](const Upstream& one) { return is_socket(one.scheme); });
  const bool mixed =
      std::ranges::any_of(to, [first](const Upstream& one) { return one.scheme != first; });
  if ((streams || sockets) && mixed) {
    problems.error(where,
                   "`to` mixes schemes that cannot stand together; Pomerium refuses to start");
  }
}

std::vector<Upstream> read_to(const Fields& fields) {
  std::vector<Upstream> out;
  const auto to = fields.get("to");
  if (!to) {
    return out;
  }
  Problems& problems = fields.problems();
  std::vector<Value> urls;
  collect_to(*to, urls, problems);
  for (const Value& url : urls) {
    auto upstream = parse_upstream(url.text());
    if (!upstream) {
      problems.error(url, "bad URL in `to`: " + upstream.error().message);
      continue;
    }
    if (has_userinfo(url.text())) {
      problems.warning(url, "Pomerium drops the user and password of a URL in `to`");
    }
    out.push_back(std::move(*upstream));
  }
  if (!out.empty()) {
    check_mixture(*to, out, problems);
  }
  return out;
}

bool has_websocket_upgrade(const Fields& fields) {
  const auto upgrades = fields.strings("allow_upgrades");
  return std::ranges::find(upgrades, "websocket") != upgrades.end();
}

// Pomerium: config/policy.go and config/envoyconfig/routes.go, getTimeouts: what may run for long
// has no limits unless the route says so.
void read_timeouts(const Fields& fields, const RouteDefaults& defaults, Route& out) {
  const bool streams =
      out.from.starts_with("tcp+") || out.from.starts_with("udp+") ||
      std::ranges::any_of(out.to, [](const Upstream& one) { return is_stream(one.scheme); });
  bool mcp_server = false;
  if (const auto mcp = fields.get("mcp"); mcp && mcp->is_map()) {
    mcp_server = Fields(*mcp, "`mcp`", fields.problems()).has("server");
  }
  const bool unlimited = out.websocket || streams || out.kubernetes || mcp_server;
  const auto timeout = fields.duration("timeout");
  const auto idle = fields.duration("idle_timeout");
  for (const auto& [key, span] : {std::pair{"timeout", timeout}, std::pair{"idle_timeout", idle}}) {
    if (span && *span < Duration{}) {
      fields.problems().warning(
          fields.where(key),
          fmt::format("`{}` below 0: Envoy rejects the route table, and all routes "
                      "answer 404 route_not_found",
                      key));
    }
  }
  out.timeout = timeout.value_or(unlimited ? Duration{} : defaults.timeout);
  out.idle_timeout_set = idle.has_value() || unlimited;
  out.idle_timeout = idle.value_or(Duration{});
}

std::shared_ptr<const TlsSettings> read_tls(const Fields& fields, const RouteDefaults& defaults) {
  constexpr std::array<std::string_view, 10> kKeys = {
      "tls_skip_verify",          "tls_server_name",
      "tls_upstream_server_name", "tls_custom_ca",
      "tls_custom_ca_file",       "tls_client_cert",
      "tls_client_cert_file",     "tls_client_key",
      "tls_client_key_file",      "tls_upstream_allow_renegotiation"};
  if (!has_any(fields, kKeys)) {
    return defaults.tls;
  }
  auto out = std::make_shared<TlsSettings>();
  out->skip_verify = fields.boolean("tls_skip_verify").value_or(false);
  out->allow_renegotiation = fields.boolean("tls_upstream_allow_renegotiation").value_or(false);
  out->server_name = fields.string("tls_upstream_server_name").value_or("");
  if (out->server_name.empty()) {
    out->server_name = fields.string("tls_server_name").value_or("");
  }
  out->custom_ca = read_pem(fields, "tls_custom_ca", defaults.files_must_exist);
  out->client_certificate = read_pem(fields, "tls_client_cert", defaults.files_must_exist);
  out->client_key = read_pem(fields, "tls_client_key", defaults.files_must_exist);
  if (out->client_certificate.empty() != out->client_key.empty()) {
    fields.problems().error(
        fields.members().front().key,
        "a client certificate needs both `tls_client_cert` and `tls_client_key`");
  }
  return out;
}

std::shared_ptr<const RequestRewrite> read_rewrite(const Fields& fields,
                                                   const RouteDefaults& defaults) {
  constexpr std::array<std::string_view, 10> kKeys = {"preserve_host_header",
                                                      "host_rewrite",
                                                      "host_rewrite_header",
                                                      "host_path_regex_rewrite_pattern",
                                                      "host_path_regex_rewrite_substitution",
                                                      "prefix_rewrite",
                                                      "regex_rewrite_pattern",
                                                      "regex_rewrite_substitution",
                                                      "set_request_headers",
                                                      "remove_request_headers"};
  if (!has_any(fields, kKeys)) {
    return defaults.rewrite;
  }
  auto out = std::make_shared<RequestRewrite>();
  out->preserve_host_header = fields.boolean("preserve_host_header").value_or(false);
  out->host_rewrite = fields.string("host_rewrite").value_or("");
  out->host_rewrite_header = fields.string("host_rewrite_header").value_or("");
  out->host_path_regex_pattern = fields.string("host_path_regex_rewrite_pattern").value_or("");
  out->host_path_regex_substitution =
      fields.string("host_path_regex_rewrite_substitution").value_or("");
  if (std::string prefix = fields.string("prefix_rewrite").value_or(""); !prefix.empty()) {
    out->prefix_rewrite = std::move(prefix);
  }
  out->regex_rewrite_pattern = fields.string("regex_rewrite_pattern").value_or("");
  out->regex_rewrite_substitution = fields.string("regex_rewrite_substitution").value_or("");
  if (out->prefix_rewrite && !out->regex_rewrite_pattern.empty()) {
    fields.problems().error(
        fields.where("prefix_rewrite"),
        "only one of `prefix_rewrite` and `regex_rewrite_pattern` can be given; "
        "Pomerium refuses to start");
  }
  out->set_request_headers = fields.headers("set_request_headers");
  out->remove_request_headers = fields.strings("remove_request_headers");
  return out;
}

void read_probe_settings(const Fields& fields, const RouteDefaults& defaults, Route& out) {
  out.probe = defaults.probe;
  out.proxy = defaults.proxy;
  const auto block = fields.get("probe");
  if (!block) {
    return;
  }
  auto probe = std::make_shared<ProbeSettings>(*defaults.probe);
  read_probe(*block, ProbeScope::Route, *probe, fields.problems());
  out.probe = std::move(probe);
  if (!block->is_map()) {
    return;
  }
  for (const Value::Member& member : block->members()) {
    if (member.key.text() == "proxy") {
      auto proxy = std::make_shared<ProxySettings>(*defaults.proxy);
      read_proxy(member.value, *proxy, fields.problems());
      out.proxy = std::move(proxy);
    } else if (member.key.text() == "concurrency") {
      fields.problems().error(member.key,
                              "`concurrency` holds for the whole run: it belongs into the "
                              "top-level `probe`");
    }
  }
}

std::string skip_reason(const Fields& fields, const Route& route) {
  if (fields.has("redirect")) {
    return "a redirect: the proxy answers by itself, there is no upstream";
  }
  if (fields.has("response")) {
    return "a fixed response: the proxy answers by itself, there is no upstream";
  }
  if (fields.has("upstream_tunnel")) {
    return "an upstream tunnel: the upstream connects to Pomerium, so it cannot be reached from "
           "here";
  }
  const bool udp =
      std::ranges::any_of(route.to, [](const Upstream& one) { return one.scheme == Scheme::Udp; });
  return udp ? "a UDP upstream: it has no connection that could be probed" : "";
}

std::string default_name(const Route& route) {
  const PathMatch& match = route.match;
  const std::string& path = !match.path.empty()     ? match.path
                            : !match.prefix.empty() ? match.prefix
                                                    : match.regex;
  if (!route.from.empty()) {
    return route.from + path;
  }
  return fmt::format("route on line {}", route.source.line);
}

}  // namespace

PemSource read_pem(const Fields& fields, const std::string& key, bool files_must_exist) {
  PemSource out;
  const std::string file_key = key + "_file";
  out.file = fields.string(file_key).value_or("");
  if (!out.file.empty() && ::access(out.file.c_str(), R_OK) != 0) {
    const std::string message = fmt::format("`{}`: cannot read {}", file_key, out.file);
    files_must_exist ? fields.problems().error(fields.where(file_key), message)
                     : fields.problems().warning(fields.where(file_key), message);
  }
  const auto encoded = fields.string(key);
  if (encoded && !encoded->empty()) {
    const auto text = decode_base64(*encoded);
    if (text) {
      out.text = *text;
    } else {
      fields.problems().error(fields.where(key),
                              fmt::format("`{}` is not base64; Pomerium refuses to start", key));
    }
  }
  return out;
}

bool only_adds_probe(const Value& entry) {
  constexpr std::array<std::string_view, 6> kKeys = {"name", "from",  "prefix",
                                                     "path", "regex", "probe"};
  const auto members = entry.members();
  return !members.empty() && std::ranges::all_of(members, [&](const Value::Member& one) {
    return std::ranges::find(kKeys, one.key.text()) != kKeys.end();
  });
}

Route read_route(const Value& entry, const RouteDefaults& defaults, Problems& problems) {
  Route out;
  const Fields fields(entry, "a route", problems);
  fields.check_keys(Section::Route, UnknownKeys::Warning);
  out.source = problems.position(entry);
  out.from = fields.string("from").value_or("");
  out.match.prefix = fields.string("prefix").value_or("");
  out.match.path = fields.string("path").value_or("");
  out.match.regex = fields.string("regex").value_or("");
  out.name = fields.string("name").value_or("");
  if (out.name.empty()) {
    out.name = default_name(out);
  }
  if (out.from.empty()) {
    problems.error(entry, "a route without `from`; Pomerium refuses to start");
  } else if (out.from.find("://") == std::string::npos) {
    problems.error(fields.where("from"),
                   "`from` must be a URL such as https://wiki.example.com; Pomerium "
                   "refuses to start");
  }
  out.to = read_to(fields);
  out.kubernetes = fields.has("kubernetes_service_account_token") ||
                   fields.has("kubernetes_service_account_token_file");
  out.websocket =
      fields.boolean("allow_websockets").value_or(false) ||
      (fields.has("allow_upgrades") ? has_websocket_upgrade(fields) : defaults.websocket);
  out.lookup_family =
      fields.boolean("enable_google_cloud_serverless_authentication").value_or(false)
          ? DnsLookupFamily::V4Only
          : defaults.lookup_family;
  read_timeouts(fields, defaults, out);
  out.tls = read_tls(fields, defaults);
  out.rewrite = read_rewrite(fields, defaults);
  out.cluster = read_cluster(fields, defaults.cluster);
  read_probe_settings(fields, defaults, out);
  out.skip_reason = skip_reason(fields, out);
  const bool proxy_answers =
      fields.has("redirect") || fields.has("response") || fields.has("upstream_tunnel");
  if (!fields.has("to") && !proxy_answers) {
    problems.error(entry,
                   fmt::format("the route {} has no `to`; Pomerium refuses to start", out.name));
  }
  return out;
}

void add_probe(const Value& entry, Route& route, Problems& problems) {
  const Fields fields(entry, "a route", problems);
  RouteDefaults below;
  below.probe = route.probe;
  below.proxy = route.proxy;
  read_probe_settings(fields, below, route);
}

}  // namespace prober::config

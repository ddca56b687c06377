#include "config/route_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "config/cluster_name.h"
#include "config/cluster_reader.h"
#include "config/probe_reader.h"
#include "config/rewrite_reader.h"
#include "config/route_checks.h"
#include "config/tls_reader.h"
#include "config/to_reader.h"
#include "prober/ascii.h"

namespace prober::config {
namespace {

bool has_upgrade(const std::vector<std::string>& upgrades, std::string_view name) {
  return std::ranges::any_of(upgrades,
                             [name](const std::string& one) { return same_letters(one, name); });
}

void read_upgrades(const Fields& fields, const RouteDefaults& defaults, Route& out) {
  const bool own = fields.has("allow_upgrades");
  const std::vector<std::string> upgrades =
      own ? fields.strings("allow_upgrades") : defaults.upgrades;
  out.websocket =
      fields.boolean("allow_websockets").value_or(false) || has_upgrade(upgrades, "websocket");
  if (own && !fields.has("redirect") && !fields.has("response")) {
    check_upgrades(fields, upgrades);
  }
}

// Pomerium: config/envoyconfig/routes.go, shouldDisableStreamIdleTimeout: what may run for long has
// no limits unless the route says so. The scheme of `from` decides, not that of `to`.
void read_timeouts(const Fields& fields, const RouteDefaults& defaults, Route& out) {
  const bool connects = out.from.starts_with("tcp") || out.from.starts_with("udp");
  bool mcp_server = false;
  if (const auto mcp = fields.get("mcp"); mcp && mcp->is_map()) {
    mcp_server = Fields(*mcp, "`mcp`", fields.problems()).has("server");
  }
  const bool unlimited = out.websocket || connects || out.kubernetes || mcp_server;
  const auto timeout = fields.duration("timeout");
  const auto idle = fields.duration("idle_timeout");
  const bool proxied = !fields.has("redirect") && !fields.has("response");
  for (const auto& [key, span] : {std::pair{"timeout", timeout}, std::pair{"idle_timeout", idle}}) {
    if (proxied && span && *span < Duration{}) {
      fields.problems().all_down(fields.where(key), FaultEffect::RouteNotFound,
                                 fmt::format("`{}` is below 0", key),
                                 "Invalid duration: Expected positive duration");
    }
  }
  out.timeout = timeout.value_or(unlimited ? Duration{} : defaults.timeout);
  out.idle_timeout_set = idle.has_value() || unlimited;
  out.idle_timeout = idle.value_or(Duration{});
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

// Only what has no upstream that could be probed.
std::string skip_reason(const Fields& fields) {
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
  return "";
}

std::shared_ptr<const PathMatch> read_match(const Fields& fields, const RouteDefaults& defaults) {
  PathMatch out = {.prefix = fields.string("prefix").value_or(""),
                   .path = fields.string("path").value_or(""),
                   .regex = fields.string("regex").value_or("")};
  const bool everything = out.prefix.empty() && out.path.empty() && out.regex.empty();
  return everything ? defaults.match : std::make_shared<const PathMatch>(std::move(out));
}

std::string default_name(const Route& route) {
  const PathMatch& match = *route.match;
  const std::string& path = !match.path.empty()     ? match.path
                            : !match.prefix.empty() ? match.prefix
                                                    : match.regex;
  if (!route.from.empty()) {
    return route.from + path;
  }
  return fmt::format("route on line {}", route.source.line);
}

// Faults of global keys that touch this route's cluster. Kubernetes routes go to a cluster of
// Pomerium's own, so what Envoy refuses in theirs does not matter.
std::shared_ptr<const ConfigFault> fault_of(const Route& route, const RouteDefaults& defaults,
                                            std::shared_ptr<const ConfigFault> own) {
  const auto any = [&route](auto test) { return std::ranges::any_of(route.to, test); };
  if (any([](const Upstream& to) { return uses_tls(to.scheme); }) && route.tls->custom_ca.empty()) {
    keep_stronger(own, defaults.tls_fault);
  }
  if (any([](const Upstream& to) { return !is_socket(to.scheme); })) {
    keep_stronger(own, defaults.cluster_fault);
  }
  if (resolves_names(route.to)) {
    keep_stronger(own, defaults.names_fault);
  }
  const bool moot = own && own->effect == FaultEffect::ClusterNotFound &&
                    (route.kubernetes || !route.skip_reason.empty());
  return moot ? nullptr : own;
}

// Only health checks ask for the name, and where there are some, the settings are the route's own.
void name_cluster(Route& route, const std::string& name) {
  if (!route.cluster->health_checks.empty()) {
    auto named = std::make_shared<ClusterSettings>(*route.cluster);
    named->name = name;
    route.cluster = std::move(named);
  }
}

}  // namespace

// Envoy knows an upgrade by its name in any case and refuses one that stands there twice; Pomerium
// adds websocket and spdy/3.1 itself and compares letter by letter.
void check_upgrades(const Fields& fields, const std::vector<std::string>& upgrades) {
  std::vector<std::string> seen = {"websocket", "spdy/3.1"};
  for (const std::string& one : upgrades) {
    const bool exact = std::ranges::find(seen, one) != seen.end();
    if (!exact && has_upgrade(seen, one)) {
      fields.problems().all_down(fields.where("allow_upgrades"), FaultEffect::RouteNotFound,
                                 fmt::format("`allow_upgrades`: {} is there twice, in other "
                                             "letters; write websocket and spdy/3.1 in lower case",
                                             shown(one)),
                                 fmt::format("Duplicate upgrade {}", one));
    }
    if (!one.empty()) {
      seen.push_back(one);
    }
  }
}

bool only_adds_probe(const Value& entry) {
  constexpr std::array<std::string_view, 6> kKeys = {"name", "from",  "prefix",
                                                     "path", "regex", "probe"};
  const auto members = entry.members();
  return !members.empty() && std::ranges::all_of(members, [&](const Value::Member& one) {
    return std::ranges::find(kKeys, one.key.text()) != kKeys.end();
  });
}

ReadRoute read_route(const Value& entry, const RouteDefaults& defaults, Problems& problems) {
  Route out;
  Fields fields(entry, "a route", problems);
  fields.check_pomerium_keys(Section::Route);
  out.source = problems.position(entry);
  out.from = fields.string("from").value_or("");
  out.match = read_match(fields, defaults);
  const std::string given_name = fields.string("name").value_or("");
  out.name = given_name.empty() ? default_name(out) : given_name;
  ToList to = read_to(fields);
  out.to = std::move(to.upstreams);
  out.kubernetes = !fields.string("kubernetes_service_account_token").value_or("").empty() ||
                   !fields.string("kubernetes_service_account_token_file").value_or("").empty();
  read_upgrades(fields, defaults, out);
  out.lookup_family =
      fields.boolean("enable_google_cloud_serverless_authentication").value_or(false)
          ? DnsLookupFamily::V4Only
          : defaults.lookup_family;
  read_timeouts(fields, defaults, out);
  out.tls = read_tls(fields, defaults, out);
  out.rewrite = read_rewrite(fields, defaults, out);
  out.cluster = read_cluster(fields, out, defaults.cluster);
  read_probe_settings(fields, defaults, out);
  out.skip_reason = skip_reason(fields);
  check_route(fields, out, defaults);
  out.fault = fault_of(out, defaults, problems.take_route_fault());
  std::string cluster;
  if (!out.to.empty()) {
    cluster = cluster_name(given_name, out, out.to.size(), to.identity);
    name_cluster(out, cluster);
  }
  return {std::move(out), std::move(cluster)};
}

void add_probe(const Value& entry, Route& route, Problems& problems) {
  const Fields fields(entry, "a route", problems);
  RouteDefaults below;
  below.probe = route.probe;
  below.proxy = route.proxy;
  read_probe_settings(fields, below, route);
}

}  // namespace prober::config

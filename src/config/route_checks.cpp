#include "config/route_checks.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "config/base64.h"
#include "config/global_checks.h"
#include "config/go_types.h"
#include "config/go_url.h"
#include "config/rewrite_reader.h"
#include "prober/ascii.h"

namespace prober::config {
namespace {

constexpr std::size_t kMostDependencies = 5;
constexpr std::size_t kLargestBody = 4096;  // Envoy's max_direct_response_body_size_bytes

// The words of Go for a bad URL, which repeat it. One with user info is not repeated.
std::string_view without_userinfo(std::string_view url) {
  return url.find('@') == std::string_view::npos ? url : "...";
}

std::string url_words(std::string_view url, const std::string& fault) {
  const std::string_view text = without_userinfo(url);
  if (text != url) {
    return "... " + fault.substr(0, fault.find('"'));
  }
  return fault == "url cannot be empty"  ? fault
         : fault.starts_with("url does") ? fmt::format("{} {}", text, fault)
                                         : fmt::format("parse \"{}\": {}", text, fault);
}

void check_from(const Fields& fields, const Route& route) {
  Problems& problems = fields.problems();
  const Value where = fields.where("from");
  const auto url = parse_go_url(route.from);
  if (!url) {
    const bool empty = route.from.empty();
    problems.refused(
        where,
        empty ? "a route without `from`" : "`from` must be a URL such as https://wiki.example.com",
        "config: policy bad source url " + url_words(route.from, url.error().message));
    return;
  }
  const bool http = url->scheme == "http" || url->scheme == "https";
  if (http && !url->path.empty() && url->path != "/") {
    problems.refused(where, "`from` has a path; use `prefix` or `path`",
                     fmt::format("config: policy source url ({}) contains a path, but it should be "
                                 "set using the path field instead",
                                 without_userinfo(route.from)));
  }
  if (url->scheme == "ssh" && !route.to.empty() &&
      (route.to.size() > 1 || route.to.front().scheme != Scheme::Ssh)) {
    problems.refused(where, "a route from ssh:// needs exactly one `to`, of ssh:// too",
                     route.to.size() > 1 ? "only one 'to' entry allowed for ssh routes"
                                         : "'to' route url must have ssh scheme");
  }
}

// A path that no request can have: Envoy's match finds nothing, while the rest of Pomerium works.
void check_match(const Fields& fields, const Route& route) {
  const bool connects = route.from.starts_with("tcp") || route.from.starts_with("udp");
  if (connects) {
    return;
  }
  const PathMatch& match = *route.match;
  if (!match.regex.empty()) {
    check_regex(fields, "regex");
  }
  const auto no_slash = [&](std::string_view key, const std::string& path) {
    if (!path.empty() && !path.starts_with('/')) {
      fields.problems().route_down(
          fields.where(key), FaultEffect::RouteNotFound,
          fmt::format("`{}` must begin with a slash: no request can match", key), "");
      return true;
    }
    return false;
  };
  if (match.regex.empty() && !no_slash("path", match.path) && match.path.empty()) {
    no_slash("prefix", match.prefix);
  }
  if (!match.path.empty() && !match.prefix.empty()) {
    fields.problems().warning(fields.where("prefix"),
                              "`prefix` beside `path`: Pomerium matches the path alone");
  }
}

void check_whitelists(const Fields& fields) {
  const bool open = fields.boolean("allow_public_unauthenticated_access").value_or(false);
  const bool any = fields.boolean("allow_any_authenticated_user").value_or(false);
  const bool listed = fields.has("allowed_domains") || fields.has("allowed_users");
  if (open && (any || listed)) {
    fields.problems().refused(fields.where("allow_public_unauthenticated_access"),
                              "a public route cannot say who may use it",
                              "config: policy route marked as public but contains whitelists");
  } else if (any && listed) {
    fields.problems().refused(fields.where("allow_any_authenticated_user"),
                              "a route for any user cannot say who may use it",
                              "config: policy route marked accessible for any authenticated user "
                              "but contains whitelists");
  }
}

void check_depends_on(const Fields& fields) {
  const std::vector<std::string> hosts = fields.strings("depends_on");
  const Value where = fields.where("depends_on");
  if (hosts.size() > kMostDependencies) {
    fields.problems().refused(where, "`depends_on` has more than 5 hosts",
                              "config: depends_on is limited to 5 additional redirect hosts");
  }
  for (const std::string& host : hosts) {
    const auto url =
        host.find('/') == std::string::npos ? std::nullopt : std::optional(parse_go_url(host));
    if (url && !*url) {
      fields.problems().refused(where, fmt::format("{} in `depends_on` is no host", shown(host)),
                                "config: unsupported depends_on value");
    }
  }
}

void check_mcp(const Fields& fields) {
  const auto block = fields.get("mcp");
  if (!block || !block->is_map()) {
    return;
  }
  const Fields mcp(*block, "`mcp`", fields.problems(), "mcp");
  if (!mcp.has("server") && !mcp.has("client")) {
    fields.problems().refused(*block, "`mcp` needs `server` or `client`",
                              "config: mcp must have either server or client set");
  }
  const auto server = mcp.get("server");
  if (!server || !server->is_map()) {
    return;
  }
  const Fields inner(*server, "`server`", fields.problems(), "mcp.server");
  const std::string text = inner.string("authorization_server_url").value_or("");
  const auto url = parse_go_url(text);
  if (!text.empty() && (!url || url->scheme != "https")) {
    fields.problems().refused(
        inner.where("authorization_server_url"),
        "`authorization_server_url` must be a URL of https",
        url ? fmt::format("config: mcp authorization_server_url must be https, got \"{}\"",
                          url->scheme)
            : "config: invalid mcp authorization_server_url " +
                  url_words(text, url.error().message));
  }
}

void check_redirect(const Fields& fields) {
  const auto block = fields.get("redirect");
  if (!block || !block->is_map()) {
    return;
  }
  Fields redirect(*block, "`redirect`", fields.problems(), "redirect");
  redirect.check_pomerium_keys(Section::Redirect);
  const auto code = redirect.get("response_code");
  const auto number = code && code->is_scalar() ? number_in(*code) : std::nullopt;
  constexpr std::array<double, 5> kCodes = {301, 302, 303, 307, 308};
  if (number && std::ranges::find(kCodes, *number) == kCodes.end()) {
    fields.problems().refused(
        *code, "`response_code` must be 301, 302, 303, 307 or 308",
        fmt::format("config: unsupported redirect response code {} (supported "
                    "values: 301, 302, 303, 307, 308)",
                    *number));
  }
  for (const std::string_view key : {"host_redirect", "path_redirect", "prefix_rewrite"}) {
    check_line(redirect, key);
  }
}

void check_response(const Fields& fields) {
  const auto block = fields.get("response");
  if (!block || !block->is_map() || fields.has("redirect")) {
    return;
  }
  Problems& problems = fields.problems();
  Fields response(*block, "`response`", problems, "response");
  response.check_pomerium_keys(Section::Response);
  const auto status = response.get("status");
  const auto number = status && status->is_scalar() ? number_in(*status) : std::optional(0.0);
  if (number && (*number < 200 || *number >= 600)) {
    problems.all_down(response.where("status"), FaultEffect::RouteNotFound,
                      "`status` of a response must be from 200 to 599",
                      "DirectResponseActionValidationError.Status: value must be inside range "
                      "[200, 600)");
  }
  const std::size_t size = response.string("body").value_or("").size();
  if (size > kLargestBody) {
    problems.all_down(response.where("body"), FaultEffect::RouteNotFound,
                      "`body` of a response is larger than 4096 bytes",
                      fmt::format("response body size is {} bytes; maximum is 4096", size));
  }
}

// Only the outline of Pomerium's policy language: what it says of users is not prober's business.
void check_policy(const Fields& fields) {
  const auto policy = fields.get("policy");
  if (!policy) {
    return;
  }
  Problems& problems = fields.problems();
  const std::vector<Value> rules = policy->is_map() ? std::vector<Value>{*policy} : policy->items();
  if (policy->is_scalar()) {
    problems.refused(*policy, "`policy` of a route must be a list of rules",
                     "invalid rules in policy: unsupported type for rule");
  }
  for (const Value& rule : rules) {
    if (policy->is_sequence() && !rule.is_map()) {
      problems.refused(rule, "a rule in `policy` must be a map of allow or deny",
                       "invalid rules in policy: unsupported type for rules array");
    }
    for (const Value::Member& member : rule.members()) {
      const std::string_view action = member.key.text();
      if (!same_letters(action, "allow") && !same_letters(action, "deny")) {
        problems.refused(member.key,
                         fmt::format("{} in `policy` is neither allow nor deny", shown(action)),
                         fmt::format("invalid action in rule: unsupported action: \"{}\"", action));
      }
    }
  }
}

void check_rewritten_headers(const Fields& fields) {
  const auto list = fields.get("rewrite_response_headers");
  const std::vector<Value> entries = list && list->is_scalar() ? std::vector<Value>{*list}
                                     : list                    ? list->items()
                                                               : std::vector<Value>();
  for (const Value& entry : entries) {
    if (!entry.is_map() && !entry.is_null()) {
      fields.problems().refused(
          entry, "an entry of `rewrite_response_headers` must be a map",
          fields.problems().path_of("rewrite_response_headers[0]") + " expected a map or struct");
    }
  }
}

void check_downstream_ca(const Fields& fields, const RouteDefaults& defaults) {
  if (const std::string file = fields.string("tls_downstream_client_ca_file").value_or("");
      !file.empty()) {
    const Result<std::string>& read = defaults.files->read(file);
    const std::string message =
        fmt::format("`tls_downstream_client_ca_file`: cannot read {}", file);
    const Value where = fields.where("tls_downstream_client_ca_file");
    if (!read && defaults.files_must_exist) {
      fields.problems().refused(
          where, message, "config: couldn't load downstream client ca: " + read.error().message);
    } else if (!read) {
      fields.problems().warning(where, message);
    }
  }
  const std::string text = fields.string("tls_downstream_client_ca").value_or("");
  if (!decode_base64(text)) {
    fields.problems().refused(
        fields.where("tls_downstream_client_ca"), "`tls_downstream_client_ca` is not base64",
        fmt::format("config: couldn't decode downstream client ca: illegal base64 data at input "
                    "byte {}",
                    bad_base64_at(text)));
  }
}

}  // namespace

void check_route(const Fields& fields, const Route& route, const RouteDefaults& defaults) {
  check_from(fields, route);
  const bool proxy_answers = fields.has("redirect") || fields.has("response");
  if (!fields.has("to") && !proxy_answers) {
    fields.problems().refused(
        fields.where("to"), fmt::format("the route `{}` has no `to`", without_userinfo(route.name)),
        "policy should have either `to` or `redirect` or `response` defined");
  }
  check_match(fields, route);
  check_whitelists(fields);
  check_depends_on(fields);
  check_mcp(fields);
  check_redirect(fields);
  check_response(fields);
  check_response_headers(fields);
  check_policy(fields);
  check_rewritten_headers(fields);
  check_downstream_ca(fields, defaults);
  check_token_formats(fields);
  check_identity_providers(fields, defaults.identity);
  if (!fields.string("kubernetes_service_account_token").value_or("").empty() &&
      !fields.string("kubernetes_service_account_token_file").value_or("").empty()) {
    fields.problems().refused(fields.where("kubernetes_service_account_token_file"),
                              "a Kubernetes token is given twice",
                              "config: specified both `kubernetes_service_account_token_file` and "
                              "`kubernetes_service_account_token`");
  }
}

}  // namespace prober::config

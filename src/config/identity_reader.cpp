#include "config/identity_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "config/go_types.h"
#include "config/go_url.h"
#include "prober/address.h"
#include "prober/ascii.h"
#include "prober/host_name.h"

namespace prober::config {
namespace {

using std::string_view;

bool is_jwt(string_view format) {
  return same_letters(format, "jwt") || same_letters(format, "BEARER_TOKEN_FORMAT_JWT");
}

// A URL with user info is not repeated.
string_view quotable(string_view url) {
  return url.find('@') == string_view::npos ? url : "...";
}

bool is_loopback(string_view host) {
  if (const auto ip = IpAddress::parse(host)) {
    return host == "::1" || host.starts_with("127.");
  }
  return is_localhost(host);
}

// Signing keys come over https, or from this machine.
bool is_secure(const GoUrl& url) {
  return url.scheme == "https" || (url.scheme == "http" && is_loopback(split_host(url.host).host));
}

struct Fault {
  string_view key;
  std::string message;
  std::string words;
};

Fault issuer_fault(const std::string& issuer, const std::string& jwks) {
  if (issuer.empty()) {
    return {"issuer", "needs an `issuer`", "issuer is required"};
  }
  if (lower_case(issuer).starts_with("kubernetes:")) {
    return jwks.empty() ? Fault{}
                        : Fault{"jwks_url", "has a `jwks_url` beside a kubernetes:// issuer",
                                "jwks_url must not be set with a kubernetes:// issuer (the JWKS "
                                "URL is the API server's own endpoint)"};
  }
  const auto url = parse_go_url(issuer);
  if (!url) {
    return {"issuer", "has an `issuer` that is no URL such as https://token.example.com",
            fmt::format("issuer \"{}\" must be an absolute URL (scheme://host)", quotable(issuer))};
  }
  if (!is_secure(*url)) {
    return {"issuer", "has an `issuer` without https",
            fmt::format("issuer \"{}\" must use https (http allowed only for loopback)",
                        quotable(issuer))};
  }
  const auto keys = parse_go_url(jwks);
  if (!jwks.empty() && (!keys || !is_secure(*keys))) {
    return {"jwks_url", "has a `jwks_url` that is no URL of https",
            "jwks_url must be an https URL (http allowed only for loopback)"};
  }
  return {};
}

Fault provider_fault(const Fields& provider) {
  const std::string issuer = provider.string("issuer").value_or("");
  Fault fault = issuer_fault(issuer, provider.string("jwks_url").value_or(""));
  if (!fault.words.empty()) {
    return fault;
  }
  if (provider.strings("audiences").empty()) {
    return {"audiences", "needs `audiences`", "at least one audience is required"};
  }
  constexpr std::array<string_view, 10> kAlgorithms = {"RS256", "RS384", "RS512", "PS256", "PS384",
                                                       "PS512", "ES256", "ES384", "ES512", "EdDSA"};
  for (const std::string& one : provider.strings("supported_algs")) {
    if (std::ranges::find(kAlgorithms, one) == kAlgorithms.end()) {
      return {"supported_algs", fmt::format("names an algorithm that is not taken: {}", shown(one)),
              fmt::format("unsupported signing algorithm \"{}\" (allowed: RS/PS/ES 256/384/512, "
                          "EdDSA)",
                          one)};
    }
  }
  return {};
}

void read_provider(const Value::Member& member, Problems& problems, IdentityProviders& out) {
  const std::string name = lower_case(member.key.text());  // as viper makes all keys
  const std::string where = fmt::format("identity_providers[{}]", name);
  if (name.empty() || name.find('/') != std::string::npos) {
    problems.refused(
        member.key, "the name of an identity provider must not be empty nor hold a slash",
        name.empty() ? "config: identity_providers: provider name must not be empty"
                     : fmt::format("config: {}: provider name must not contain '/'", where));
    return;
  }
  if (!member.value.is_map() && !member.value.is_null()) {
    problems.refused(member.value, fmt::format("`{}` must be a map of keys", where),
                     fmt::format("'{}' expected a map or struct", where));
    return;
  }
  const Fields provider(member.value, "an identity provider", problems, where);
  if (const Fault fault = provider_fault(provider); !fault.words.empty()) {
    problems.refused(provider.where(fault.key),
                     fmt::format("the identity provider `{}` {}", name, fault.message),
                     fmt::format("config: {}: {}", where, fault.words));
  }
  const std::string issuer = provider.string("issuer").value_or("");
  const auto same = std::ranges::find_if(
      out.issuers, [&](const auto& one) { return one.second == issuer && one.first != name; });
  if (!issuer.empty() && same != out.issuers.end()) {
    problems.refused(
        provider.where("issuer"),
        fmt::format("the identity providers `{}` and `{}` have the same `issuer`",
                    std::min(same->first, name), std::max(same->first, name)),
        fmt::format("config: identity_providers: issuer \"{}\" used by both \"{}\" "
                    "and \"{}\"",
                    quotable(issuer), std::min(same->first, name), std::max(same->first, name)));
  }
  out.issuers[name] = issuer;
}

}  // namespace

void read_identity_providers(const Fields& fields, IdentityProviders& out) {
  if (const auto format = fields.string("bearer_token_format")) {
    out.jwt_everywhere = is_jwt(*format);
  }
  const auto map = fields.get("identity_providers");
  if (!map) {
    return;
  }
  if (!map->is_map() && !(map->is_sequence() && map->items().empty())) {
    fields.problems().refused(*map, "`identity_providers` at the top must be a map of providers",
                              "'identity_providers' expected a map");
    return;
  }
  for (const Value::Member& member : map->members()) {
    read_provider(member, fields.problems(), out);
  }
}

void check_identity_providers(const Fields& route, const IdentityProviders& known) {
  const auto format = route.string("bearer_token_format");
  const bool jwt = format && !format->empty() ? is_jwt(*format) : known.jwt_everywhere;
  const std::vector<std::string> names = route.strings("identity_providers");
  const Value where = route.where("identity_providers");
  Problems& problems = route.problems();
  if (!jwt) {
    if (!names.empty()) {
      problems.refused(where, "`identity_providers` of a route needs `bearer_token_format: jwt`",
                       "config: identity_providers is only valid on routes with "
                       "bearer_token_format=jwt");
    }
    return;
  }
  if (known.issuers.empty()) {
    problems.refused(route.where("bearer_token_format"),
                     "`bearer_token_format: jwt` needs `identity_providers` at the top",
                     "config: bearer_token_format=jwt requires at least one identity_providers "
                     "entry");
    return;
  }
  for (const std::string& name : names) {
    if (known.issuers.contains(name)) {
      continue;
    }
    const std::string small = lower_case(name);
    const bool near = known.issuers.contains(small);
    problems.refused(where,
                     fmt::format("there is no identity provider {}{}", shown(name),
                                 near ? fmt::format("; write `{}`", small) : ""),
                     near ? fmt::format("references unknown identity provider \"{}\" (provider "
                                        "names are lowercase: did you mean \"{}\"?)",
                                        name, small)
                          : fmt::format("references unknown identity provider \"{}\"", name));
  }
}

void check_jwt_claims_headers(const Fields& fields) {
  const auto value = fields.get("jwt_claims_headers");
  if (!value) {
    return;
  }
  Problems& problems = fields.problems();
  for (const Value::Member& member : value->members()) {
    const std::string name = lower_case(member.key.text());
    const bool token = !name.empty() && std::ranges::all_of(name, [](char c) {
      return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
             string_view("!#$%&'*+-.^_`|~").find(c) != string_view::npos;
    });
    if (!token) {
      problems.refused(member.key,
                       "the name of a header in `jwt_claims_headers` has characters that none has",
                       fmt::format("'jwt_claims_headers' has invalid header name \"{}\"", name));
    }
  }
  const std::vector<Value> items = value->items();
  if (const auto map = std::ranges::find_if(items, &Value::is_map); map != items.end()) {
    problems.refused(*map, "`jwt_claims_headers` must be a list of claims or a map, not a mixture",
                     "'jwt_claims_headers' syntax error: found nested object in array of values");
  }
  if (value->is_scalar() && resolve(*value) != Plain::String &&
      resolve(*value) != Plain::Timestamp) {
    problems.refused(*value, "`jwt_claims_headers` must be a list of claims or a map",
                     fmt::format("'jwt_claims_headers' JWTClaimHeaders must be an object or an "
                                 "array of values, got: {}",
                                 value->text()));
  }
}

}  // namespace prober::config

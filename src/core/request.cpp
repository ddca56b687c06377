#include "prober/request.h"

#include <re2/re2.h>

#include <algorithm>
#include <cctype>

#include "prober/ascii.h"

namespace prober {
namespace {

const std::string* find(const std::vector<HeaderField>& headers, std::string_view name) {
  const auto found = std::ranges::find_if(
      headers, [name](const HeaderField& one) { return same_letters(one.name, name); });
  return found == headers.end() ? nullptr : &found->value;
}

void set(std::vector<HeaderField>& headers, const HeaderField& field) {
  std::erase_if(headers,
                [&field](const HeaderField& one) { return same_letters(one.name, field.name); });
  headers.push_back(field);
}

// RFC 9110, section 5.6.2.
bool is_token(std::string_view name) {
  return std::ranges::all_of(name, [](unsigned char c) {
    return std::isalnum(c) != 0 ||
           std::string_view("!#$%&'*+-.^_`|~").find(static_cast<char>(c)) != std::string_view::npos;
  });
}

bool is_field_value(std::string_view value) {
  return value.find_first_of(std::string_view("\0\r\n", 3)) == std::string_view::npos;
}

// Envoy: CompiledGoogleReMatcher::replaceAll. RE2 leaves the text alone where the substitution
// names a group that the pattern does not have, and so does a pattern that is none.
std::string regex_replace(std::string text, const std::string& pattern,
                          const std::string& substitution) {
  const re2::RE2 regex(pattern, re2::RE2::Quiet);
  if (regex.ok()) {
    re2::RE2::GlobalReplace(&text, regex, substitution);
  }
  return text;
}

// "https://wiki.example.com:8443/x" -> "wiki.example.com:8443"
std::string host_of(std::string_view url) {
  const std::size_t scheme = url.find("://");
  if (scheme != std::string_view::npos) {
    url.remove_prefix(scheme + 3);
  }
  return std::string(url.substr(0, url.find_first_of("/?#")));
}

std::string visitor_path(const Route& route) {
  if (const auto& path = route.probe->path) {
    return *path;
  }
  if (!route.match->path.empty()) {
    return route.match->path;
  }
  return route.match->prefix.empty() ? "/" : route.match->prefix;
}

// Pomerium: config/envoyconfig/routes.go, setRoutePathRewrite. A path in the first `to` counts only
// where the route rewrites nothing itself.
std::string upstream_path(const Route& route) {
  const RequestRewrite& rewrite = *route.rewrite;
  std::string whole = visitor_path(route);
  const std::size_t query = std::min(whole.find('?'), whole.size());
  const std::string path = whole.substr(0, query);
  const std::string rest = whole.substr(query);
  if (!rewrite.regex_rewrite_pattern.empty()) {
    return regex_replace(path, rewrite.regex_rewrite_pattern, rewrite.regex_rewrite_substitution) +
           rest;
  }
  std::optional<std::string> prefix = rewrite.prefix_rewrite;
  if (!prefix && !route.to.empty() && !route.to.front().path.empty()) {
    prefix = route.to.front().path;
  }
  if (!prefix) {
    return whole;
  }
  if (!route.match->path.empty() || !route.match->regex.empty()) {
    return *prefix + rest;
  }
  const std::string matched = route.match->prefix.empty() ? "/" : route.match->prefix;
  return path.starts_with(matched) ? *prefix + path.substr(matched.size()) + rest : whole;
}

// Pomerium: config/envoyconfig/routes.go, setHostRewriteOptions, in its precedence.
std::string authority(const Route& route, const Upstream& upstream) {
  const RequestRewrite& rewrite = *route.rewrite;
  std::string visitor_host = host_of(route.from);
  if (!route.probe->host.empty()) {
    return route.probe->host;
  }
  if (!rewrite.host_rewrite.empty()) {
    return rewrite.host_rewrite;
  }
  if (!rewrite.host_rewrite_header.empty()) {
    const std::string* value = find(route.probe->headers, rewrite.host_rewrite_header);
    return value != nullptr ? *value : visitor_host;
  }
  if (!rewrite.host_path_regex_pattern.empty()) {
    const std::string path = visitor_path(route);
    return regex_replace(path.substr(0, path.find('?')), rewrite.host_path_regex_pattern,
                         rewrite.host_path_regex_substitution);
  }
  if (rewrite.preserve_host_header || is_socket(upstream.scheme)) {
    return visitor_host;
  }
  // A Kubernetes route leads to Pomerium's own reverse proxy, on a port that changes with each
  // start, and that passes its own address on (measured).
  return route.kubernetes ? "127.0.0.1" : upstream.authority;
}

}  // namespace

bool is_safe_method(std::string_view method) {
  return method == "GET" || method == "HEAD" || method == "OPTIONS";
}

bool HttpRequest::grpc() const {
  const std::string* type = find(headers, "content-type");
  constexpr std::string_view kGrpc = "application/grpc";
  if (type == nullptr || !type->starts_with(kGrpc)) {
    return false;
  }
  // Envoy: Grpc::Common::isGrpcRequestHeaders takes application/grpc and application/grpc+...
  return type->size() == kGrpc.size() || (*type)[kGrpc.size()] == '+';
}

std::string invalid_request_header(const Route& route) {
  for (const HeaderField& field : route.rewrite->set_request_headers) {
    if (!is_token(field.name)) {
      return "invalid header name: " + field.name;
    }
    if (!is_field_value(field.value)) {
      return "invalid header value for: " + field.name;
    }
  }
  return "";
}

bool by_connect(const Route& route) {
  return route.from.starts_with("tcp");
}

Transport transport_of(const Route& route, const Upstream& upstream) {
  Transport out{.scheme = upstream.scheme};
  const auto with_tls = [](const Upstream& one) { return uses_tls(one.scheme); };
  const auto first = std::ranges::find_if(route.to, with_tls);
  if (uses_tls(upstream.scheme)) {
    out.tls = &upstream;
  } else if (first != route.to.end()) {
    out.tls = &*first;
  }
  const bool alike = std::ranges::all_of(route.to, [&upstream, &with_tls](const Upstream& one) {
    return with_tls(upstream) ? with_tls(one) : one.scheme == upstream.scheme;
  });
  out.http1_only = route.websocket || !alike;
  const bool not_tunnelled = upstream.scheme == Scheme::Tcp && !by_connect(route);
  if ((upstream.scheme == Scheme::H2c && !alike) || not_tunnelled) {
    out.scheme = Scheme::Http;
  }
  return out;
}

HttpRequest build_request(const Route& route, const Upstream& upstream) {
  HttpRequest out;
  const ProbeSettings& probe = *route.probe;
  out.method = probe.method;
  out.scheme = transport_of(route, upstream).tls != nullptr ? "https" : "http";
  out.authority = authority(route, upstream);
  out.path = upstream_path(route);
  if (by_connect(route)) {
    // An upstream that is not tcp is handed the visitor's CONNECT (measured on Pomerium).
    out.method = "CONNECT";
    out.path = out.authority;
  }
  out.headers = {{"user-agent", "prober"}, {"accept", "*/*"}};
  if (const std::string host = host_of(route.from); !host.empty()) {
    out.headers.push_back({"x-forwarded-host", host});
    out.headers.push_back({"x-forwarded-proto", "https"});
  }
  for (const HeaderField& field : route.rewrite->set_request_headers) {
    if (is_token(field.name) && is_field_value(field.value)) {
      set(out.headers, field);
    }
  }
  // A header that is both set and removed is removed (measured on Pomerium).
  for (const std::string& name : route.rewrite->remove_request_headers) {
    std::erase_if(out.headers,
                  [&](const HeaderField& one) { return same_letters(one.name, name); });
  }
  for (const HeaderField& field : probe.headers) {
    set(out.headers, field);
  }
  out.body = probe.body;
  out.body_bytes = probe.body_bytes;
  return out;
}

}  // namespace prober

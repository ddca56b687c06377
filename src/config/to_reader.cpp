#include "config/to_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "config/upstream_url.h"

namespace prober::config {
namespace {

constexpr std::size_t kLongestSocketPath = 107;  // sockaddr_un

// config/custom.go, StringSlice.UnmarshalJSON: whatever is no map's key, at any depth.
void collect(const Value& value, std::vector<Value>& out) {
  if (value.is_scalar()) {
    out.push_back(value);
  }
  for (const Value& item : value.items()) {
    collect(item, out);
  }
  for (const Value::Member& member : value.members()) {
    collect(member.value, out);
  }
}

bool secret(std::string_view url) {
  return url.find('@') != std::string_view::npos;
}

// The same for people: Go's names of functions say little.
std::string plain_words(const std::string& fault) {
  if (fault.starts_with("strconv.") || fault.starts_with("zero ")) {
    return "bad weight in `to`: after the comma stands a whole number from 1 to 4294967295";
  }
  if (fault == "url cannot be empty") {
    return "an empty URL in `to`";
  }
  if (fault.starts_with("url does not contain") || fault.starts_with("endpoint ")) {
    return "a URL in `to` is not of the form http://host:port";
  }
  return "bad URL in `to`: " + fault;
}

// "http://h:x: parse "http://h:x": invalid port ":x" after host", as Pomerium says it.
std::string pomerium_words(std::string_view url, const std::string& fault) {
  const std::string_view shown_url = secret(url) ? "..." : url;
  if (fault.starts_with("strconv.") || fault.starts_with("zero ") ||
      fault.starts_with("endpoint ")) {
    return fault;
  }
  if (fault.starts_with("url cannot be empty")) {
    return ": " + fault;
  }
  return fault.starts_with("url ")
             ? fmt::format("{}: {} {}", shown_url, shown_url, fault)
             : fmt::format("{}: parse \"{}\": {}", shown_url, shown_url, fault);
}

void check_url(const Value& where, const ToUrl& url, Problems& problems) {
  const Upstream& to = url.upstream;
  if (url.has_userinfo) {
    problems.ignored(where, "the user and password of a URL in `to`");
  }
  if (url.unknown_scheme) {
    problems.warning(where, "a scheme in `to` that Pomerium does not know acts like http");
  }
  if (url.port_too_big) {
    problems.refused(where, "the port of a URL in `to` is above 65535",
                     "invalid SocketAddress.PortValue: value must be less than or equal to 65535");
  }
  if (is_socket(to.scheme) && to.path.empty()) {
    problems.refused(where, "a socket in `to` without a path",
                     "invalid Pipe.Path: value length must be at least 1 runes");
  } else if (is_socket(to.scheme) && to.path.size() > kLongestSocketPath) {
    problems.route_down(where, FaultEffect::ClusterNotFound,
                        "the path of a socket in `to` is longer than 107 bytes",
                        "exceeds maximum UNIX domain socket path size of 108");
  }
}

void check_mixture(const Value& where, const std::vector<Upstream>& to, Problems& problems) {
  const auto weighted =
      std::ranges::count_if(to, [](const Upstream& one) { return one.weight > 0; });
  if (weighted != 0 && weighted != std::ssize(to)) {
    problems.refused(where, "some of the URLs in `to` have a weight and some have none",
                     "either no weights should be provided, or all endpoints must have non-zero "
                     "weight specified");
  }
  const auto has = [&to](Scheme scheme) {
    return std::ranges::any_of(to, [scheme](const Upstream& one) { return one.scheme == scheme; });
  };
  const Scheme first = to.front().scheme;
  if (std::ranges::all_of(to, [first](const Upstream& one) { return one.scheme == first; })) {
    return;
  }
  const std::string_view kind = has(Scheme::Tcp)                              ? "tcp"
                                : has(Scheme::Udp)                            ? "udp"
                                : has(Scheme::Unix) || has(Scheme::HttpsUnix) ? "unix"
                                                                              : "";
  if (!kind.empty()) {
    problems.refused(where, fmt::format("`to` mixes {} with other schemes", kind),
                     fmt::format("config: cannot mix {} and non-{} To URLs", kind, kind));
  } else if (has(Scheme::Https) && has(Scheme::Http)) {
    problems.warning(where, "`to` mixes https and http: Pomerium speaks TLS to the http URLs too");
  }
}

bool bare_ipv6(const Upstream& to) {
  return to.authority.starts_with('[') && to.authority.ends_with(']');
}

}  // namespace

bool is_stream(Scheme scheme) {
  return scheme == Scheme::Tcp || scheme == Scheme::Udp || scheme == Scheme::Ssh;
}

bool resolves_names(const std::vector<Upstream>& to) {
  return !std::ranges::all_of(to, [](const Upstream& one) {
    const auto ip = is_socket(one.scheme) ? std::nullopt : IpAddress::parse(one.host);
    const bool v4 = ip && one.host.find(':') == std::string::npos;
    return is_socket(one.scheme) || v4 || one.host == "localhost" || bare_ipv6(one);
  });
}

ToList read_to(const Fields& route) {
  ToList out;
  const auto to = route.get("to");
  if (!to) {
    return out;
  }
  Problems& problems = route.problems();
  std::vector<Value> urls;
  collect(*to, urls);
  for (const Value& value : urls) {
    auto url = parse_to(value.text());
    if (!url) {
      problems.refused(value, plain_words(url.error().message),
                       pomerium_words(value.text(), url.error().message));
      continue;
    }
    check_url(value, *url, problems);
    out.identity.append(url->identity);
    out.upstreams.push_back(std::move(url->upstream));
  }
  if (urls.empty()) {
    problems.refused(*to, "`to` has no URL", "url list is empty");
  }
  if (out.upstreams.empty()) {
    return out;
  }
  check_mixture(*to, out.upstreams, problems);
  const bool bracketed = std::ranges::any_of(out.upstreams, bare_ipv6);
  if (bracketed && !resolves_names(out.upstreams)) {
    problems.route_down(*to, FaultEffect::ClusterNotFound,
                        "an IPv6 address in `to` without a port is taken with its brackets",
                        "malformed IP address: [...]. Consider setting resolver_name or setting "
                        "cluster type to 'STRICT_DNS' or 'LOGICAL_DNS'");
  }
  return out;
}

}  // namespace prober::config

#include "config/upstream_url.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <utility>

#include "config/go_url.h"

namespace prober::config {
namespace {

std::unexpected<Error> bad(std::string what) {
  return std::unexpected(Error{std::move(what)});
}

std::optional<Scheme> scheme_of(std::string_view name) {
  constexpr std::array<std::pair<std::string_view, Scheme>, 8> kSchemes = {{
      {"http", Scheme::Http},
      {"https", Scheme::Https},
      {"h2c", Scheme::H2c},
      {"tcp", Scheme::Tcp},
      {"udp", Scheme::Udp},
      {"ssh", Scheme::Ssh},
      {"unix", Scheme::Unix},
      {"https+unix", Scheme::HttpsUnix},
  }};
  const auto* found =
      std::ranges::find(kSchemes, name, &std::pair<std::string_view, Scheme>::first);
  return found == kSchemes.end() ? std::nullopt : std::optional(found->second);
}

Result<std::uint32_t> parse_weight(std::string_view text) {
  std::uint32_t out = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  const bool digits =
      !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
  if (!digits || error != std::errc()) {
    return bad(fmt::format("strconv.ParseUint: parsing \"{}\": {}", text,
                           digits ? "value out of range" : "invalid syntax"));
  }
  if (out == 0) {
    return bad("zero load balancing weight not permitted");
  }
  return out;
}

// Go's words quote parts of the text, which may be parts of a password.
Error without_quotes(Error error, std::string_view text) {
  const std::size_t first = error.message.find('"');
  const std::size_t last = error.message.rfind('"');
  if (text.find('@') != std::string_view::npos && first != last) {
    error.message.replace(first, last - first + 1, "...");
  }
  return error;
}

// Pomerium implies 80 for every scheme but https, for tcp too, and also where the number does not
// fit into 32 bits.
void read_port(std::string_view digits, ToUrl& out) {
  out.upstream.port = out.upstream.scheme == Scheme::Https ? 443 : 80;
  std::uint32_t port = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  if (digits.empty() || error != std::errc()) {
    return;
  }
  out.port_too_big = port > 65535;
  out.upstream.port = static_cast<std::uint16_t>(out.port_too_big ? 0 : port);
}

// config/policy.go, generateRouteID; the query is no part of it.
HashInput identity_of(const GoUrl& url, std::uint32_t weight) {
  HashInput out;
  out.text(url.scheme);
  out.text("");  // opaque
  out.byte(url.has_userinfo);
  if (url.has_userinfo) {
    const std::size_t colon = std::min(url.userinfo.find(':'), url.userinfo.size());
    out.text(unescape_go(url.userinfo.substr(0, colon)));
    out.text(unescape_go(url.userinfo.substr(std::min(colon + 1, url.userinfo.size()))));
  }
  out.text(url.host);
  out.text(url.path);
  out.text(url.raw_path);
  out.byte(url.omits_host);
  out.byte(url.forces_query);
  out.text(url.fragment);
  out.text(url.raw_fragment);
  out.number(weight);
  return out;
}

}  // namespace

Result<ToUrl> parse_to(std::string_view text) {
  ToUrl out;
  const std::size_t comma = text.find(',');
  if (comma != std::string_view::npos) {
    const auto weight = parse_weight(text.substr(comma + 1));
    if (!weight) {
      return std::unexpected(without_quotes(weight.error(), text));
    }
    out.upstream.weight = *weight;
    text = text.substr(0, comma);
  }
  const auto url = parse_go_url(text);
  if (!url) {
    return std::unexpected(without_quotes(url.error(), text));
  }
  const auto scheme = scheme_of(url->scheme);
  out.unknown_scheme = !scheme;
  out.has_userinfo = !url->userinfo.empty();
  out.identity = identity_of(*url, out.upstream.weight);
  out.upstream.scheme = scheme.value_or(Scheme::Http);
  out.upstream.path = url->path;
  if (scheme && is_socket(*scheme)) {
    return out;
  }
  const HostPort parts = split_host(url->host);
  if (parts.host.empty()) {
    return bad("endpoint hostname must be specified");
  }
  out.upstream.host = parts.host;
  out.upstream.authority = url->host;
  read_port(parts.port, out);
  return out;
}

}  // namespace prober::config

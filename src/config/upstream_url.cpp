#include "config/upstream_url.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <utility>

namespace prober::config {
namespace {

std::unexpected<Error> bad(std::string what) {
  return std::unexpected(Error{std::move(what)});
}

std::optional<std::uint32_t> to_number(std::string_view text) {
  std::uint32_t out = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  return !text.empty() && error == std::errc() && end == text.data() + text.size()
             ? std::optional(out)
             : std::nullopt;
}

Scheme scheme_of(std::string_view name) {
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
  return found == kSchemes.end() ? Scheme::Http : found->second;
}

// The authority without user info: host and port apart.
Result<void> read_authority(std::string_view authority, Upstream& out) {
  authority.remove_prefix(std::min(authority.rfind('@') + 1, authority.size()));
  out.authority = authority;
  std::string_view port;
  bool has_port = false;
  if (authority.starts_with('[')) {
    const std::size_t end = authority.find(']');
    if (end == std::string_view::npos) {
      return bad("the `[` of its IPv6 address is not closed");
    }
    out.host = authority.substr(1, end - 1);
    authority.remove_prefix(end + 1);
    has_port = authority.starts_with(':');
    port = has_port ? authority.substr(1) : "";
    if (!has_port && !authority.empty()) {
      return bad("something follows the `]` of its IPv6 address");
    }
  } else {
    const std::size_t colon = authority.find(':');
    has_port = colon != std::string_view::npos;
    out.host = authority.substr(0, colon);
    port = has_port ? authority.substr(colon + 1) : "";
  }
  if (out.host.empty()) {
    return bad("it has no host");
  }
  if (out.host.find_first_of(" \t<>\"{}|\\^`%") != std::string::npos) {
    return bad("its host has a character that is not allowed there");
  }
  // Pomerium implies 80 for every scheme but https, for tcp too.
  out.port = out.scheme == Scheme::Https ? 443 : 80;
  if (has_port && !port.empty()) {
    const auto number = to_number(port);
    if (!number || *number > 65535) {
      return bad("its port is not a number from 0 to 65535");
    }
    out.port = static_cast<std::uint16_t>(*number);
  }
  return {};
}

}  // namespace

bool has_userinfo(std::string_view url) {
  const std::size_t start = url.find("://");
  if (start == std::string_view::npos) {
    return false;
  }
  const std::string_view rest = url.substr(start + 3);
  return rest.substr(0, rest.find('/')).find('@') != std::string_view::npos;
}

Result<Upstream> parse_upstream(std::string_view text) {
  Upstream out;
  const std::size_t comma = text.rfind(',');
  if (comma != std::string_view::npos) {
    const auto weight = to_number(text.substr(comma + 1));
    if (!weight) {
      return bad("what follows the comma is not a weight");
    }
    if (*weight == 0) {
      return bad("a weight must be 1 or more");
    }
    out.weight = *weight;
    text = text.substr(0, comma);
  }
  const std::size_t separator = text.find("://");
  if (separator == std::string_view::npos || separator == 0) {
    return bad("it has no scheme such as https://");
  }
  out.scheme = scheme_of(text.substr(0, separator));
  std::string_view rest = text.substr(separator + 3);
  rest = rest.substr(0, rest.find_first_of("?#"));  // ignored by Pomerium
  const std::size_t slash = std::min(rest.find('/'), rest.size());
  out.path = rest.substr(slash);
  if (out.scheme == Scheme::Unix || out.scheme == Scheme::HttpsUnix) {
    return out.path.empty() ? Result<Upstream>(bad("it has no path of a socket")) : out;
  }
  if (const auto read = read_authority(rest.substr(0, slash), out); !read) {
    return std::unexpected(read.error());
  }
  return out;
}

}  // namespace prober::config

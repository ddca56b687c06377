#include "config/go_url.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <optional>

#include "prober/address.h"
#include "prober/ascii.h"

namespace prober::config {
namespace {

using std::string_view;

std::unexpected<Error> bad(std::string what) {
  return std::unexpected(Error{std::move(what)});
}

bool is_alpha(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
bool among(char c, string_view set) {
  return set.find(c) != string_view::npos;
}
bool above_ascii(char c) {
  return static_cast<unsigned char>(c) >= 0x80;
}

int hex(char c) {
  const int lower = std::tolower(static_cast<unsigned char>(c));
  return is_digit(c) ? c - '0' : lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

// What Go's getScheme takes for the scheme; "" when there is none.
Result<string_view> take_scheme(string_view& rest) {
  for (std::size_t i = 0; i < rest.size(); ++i) {
    const char c = rest[i];
    if (c == ':') {
      if (i == 0) {
        return bad("missing protocol scheme");
      }
      const string_view scheme = rest.substr(0, i);
      rest.remove_prefix(i + 1);
      return scheme;
    }
    if (!is_alpha(c) && (i == 0 || (!is_digit(c) && !among(c, "+-.")))) {
      break;
    }
  }
  return string_view();
}

// Replaces %xx; where `host` only a few escapes are allowed.
Result<std::string> unescape(string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i];
      continue;
    }
    if (i + 2 >= text.size() || hex(text[i + 1]) < 0 || hex(text[i + 2]) < 0) {
      return bad(fmt::format("invalid URL escape \"{}\"", text.substr(i, 3)));
    }
    out += static_cast<char>(hex(text[i + 1]) * 16 + hex(text[i + 2]));
    i += 2;
  }
  return out;
}

// As Go spells a decoded part; `plain` is what it leaves alone beside letters and digits.
std::string escape(string_view text, string_view plain) {
  std::string out;
  for (const char c : text) {
    if (is_alpha(c) || is_digit(c) || among(c, plain)) {
      out += c;
    } else {
      out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
  }
  return out;
}

std::optional<std::string> host_fault(string_view host) {
  const bool bracketed = host.starts_with('[');
  const std::size_t zone = bracketed ? host.find("%25") : string_view::npos;
  for (std::size_t i = 0; i < host.size(); ++i) {
    const char c = host[i];
    if (c == '%' && i >= zone) {
      continue;
    }
    if (c == '%') {
      return fmt::format("invalid URL escape \"{}\"", host.substr(i, 3));
    }
    const bool allowed =
        is_alpha(c) || is_digit(c) || above_ascii(c) || among(c, "-_.~!$&'()*+,;=:[]<>\"");
    if (!allowed) {
      return fmt::format("invalid character \"{}{}\" in host name", c == '\\' ? "\\" : "", c);
    }
  }
  return std::nullopt;
}

std::optional<std::string> port_fault(string_view host) {
  string_view port;
  if (host.starts_with('[')) {
    const std::size_t end = host.rfind(']');
    if (end == string_view::npos) {
      return "missing ']' in host";
    }
    port = host.substr(end + 1);
    const string_view literal = host.substr(1, end - 1);
    const string_view ip = literal.substr(0, literal.find('%'));
    const auto address = IpAddress::parse(ip);
    if (!address || ip.find(':') == string_view::npos) {
      return fmt::format("invalid host: ParseAddr(\"{}\"): unable to parse IP", ip);
    }
  } else if (const std::size_t colon = host.find(':'); colon != string_view::npos) {
    port = host.substr(colon);
  }
  const bool sound =
      port.empty() || (port[0] == ':' && std::ranges::all_of(port.substr(1), is_digit));
  return sound ? std::nullopt : std::optional(fmt::format("invalid port \"{}\" after host", port));
}

Result<void> read_authority(string_view authority, GoUrl& out) {
  const std::size_t at = authority.rfind('@');
  if (at != string_view::npos) {
    out.userinfo = authority.substr(0, at);
    out.has_userinfo = true;
    authority.remove_prefix(at + 1);
    const bool sound = std::ranges::all_of(out.userinfo, [](char c) {
      return is_alpha(c) || is_digit(c) || among(c, "-._:~!$&'()*+,;=%@");
    });
    if (!sound || !unescape(out.userinfo)) {
      return bad("net/url: invalid userinfo");
    }
  }
  out.host = authority;
  if (const auto fault = port_fault(authority)) {
    return bad(*fault);
  }
  if (const auto fault = host_fault(authority)) {
    return bad(*fault);
  }
  return {};
}

bool is_unix(string_view scheme) {
  return scheme == "unix" || scheme == "https+unix";
}

// What follows the scheme, without fragment and query.
Result<void> read_hierarchy(string_view rest, GoUrl& out) {
  if (!rest.starts_with('/')) {
    if (!out.scheme.empty()) {
      return {};  // opaque: mailto:x, http:h
    }
    if (rest.substr(0, rest.find('/')).find(':') != string_view::npos) {
      return bad(
          "first path segment in URL cannot contain colon, have you specified protocol "
          "(ex: https)");
    }
  }
  if (rest.starts_with("//")) {
    rest.remove_prefix(2);
    const std::size_t slash = std::min(rest.find('/'), rest.size());
    if (const auto read = read_authority(rest.substr(0, slash), out); !read) {
      return read;
    }
    rest.remove_prefix(slash);
  } else {
    out.omits_host = !out.scheme.empty();
  }
  auto path = unescape(rest);
  if (!path) {
    return std::unexpected(path.error());
  }
  out.path = std::move(*path);
  if (rest != escape(out.path, "-_.~$&+,/:;=@")) {
    out.raw_path = rest;
  }
  return {};
}

}  // namespace

Result<GoUrl> parse_go_url(string_view text) {
  if (text.empty()) {
    return bad("url cannot be empty");
  }
  if (std::ranges::any_of(text, [](char c) { return (c >= 0 && c < 0x20) || c == 0x7f; })) {
    return bad("net/url: invalid control character in URL");
  }
  GoUrl out;
  string_view rest = text;
  const std::size_t hash = std::min(rest.find('#'), rest.size());
  const string_view fragment = rest.substr(std::min(hash + 1, rest.size()));
  rest = rest.substr(0, hash);
  auto decoded = unescape(fragment);
  if (!decoded) {
    return bad("invalid URL escape");
  }
  out.fragment = std::move(*decoded);
  if (fragment != escape(out.fragment, "-_.~$&+,/:;=?@!()*")) {
    out.raw_fragment = fragment;
  }
  const auto scheme = take_scheme(rest);
  if (!scheme) {
    return std::unexpected(scheme.error());
  }
  out.scheme = lower_case(*scheme);
  const std::size_t query = std::min(rest.find('?'), rest.size());
  out.forces_query = query + 1 == rest.size();
  if (const auto read = read_hierarchy(rest.substr(0, query), out); !read) {
    return std::unexpected(read.error());
  }
  if (out.scheme.empty()) {
    return bad("url does not contain a valid scheme");
  }
  if (out.host.empty() && !is_unix(out.scheme)) {
    return bad("url does not contain a valid hostname");
  }
  return out;
}

std::string unescape_go(string_view text) {
  return unescape(text).value_or("");
}

HostPort split_host(string_view host) {
  HostPort out;
  if (host.starts_with('[')) {
    const std::size_t end = std::min(host.rfind(']'), host.size());
    out.bracketed = true;
    out.host = host.substr(1, end - 1);
    host.remove_prefix(std::min(end + 1, host.size()));
    out.port = host.substr(std::min<std::size_t>(1, host.size()));
    return out;
  }
  const std::size_t colon = std::min(host.find(':'), host.size());
  out.host = host.substr(0, colon);
  out.port = host.substr(std::min(colon + 1, host.size()));
  return out;
}

}  // namespace prober::config

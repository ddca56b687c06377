#pragma once

#include <string>
#include <string_view>

#include "prober/error.h"

namespace prober::config {

/// A URL as Go's net/url takes it apart, with what Pomerium asks of every URL.
struct GoUrl {
  std::string scheme;         // lower case
  std::string userinfo;       // as written
  bool has_userinfo = false;  // there may be an empty one
  std::string host;           // as written, with brackets and port
  std::string path;           // decoded
  std::string fragment;       // decoded
  // What Go notes of the spelling: nothing where it would spell the value in the same way.
  std::string raw_path;
  std::string raw_fragment;
  bool omits_host = false;    // scheme:/path
  bool forces_query = false;  // an empty query: http://host/?
};

/// Parses a URL. The Error is in Go's or Pomerium's words, and does not repeat what may be secret.
/// Sources: net/url.Parse of Go 1.26, Pomerium's pkg/urlutil.ParseAndValidateURL. Measured.
[[nodiscard]] Result<GoUrl> parse_go_url(std::string_view text);

/// Replaces the escapes of a part that parse_go_url() took.
[[nodiscard]] std::string unescape_go(std::string_view text);

/// Host and port of GoUrl::host: the host without brackets, the port's digits or "".
struct HostPort {
  std::string_view host;
  std::string_view port;
  bool bracketed = false;
};
[[nodiscard]] HostPort split_host(std::string_view host);

}  // namespace prober::config

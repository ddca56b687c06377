#pragma once

#include <string_view>

#include "prober/error.h"
#include "prober/route.h"

namespace prober::config {

/// One entry of `to`: "https://host:8443/path,50". Weight 0: none given. The Error does not repeat
/// the text, which may hold a password. Source: Pomerium, config/custom.go and pkg/../urlutil;
/// measured: an unknown scheme acts like http.
[[nodiscard]] Result<Upstream> parse_upstream(std::string_view text);

/// Whether the URL has "user:password@", which Pomerium drops.
[[nodiscard]] bool has_userinfo(std::string_view url);

}  // namespace prober::config

#pragma once

#include <string_view>

namespace prober::wire {

/// Whether a DNS name of a certificate covers `name`, as Envoy decides it: case does not count, one
/// `*` anywhere in the left-most label of a pattern with at least two labels stands for a part of
/// one label, never of an A-label; a trailing dot on either side is a difference. Pure.
/// Source: Envoy, source/common/tls/utility.cc, Utility::dnsNameMatch.
[[nodiscard]] bool dns_name_matches(std::string_view name, std::string_view pattern);

/// Whether `name` has the form of `pattern`, in which each `*` stands for any characters and case
/// counts: how Pomerium lets Envoy match a tls_upstream_server_name that has a `*`. Pure.
/// Source: Pomerium, config/envoyconfig, buildSubjectAltNameMatcher.
[[nodiscard]] bool pattern_matches(std::string_view pattern, std::string_view name);

}  // namespace prober::wire

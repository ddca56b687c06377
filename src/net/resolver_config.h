#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace prober::net {

/// The files and variables of a machine that say how names are looked for.
struct ResolverFiles {
  std::string resolv_conf;    // the text of /etc/resolv.conf
  std::string nsswitch_conf;  // of /etc/nsswitch.conf
  std::string local_domain;   // the variable LOCALDOMAIN
  std::string res_options;    // RES_OPTIONS
  std::string host_name;
};

/// How the c-ares inside Envoy looks for a name. The name servers are not here: the library that is
/// linked reads those. Source: c-ares 1.34, src/lib/ares_sysconfig_files.c, ares_search.c and
/// ares_init.c; held against Envoy 1.36 to 1.40 by tests/conformance/resolver_test.py.
struct ResolverConfig {
  std::string sources = "fb";  // in this order: 'f' is /etc/hosts, 'b' is DNS
  std::vector<std::string> domains;
  std::size_t ndots = 1;

  /// Takes what it understands and passes over the rest, as c-ares does: a value with a tab inside
  /// makes its line unreadable.
  [[nodiscard]] static ResolverConfig parse(const ResolverFiles& files);
  /// This machine's.
  [[nodiscard]] static ResolverConfig of_system();

  /// What DNS is asked for, one after the other.
  [[nodiscard]] std::vector<std::string> names_for(const std::string& name) const;
};

/// A name below `.onion`, which no resolver answers. RFC 7686.
[[nodiscard]] bool is_onion(std::string_view name);

}  // namespace prober::net

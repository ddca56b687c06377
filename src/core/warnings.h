#pragma once

#include <cstdint>
#include <vector>

#include "prober/verdict.h"

namespace prober {

/// What needs attention though requests get through: addresses outside expect.ips, certificates
/// about to expire, verification problems that tls_skip_verify hides, names that did not resolve,
/// headroom, answers that are not what `expect` says. Pure.
[[nodiscard]] std::vector<Warning> warnings_of(const Route& route, const Observation& observation,
                                               const std::vector<Headroom>& headroom,
                                               std::int64_t now);

/// How much of each limit the slowest endpoint used. Limits that cannot apply are left out. Pure.
[[nodiscard]] std::vector<Headroom> headroom_of(const Route& route, const Settings& settings,
                                                const Observation& observation);

/// Whether a visitor's tunnel leads nowhere though the proxy opens it: an SSH server without its
/// banner, a UDP port of which ICMP says that nobody is there. Pure.
[[nodiscard]] bool useless_tunnel(const Route& route, const Attempt& attempt);

/// Whether an answer is what `expect` says. Pure.
[[nodiscard]] bool expected_status(const ProbeSettings& probe, int status);
[[nodiscard]] bool expected_body(const ProbeSettings& probe, const HttpFacts& http);

}  // namespace prober

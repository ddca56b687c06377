// Why no connection was made.

#include <fmt/format.h>

#include <cerrno>
#include <cstring>

#include "explanation_words.h"

namespace prober {
namespace {

bool loopback(const Endpoint& endpoint) {
  const auto& bytes = endpoint.ip.bytes;
  return endpoint.path.empty() &&
         (endpoint.ip.v6 ? endpoint.ip == IpAddress::parse("::1") : bytes[0] == 127);
}

// The name has addresses of both families, and the setting made Pomerium take this one.
bool family_by_setting(const Seen& seen) {
  const DnsLookupFamily family = seen.route.lookup_family;
  const Upstream* upstream = seen.upstream();
  const bool name = upstream != nullptr && !IpAddress::parse(upstream->host);
  return name && seen.attempt.endpoint.ip.v6 &&
         (family == DnsLookupFamily::Auto || family == DnsLookupFamily::All);
}

Words explain_refused(const Seen& seen) {
  const std::string where = seen.where();
  if (!seen.attempt.endpoint.path.empty()) {
    return {fmt::format("The socket {} is there, but no process serves it.", where),
            "Start the upstream; a socket that a crashed process left behind must be made anew."};
  }
  if (loopback(seen.attempt.endpoint)) {
    return {fmt::format("Nothing listens on {}: the connection is refused.", where),
            "This is the loopback address of the host or container in which Pomerium itself runs "
            "(`localhost` in `to` is 127.0.0.1, never ::1). Start the upstream there, or, if it "
            "runs elsewhere, write its own name or address; check the port."};
  }
  std::string fix =
      "Start the upstream, or correct the port in `to` (in Kubernetes the port that the pods "
      "serve, not the service's). Inside a container the service must listen on 0.0.0.0, not on "
      "127.0.0.1. After a move, check that the name no longer resolves to the old address.";
  if (family_by_setting(seen)) {
    fix +=
        " If the service listens on IPv4 only, set `dns_lookup_family: V4_PREFERRED` or "
        "V4_ONLY.";
  }
  return {fmt::format("Nothing listens on {}: the connection is refused.", where), std::move(fix)};
}

Words explain_network_unreachable(const Seen& seen) {
  const std::string where = seen.where();
  const bool ours = seen.attempt.connect == ConnectResult::ImmediateError;
  std::string cause =
      ours ? fmt::format("This host has no route to the network of {}.", where)
           : fmt::format("A router on the way to {} says that it has no route to that network.",
                         where);
  if (seen.attempt.endpoint.ip.v6) {
    return {std::move(cause),
            "The upstream is asked over IPv6 and IPv6 does not lead there: set "
            "`dns_lookup_family: V4_PREFERRED` or V4_ONLY, or give Pomerium's host (or its "
            "container network) an IPv6 route."};
  }
  return {std::move(cause),
          "Correct the address in `to`, or add the missing route or VPN on Pomerium's host "
          "(`ip route get ADDRESS` shows what the host would do)."};
}

}  // namespace

Words explain_os_error(const Seen& seen) {
  const std::string where = seen.where();
  switch (seen.attempt.os_error) {
    case ECONNREFUSED:
      return explain_refused(seen);
    case ECONNRESET:
      return {fmt::format("{} accepts connections and resets them at once.", where),
              "Look for something in front of the service that accepts and drops: a load balancer "
              "without backends, a service mesh or TCP wrapper that refuses this client, a server "
              "that crashes as it accepts."};
    case EHOSTUNREACH:
      return {fmt::format("{} cannot be reached: a firewall rejects the connection, or no host "
                          "answers at that address.",
                          where),
              "Open the port for Pomerium's host in the firewall or security group; check that "
              "the upstream's host runs and still has this address."};
    case ENETUNREACH:
      return explain_network_unreachable(seen);
    case EACCES:
    case EPERM:
      if (!seen.attempt.endpoint.path.empty()) {
        return {fmt::format("Access to the socket {} is denied.", where),
                "Give the user that runs Pomerium write permission on the socket and search "
                "permission on its folders."};
      }
      return {fmt::format("Connections to {} are prohibited by a rule: this host's routing table "
                          "or firewall, or a firewall on the way.",
                          where),
              "Look for a `prohibit` route (`ip route get ADDRESS`), the local firewall's output "
              "rules and the security module of Pomerium's host, then at firewalls on the way."};
    case ENOENT:
      return {fmt::format("The socket {} does not exist.", where),
              "Start the upstream, or correct the path in `to`; where Pomerium runs in a "
              "container the socket's folder must be mounted into it."};
    case ENOPROTOOPT:
      return {fmt::format("{} rejects TCP altogether (ICMP protocol unreachable).", where),
              "A firewall or the host itself refuses TCP; open the port for Pomerium's host."};
    case EINVAL:
      return {
          fmt::format("The kernel of this host refuses to connect to {}: invalid argument.", where),
          "Look for a `blackhole` route (`ip route get ADDRESS`), for a source address "
          "(`envoy_bind_config_source_address`) of the other family, and for an address that "
          "cannot be connected to."};
    case ETIMEDOUT:
      return {fmt::format("{} does not answer: the kernel gave up.", where),
              "Open the port in the firewall or security group on the way; check that the host "
              "runs and the address is right."};
    default:
      return {fmt::format("The connection to {} fails: {}.", where,
                          std::strerror(seen.attempt.os_error)),
              "Check address, port, routing and firewalls between Pomerium's host and the "
              "upstream."};
  }
}

Words explain_bind_error(const Seen& seen) {
  const Attempt& attempt = seen.attempt;
  if (attempt.os_error == EINVAL || attempt.os_error == EAFNOSUPPORT) {
    return {fmt::format("Connections to {} cannot begin at {}: the two are of different address "
                        "families.",
                        seen.where(), attempt.bind_address),
            "Set `envoy_bind_config_source_address` to an address of the upstream's family, or "
            "remove it."};
  }
  return {fmt::format("Connections cannot begin at {}: {}.", attempt.bind_address,
                      std::strerror(attempt.os_error)),
          "Set `envoy_bind_config_source_address` to an address that Pomerium's host has "
          "(`ip addr` lists them), or remove it; `envoy_bind_config_freebind` is for addresses "
          "that come later."};
}

Words explain_connection_timeout(const Seen& seen) {
  const std::string where = seen.where();
  const std::string limit = human(seen.route.proxy->connect_timeout);
  if (seen.attempt.connect == ConnectResult::Connected) {
    return {fmt::format("{} accepts the TCP connection, but the TLS handshake is not done within "
                        "{}.",
                        where, limit),
            "If the port serves plain HTTP and waits for a request, write http:// in `to`. Else "
            "the server is overloaded or something on the way holds TLS back. Connect and "
            "handshake share one timeout, which Pomerium fixes at 10 s.",
            kTimeoutDocs};
  }
  return {fmt::format("{} does not answer at all: for {} no packet came back.", where, limit),
          "Open the port for Pomerium's host in the firewall or security group on the way (they "
          "drop in silence). Check that the address is right and the host up, and, if it works "
          "now and then, that the server accepts fast enough: a full backlog looks the same.",
          kTimeoutDocs};
}

}  // namespace prober

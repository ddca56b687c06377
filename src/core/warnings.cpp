#include "warnings.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "prober/host_name.h"
#include "prober/limits.h"

namespace prober {
namespace {

constexpr std::int64_t kDay = 86'400;
// Long enough for a person to renew by hand, short enough that automatic renewal (at a third of 90
// days) is never warned of.
constexpr std::int64_t kExpiryWarning = 21 * kDay;

std::string list_of(const std::vector<IpAddress>& addresses) {
  std::string out;
  for (const IpAddress& address : addresses) {
    out += (out.empty() ? "" : ", ") + address.to_string();
  }
  return out.empty() ? "no address" : out;
}

class Collector {
 public:
  Collector(const Route& route, const Observation& observation, std::int64_t now)
      : route_(route), observation_(observation), now_(now) {}

  std::vector<Warning> run(const std::vector<Headroom>& headroom) {
    names();
    for (const EndpointObservation& endpoint : observation_.endpoints) {
      if (!endpoint.attempts.empty()) {
        judge_endpoint(endpoint.attempts.front());
        samples(endpoint.attempts);
      }
    }
    for (const Headroom& one : headroom) {
      close_to_limit(one);
    }
    return std::move(out_);
  }

 private:
  void add(std::string code, std::string message) {
    Warning warning{std::move(code), std::move(message)};
    if (std::ranges::find(out_, warning) == out_.end()) {
      out_.push_back(std::move(warning));
    }
  }

  void names() {
    const bool some = !observation_.endpoints.empty();
    for (const Lookup& lookup : observation_.lookups) {
      if (lookup.addresses.empty() && some) {
        add("name_not_resolved",
            fmt::format("{} does not resolve ({}); the other upstreams take its requests",
                        lookup.name, to_string(lookup.status)));
      }
      addresses(lookup);
      hosts_file(lookup);
    }
  }

  // Envoy's reading of /etc/hosts is not the system's, which `getent ahosts` shows.
  void hosts_file(const Lookup& lookup) {
    const bool localhost = is_localhost(lookup.name);
    const auto& taken = lookup.addresses;
    const bool lost = std::ranges::any_of(lookup.hosts_file, [&taken](const IpAddress& one) {
      return std::ranges::find(taken, one) == taken.end();
    });
    const bool more = lookup.from_hosts_file() && taken.size() > lookup.hosts_file.size();
    if (!lost && (!more || localhost)) {
      return;
    }
    add("hosts_file", fmt::format("/etc/hosts gives {} {}, but Envoy takes {}: its resolver {}",
                                  lookup.name, list_of(lookup.hosts_file), list_of(taken),
                                  localhost ? "takes only loopback addresses for such names"
                                            : "merges the lines that share an address or a name"));
  }

  void addresses(const Lookup& lookup) {
    const auto& expected = route_.probe->expect_ips;
    if (expected.empty()) {
      return;
    }
    for (const IpAddress& address : lookup.addresses) {
      if (std::ranges::none_of(expected,
                               [&](const Cidr& range) { return range.contains(address); })) {
        std::string ranges;
        for (const Cidr& range : expected) {
          ranges += (ranges.empty() ? "" : ", ") + range.to_string();
        }
        add("unexpected_address", fmt::format("{} resolves to {}, which is not in expect.ips ({})",
                                              lookup.name, address.to_string(), ranges));
      }
    }
  }

  void tunnel(const Attempt& attempt) {
    const std::string where = attempt.endpoint.to_string();
    if (!useless_tunnel(route_, attempt)) {
      return;
    }
    if (attempt.answer == Answer::Unreachable) {
      add("udp_unreachable",
          fmt::format("nobody takes the datagrams to {} ({}), but Pomerium answers a visitor's "
                      "CONNECT-UDP with 200 all the same",
                      where, std::strerror(attempt.os_error)));
    } else {
      add("no_ssh_banner",
          fmt::format("{} takes the connection, but {}: no SSH client gets further", where,
                      attempt.answer == Answer::Silent ? "shows no SSH banner"
                                                       : "closes it without an SSH banner"));
    }
  }

  void judge_endpoint(const Attempt& attempt) {
    tunnel(attempt);
    if (attempt.tls) {
      certificates(attempt, *attempt.tls);
    }
    if (attempt.http && attempt.http->status && attempt.http->complete) {
      answer(attempt, *attempt.http);
    }
  }

  void certificates(const Attempt& attempt, const TlsFacts& tls) {
    for (std::size_t depth = 0; depth < tls.chain.size(); ++depth) {
      const Certificate& certificate = tls.chain[depth];
      const std::int64_t left = certificate.not_after - now_;
      if (left >= 0 && left < kExpiryWarning) {
        add("certificate_expires",
            fmt::format("the certificate {} of {} expires in {} days", certificate.subject,
                        attempt.endpoint.to_string(), left / kDay));
      }
    }
    if (!tls.completed || !route_.tls->skip_verify) {
      return;
    }
    for (const VerifyProblem& problem : tls.problems) {
      add("verification_skipped",
          fmt::format("{}: {} (depth {}), which tls_skip_verify lifts",
                      attempt.endpoint.to_string(), problem.text, problem.depth));
    }
    if (tls.name_mismatch) {
      add("verification_skipped",
          fmt::format("{}: the certificate is not for {}, which tls_skip_verify lifts",
                      attempt.endpoint.to_string(), tls.server_name));
    }
  }

  void answer(const Attempt& attempt, const HttpFacts& http) {
    const std::string where = attempt.endpoint.to_string();
    const int status = http.status.value_or(0);
    if (!expected_status(*route_.probe, status)) {
      add("unexpected_status",
          fmt::format("{} answered {}, which is not an expected status", where, status));
    } else if (!expected_body(*route_.probe, http)) {
      add("unexpected_body",
          fmt::format("the body that {} answered does not contain expect.body_contains", where));
    }
  }

  void samples(const std::vector<Attempt>& attempts) {
    if (attempts.size() < 2) {
      return;
    }
    const auto first = predict(attempts.front(), route_);
    const auto others = std::ranges::count_if(
        attempts, [&](const Attempt& attempt) { return predict(attempt, route_) != first; });
    if (others > 0) {
      add("unstable", fmt::format("{} of {} samples of {} ended otherwise than the first", others,
                                  attempts.size(), attempts.front().endpoint.to_string()));
    }
  }

  void close_to_limit(const Headroom& one) {
    const double used = seconds(one.used) / seconds(one.allowed);
    if (used >= route_.probe->warn_at && used < 1.0) {
      add("headroom", fmt::format("{} of the {} of {} used ({:.0f} %)", human(one.used), one.limit,
                                  human(one.allowed), used * 100));
    }
  }

  const Route& route_;
  const Observation& observation_;
  std::int64_t now_;
  std::vector<Warning> out_;
};

}  // namespace

bool useless_tunnel(const Route& route, const Attempt& attempt) {
  const bool ssh =
      attempt.upstream < route.to.size() && route.to[attempt.upstream].scheme == Scheme::Ssh;
  return attempt.answer == Answer::Unreachable ||
         (ssh && (attempt.answer == Answer::Silent || attempt.answer == Answer::Closed));
}

bool expected_status(const ProbeSettings& probe, int status) {
  if (!probe.expect_status.empty()) {
    return std::ranges::any_of(probe.expect_status, [status](const StatusRange& range) {
      return status >= range.first && status <= range.last;
    });
  }
  return probe.path ? status >= 200 && status <= 399 : status >= 100 && status <= 499;
}

bool expected_body(const ProbeSettings& probe, const HttpFacts& http) {
  return http.body.find(probe.expect_body_contains) != std::string::npos;
}

std::vector<Warning> warnings_of(const Route& route, const Observation& observation,
                                 const std::vector<Headroom>& headroom, std::int64_t now) {
  return Collector(route, observation, now).run(headroom);
}

std::vector<Headroom> headroom_of(const Route& route, const Settings& settings,
                                  const Observation& observation) {
  const Limits limits = limits_of(route, settings);
  Duration connect{};
  Duration whole{};
  Duration gap{};
  for (const EndpointObservation& endpoint : observation.endpoints) {
    for (const Attempt& attempt : endpoint.attempts) {
      const auto& timings = attempt.timings;
      connect = std::max(connect, timings.tls.value_or(timings.connect.value_or(Duration{})));
      const bool answered = attempt.end == End::Answered && attempt.http;
      whole = answered ? std::max(whole, timings.end) : whole;
      gap = answered ? std::max(gap, timings.largest_gap) : gap;
    }
  }
  std::vector<Headroom> out;
  const auto add = [&out](std::string_view limit, Duration allowed, Duration used) {
    if (allowed != Duration{} && used != Duration{}) {
      out.push_back({std::string(limit), allowed, used});
    }
  };
  Duration lookup{};
  for (const Lookup& one : observation.lookups) {
    lookup = one.status == LookupStatus::Ok ? std::max(lookup, one.time) : lookup;
  }
  add("dns_query_timeout", settings.dns.query_timeout, lookup);
  add(to_string(Limit::ConnectTimeout), limits.connect, connect);
  add(to_string(Limit::RouteTimeout), limits.route, whole);
  add(to_string(Limit::StreamIdleTimeout), limits.stream_idle, gap);
  add(to_string(Limit::MaxStreamDuration), limits.max_stream, whole);
  add(to_string(Limit::UpstreamMaxStreamDuration), limits.upstream_max_stream, whole);
  add(to_string(Limit::PerTryTimeout), limits.per_try, whole);
  return out;
}

}  // namespace prober

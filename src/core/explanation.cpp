// Cause and resolution of each error, from what was observed. The resolutions follow Pomerium's
// documentation and what turned out to be wrong in reported cases, in our own words.

#include "prober/explanation.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "explanation_words.h"
#include "warnings.h"

namespace prober {
namespace {

// RFC 9113, section 7.
constexpr std::array<std::string_view, 14> kHttp2Errors = {"NO_ERROR",
                                                           "PROTOCOL_ERROR",
                                                           "INTERNAL_ERROR",
                                                           "FLOW_CONTROL_ERROR",
                                                           "SETTINGS_TIMEOUT",
                                                           "STREAM_CLOSED",
                                                           "FRAME_SIZE_ERROR",
                                                           "REFUSED_STREAM",
                                                           "CANCEL",
                                                           "COMPRESSION_ERROR",
                                                           "CONNECT_ERROR",
                                                           "ENHANCE_YOUR_CALM",
                                                           "INADEQUATE_SECURITY",
                                                           "HTTP_1_1_REQUIRED"};

constexpr std::array<std::string_view, 8> kLimits = {
    "response_timeout",         "upstream_response_timeout",
    "stream_idle_timeout",      "request_overall_timeout",
    "max_duration_timeout",     "upstream_max_stream_duration_reached",
    "upstream_per_try_timeout", "upstream_per_try_idle_timeout"};

}  // namespace

const Upstream* Seen::upstream() const {
  return attempt.upstream < route.to.size() ? &route.to[attempt.upstream] : nullptr;
}

std::string Seen::where() const {
  std::string address = attempt.endpoint.to_string();
  const Upstream* to = upstream();
  if (to == nullptr || to->host.empty() || to->host == attempt.endpoint.ip.to_string()) {
    return address;
  }
  return fmt::format("{} ({})", to->authority, address);
}

bool Seen::over_tls() const {
  const Upstream* to = upstream();
  return to != nullptr && uses_tls(to->scheme);
}

std::string date(std::int64_t seconds_since_1970) {
  const std::chrono::sys_seconds time{std::chrono::seconds(seconds_since_1970)};
  const std::chrono::year_month_day day{std::chrono::floor<std::chrono::days>(time)};
  return fmt::format("{:04}-{:02}-{:02}", static_cast<int>(day.year()),
                     static_cast<unsigned>(day.month()), static_cast<unsigned>(day.day()));
}

std::string some_of(const std::vector<std::string>& texts, std::size_t most) {
  std::string out;
  for (std::size_t i = 0; i < std::min(most, texts.size()); ++i) {
    out += (i == 0 ? "" : ", ") + texts[i];
  }
  return texts.size() > most ? fmt::format("{} and {} more", out, texts.size() - most) : out;
}

std::string_view http2_error_name(std::uint32_t code) {
  return code < kHttp2Errors.size() ? kHttp2Errors.at(code) : "unknown";
}

namespace {

bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

Words explain_no_data(const Route& route, const std::string& name) {
  const std::string_view family = route.lookup_family == DnsLookupFamily::V4Only   ? "IPv4"
                                  : route.lookup_family == DnsLookupFamily::V6Only ? "IPv6"
                                                                                   : "";
  if (family.empty()) {
    return {fmt::format("The name {} exists but has neither an A nor an AAAA record.", name),
            "Add an address record, or correct the host in `to`."};
  }
  return {fmt::format("The name {} has no {} address, and `dns_lookup_family` asks for nothing "
                      "else.",
                      name, family),
          "Set `dns_lookup_family` to V4_PREFERRED (the default), AUTO or ALL, or add a record of "
          "that family. Google Cloud serverless authentication forces V4_ONLY."};
}

Words explain_lookup(const Route& route, const Lookup& lookup) {
  const std::string asked =
      lookup.server.empty() ? "the resolver" : "the DNS server " + lookup.server;
  const std::string& name = lookup.name;
  switch (lookup.status) {
    case LookupStatus::NotFound:
      return {fmt::format("The name {} does not exist: {} answers NXDOMAIN.", name, asked),
              "Check the spelling of the host in `to`, and that the DNS which Pomerium's own host "
              "or container asks has the name; if another server has it, name that one in "
              "`dns_resolvers`. A short name needs its search domain, a container's name the same "
              "container network."};
    case LookupStatus::NoData:
      return explain_no_data(route, name);
    case LookupStatus::Timeout:
      return {fmt::format("There is no answer to the lookup of {} from {} within {}.", name, asked,
                          human(lookup.time)),
              "Check that the DNS server runs and that port 53 (UDP and TCP) is open to it from "
              "Pomerium's host. A silent DNS server also keeps Pomerium from opening its port at "
              "start, for about two minutes: lower `dns_query_timeout` and `dns_query_tries`, or "
              "name a working server in `dns_resolvers`."};
    case LookupStatus::ServerFailure:
      return {
          fmt::format("The lookup of {} ends with SERVFAIL: {} could not find out.", name, asked),
          "Look at the DNS server: its forwarders, the zone, DNSSEC. If it was still starting "
          "when Pomerium asked (a reboot), a low `dns_failure_refresh_rate` shortens the "
          "outage."};
    case LookupStatus::Refused:
      return {
          fmt::format("For {}, {} answers REFUSED: it does not serve this client.", name, asked),
          "Allow Pomerium's address on that DNS server, or name another one in "
          "`dns_resolvers`."};
    case LookupStatus::FormatError:
      return {fmt::format("For {}, {} answers FORMERR: it does not understand the question.", name,
                          asked),
              "The DNS server is broken, or something on the way alters the packets; name another "
              "one in `dns_resolvers`."};
    case LookupStatus::BadName:
      return {fmt::format("{} is not a name that DNS can look up.", name),
              "Correct the host in `to`: labels have 1 to 63 characters, and addresses are written "
              "in full (127.0.0.1, not 127.1)."};
    case LookupStatus::NoServer:
      return {fmt::format("No DNS server could be reached to look up {}.", name),
              "Check that the resolver of Pomerium's host, or the one in `dns_resolvers`, runs and "
              "that port 53 (UDP and TCP) is open to it."};
    case LookupStatus::Literal:
    case LookupStatus::Ok:
    case LookupStatus::Interrupted:
      break;
  }
  return {fmt::format("The name {} has no usable address.", name),
          "Check the DNS records of the name."};
}

Words explain_no_host(const Route& route, const Attempt* attempt,
                      const std::vector<Lookup>& lookups) {
  const auto empty =
      std::ranges::find_if(lookups, [](const Lookup& lookup) { return lookup.addresses.empty(); });
  if (attempt == nullptr && empty != lookups.end()) {
    return explain_lookup(route, *empty);
  }
  const ClusterSettings& cluster = *route.cluster;
  if (cluster.circuit_breakers.max_connection_pools) {
    return {"`max_connection_pools` leaves no connection pool for this upstream.",
            "Take `max_connection_pools` out of `circuit_breaker_thresholds`: 0 blocks everything, "
            "1 serves only the first worker thread."};
  }
  const std::string panic =
      fmt::format("`healthy_panic_threshold` is {}", cluster.healthy_panic_threshold);
  if (cluster.health_checks.empty()) {
    return {fmt::format("Every host has failed so often that outlier detection took it out of "
                        "rotation, and {}, so none is tried all the same.",
                        panic),
            "Repair the upstream: the evidence tells what its requests met. With a "
            "`healthy_panic_threshold` above 0 (50 by default) a visitor would see that error "
            "instead."};
  }
  return {fmt::format("No host is left: each fails its health check or was ejected by outlier "
                      "detection, and {}, so none is tried all the same.",
                      panic),
          "Repair the upstream or the check. Usual flaws of a check: Envoy sends the cluster's "
          "name as Host unless `host` is set (404, 421), speaks HTTP/1 unless `codec_client_type: "
          "HTTP2` (fails on TLS upstreams with h2), and takes every status but 200 for a failure "
          "unless `expected_statuses` lists it."};
}

// Pomerium's side of the tunnel stands, so its answer is 200; the visitor gets no further.
Words explain_useless_tunnel(const Seen& seen) {
  const std::string where = seen.where();
  if (seen.attempt.answer == Answer::Unreachable) {
    return {fmt::format("Nobody takes the datagrams to {}: {}.", where,
                        std::strerror(seen.attempt.os_error)),
            "Start the service, correct address and port in `to`, or have the firewall let UDP "
            "through. Pomerium cannot tell: it answers the visitor's CONNECT-UDP with 200, and the "
            "datagrams are lost."};
  }
  return {fmt::format("{} takes the connection but {}.", where,
                      seen.attempt.answer == Answer::Silent ? "shows no SSH banner"
                                                            : "closes it without an SSH banner"),
          "Check that an SSH server listens on that port, and its log: too many connections "
          "(MaxStartups), an access list or a full disk close them before the banner."};
}

Words explain_own_answer(const Prediction& prediction, const Seen& seen) {
  const std::string where = seen.where();
  if (seen.route.kubernetes && seen.attempt.end != End::Answered) {
    return {fmt::format("{} cannot be used. Kubernetes routes go through Pomerium's own reverse "
                        "proxy, which answers 502 for every failure.",
                        where),
            "The evidence tells what failed; check the API server's address, port and "
            "certificate, and the service account token."};
  }
  if (seen.attempt.answer != Answer::NotAsked && seen.attempt.answer != Answer::Came) {
    return explain_useless_tunnel(seen);
  }
  if (prediction.status >= 500) {
    return {
        fmt::format("{} itself answers {}; Pomerium only passes it on.", where, prediction.status),
        "Look in the application's own log, or in that of a proxy before it: no setting of "
        "Pomerium changes this answer."};
  }
  if (prediction.status == 400 && !seen.over_tls()) {
    return {fmt::format("{} answers 400, as TLS servers do to a plain HTTP request.", where),
            "If the port expects TLS, write https:// in `to`; else the application's log tells "
            "what it misses."};
  }
  if (prediction.status == 404 || prediction.status == 421) {
    return {
        fmt::format("{} answers {}: it does not know this host or path.", where, prediction.status),
        "Check the probe's `path`, and the Host that the upstream is sent: by default it is "
        "the host of `to`; `preserve_host_header` keeps the public name, `host_rewrite` sets "
        "one."};
  }
  if (expected_status(*seen.route.probe, prediction.status)) {
    return {fmt::format("{} answers {} as expected, but its body does not contain the text of "
                        "`expect.body_contains`.",
                        where, prediction.status),
            "Compare the body of the probe's `path` with `expect.body_contains`. An error page or "
            "a sign-in form with status 200 is a usual cause, or a text that comes after the first "
            "`max_body` bytes."};
  }
  return {fmt::format("{} answers {}, which is not an expected status.", where, prediction.status),
          "Check the probe's `path` and `expect.status`, and whether the application needs a "
          "signed-in user there (a probe carries no identity: 401 and 403 are usual)."};
}

// RST as the server accepts: the proxy meets it before or after it has written its request.
bool race_of_reset(const Attempt& attempt) {
  const bool at_connect =
      attempt.connect == ConnectResult::DelayedError && attempt.os_error == ECONNRESET;
  return at_connect || (attempt.second_look == SecondLook::Reset && !attempt.second_look_tls);
}

bool is_limit(std::string_view details) {
  return std::ranges::find(kLimits, details) != kLimits.end();
}

Words words_of_overflow(const Route& route) {
  const CircuitBreakers& breakers = route.cluster->circuit_breakers;
  const std::string_view which =
      breakers.max_pending_requests == 0U ? "max_pending_requests" : "max_requests";
  return {fmt::format("The circuit breaker `{}` is 0, so it lets no request through.", which),
          fmt::format("Raise `{}` in `circuit_breaker_thresholds`, on the route or globally (1024 "
                      "is the default).",
                      which)};
}

Words words_for(const Prediction& prediction, const Route& route, const Attempt* attempt,
                const std::vector<Lookup>& lookups, std::int64_t now) {
  const std::string& details = prediction.details;
  if (contains(details, "{overflow}")) {
    return words_of_overflow(route);
  }
  if (details == "no_healthy_upstream" || attempt == nullptr) {
    return explain_no_host(route, attempt, lookups);
  }
  const Seen seen{route, *attempt, now};
  if (details == "via_upstream") {
    return explain_own_answer(prediction, seen);
  }
  if (is_limit(details)) {
    return explain_limit(seen, details);
  }
  if (race_of_reset(*attempt)) {
    Attempt reset = *attempt;
    reset.os_error = ECONNRESET;
    return explain_os_error({route, reset, now});
  }
  if (contains(details, "{connection_timeout}")) {
    return explain_connection_timeout(seen);
  }
  if (contains(details, "local_connection_failure")) {
    return explain_bind_error(seen);
  }
  if (contains(details, "connect_error:")) {
    return explain_os_error(seen);
  }
  if (contains(details, "remote_connection_failure") && attempt->tls) {
    return explain_handshake(seen, *attempt->tls);
  }
  if (contains(details, "protocol_error")) {
    return explain_protocol_error(seen);
  }
  if (contains(details, "remote_reset") || contains(details, "remote_refused_stream_reset") ||
      contains(details, "remote_error_with_CONNECT")) {
    return explain_stream_reset(seen, details);
  }
  return explain_termination(seen);
}

// ui/src/App.tsx of Pomerium decides by the text. Envoy's own text is sent where no flag is set; a
// gRPC client gets a status without a page; an answer that has begun can only be cut off.
std::string page_for(const Prediction& prediction, const Attempt* attempt) {
  const bool asked =
      prediction.details != "no_healthy_upstream" && !contains(prediction.details, "{overflow}");
  const bool begun = asked && attempt != nullptr && attempt->http && attempt->http->status;
  if (prediction.details == "via_upstream" || prediction.flags.empty() || begun ||
      prediction.status < 400) {
    return "";
  }
  const bool down =
      contains(prediction.details, "upstream") && !contains(prediction.details, "local");
  return down ? "Web Server is down" : fmt::format("{} {}", prediction.status, prediction.details);
}

}  // namespace

Explanation explain(const Prediction& prediction, const Route& route, const Attempt* attempt,
                    const std::vector<Lookup>& lookups, std::int64_t now) {
  Words words = words_for(prediction, route, attempt, lookups, now);
  const bool fails = prediction.details != "via_upstream";
  if (attempt != nullptr && fails && race_of_reset(*attempt)) {
    words.cause +=
        " Whether Pomerium notices before or after it sends the request is chance, so "
        "either answer may come.";
  }
  const auto& policy = route.proxy->retry_policy;
  if (policy && !prediction.flags.empty() &&
      prediction.flags.front() == ResponseFlag::UpstreamRetryLimitExceeded) {
    words.cause += fmt::format(" All {} tries end like this.", policy->num_retries + 1);
  }
  return {std::move(words.cause), std::move(words.resolution), words.docs,
          page_for(prediction, attempt)};
}

}  // namespace prober

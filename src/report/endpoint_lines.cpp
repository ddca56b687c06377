#include "report/endpoint_lines.h"

#include <fmt/format.h>

#include <algorithm>

#include "report/public_headers.h"
#include "report/words.h"

namespace prober::report {
namespace {

std::string lookup_text(const Lookup& lookup) {
  std::string out =
      fmt::format("{} {} in {}", lookup.name, to_string(lookup.status), prober::human(lookup.time));
  out += lookup.server.empty() ? "" : " from " + lookup.server;
  for (std::size_t i = 0; i < lookup.addresses.size(); ++i) {
    out += (i == 0 ? ": " : ", ") + lookup.addresses[i].to_string();
  }
  return out;
}

std::string timings_text(const Attempt& attempt) {
  std::string out = fmt::format("{} {}:", attempt.endpoint.to_string(), to_string(attempt.stage));
  const auto add = [&out](std::string_view name, const std::optional<Duration>& at) {
    if (at) {
      out += fmt::format(" {} {},", name, prober::human(*at));
    }
  };
  add("connected", attempt.timings.connect);
  add("TLS", attempt.timings.tls);
  add("first byte", attempt.timings.first_byte);
  out += " end " + prober::human(attempt.timings.end);
  return attempt.looks > 1 ? out + fmt::format(", {} looks", attempt.looks) : out;
}

std::string tls_text(const TlsFacts& tls) {
  std::string out = tls.completed ? fmt::format("{} {}", tls.version, tls.cipher) : "not completed";
  out += fmt::format(", SNI {}", tls.server_name);
  out += tls.alpn.empty() ? "" : ", ALPN " + tls.alpn;
  return tls.chain.empty() ? out
                           : out + ", certificate valid to " + day(tls.chain.front().not_after);
}

std::string http_text(const HttpFacts& http) {
  std::string out = http.version == HttpVersion::Http2 ? "HTTP/2" : "HTTP/1";
  out += http.status ? fmt::format(" {}", *http.status) : " without a complete head";
  out +=
      fmt::format(", {} bytes of body{}", http.body_bytes, http.complete ? "" : ", not complete");
  for (const HeaderField& field : public_headers(http.headers)) {
    out += fmt::format(", {}: {}", field.name, field.value);
  }
  return out;
}

void add_attempt(const Attempt& attempt, int verbosity, std::vector<Line>& out) {
  out.push_back({"time", timings_text(attempt)});
  if (attempt.tls) {
    out.push_back({"tls", tls_text(*attempt.tls)});
    for (const Certificate& one : attempt.tls->chain) {
      if (verbosity > 1) {
        out.push_back(
            {"cert", fmt::format("{} ({}), issued by {}, valid from {} to {}", one.subject, one.key,
                                 one.issuer, day(one.not_before), day(one.not_after))});
      }
    }
  }
  if (attempt.http) {
    out.push_back({"http", http_text(*attempt.http)});
  }
}

}  // namespace

std::vector<Line> endpoint_lines(const RouteReport& route, int verbosity) {
  std::vector<Line> out;
  for (const Lookup& lookup : route.observation.lookups) {
    if (lookup.status != LookupStatus::Literal) {
      out.push_back({"dns", lookup_text(lookup)});
    }
  }
  for (const EndpointObservation& endpoint : route.observation.endpoints) {
    const std::size_t shown = verbosity > 1 ? endpoint.attempts.size()
                                            : std::min<std::size_t>(1, endpoint.attempts.size());
    for (std::size_t i = 0; i < shown; ++i) {
      add_attempt(endpoint.attempts[i], verbosity, out);
    }
    if (endpoint.health) {
      out.push_back({"check", endpoint.health->healthy
                                  ? "the health check passes"
                                  : "the health check fails: " + endpoint.health->why});
    }
  }
  for (const Headroom& one : route.verdict.headroom) {
    const double used = one.allowed == Duration{} ? 0 : seconds(one.used) / seconds(one.allowed);
    out.push_back(
        {"limit", fmt::format("{}: {} of {} used ({:.0f} %)", one.limit, prober::human(one.used),
                              prober::human(one.allowed), 100 * used)});
  }
  return out;
}

}  // namespace prober::report

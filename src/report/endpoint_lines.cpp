#include "report/endpoint_lines.h"

#include <fmt/format.h>

#include <algorithm>

#include "report/public_headers.h"
#include "report/time_bar.h"
#include "report/words.h"

namespace prober::report {
namespace {

constexpr std::size_t kMostSans = 10;

std::string lookup_text(const Lookup& lookup) {
  std::string out =
      fmt::format("{} {} in {}", lookup.name, to_string(lookup.status), prober::human(lookup.time));
  out += lookup.server.empty() ? "" : " from " + lookup.server;
  for (std::size_t i = 0; i < lookup.addresses.size(); ++i) {
    out += (i == 0 ? ": " : ", ") + lookup.addresses[i].to_string();
  }
  return out;
}

struct Scale {
  Duration slowest{};
  std::size_t address = 0;  // columns of the longest
};

Scale scale_of(const Observation& observation) {
  Scale out{slowest(observation), 0};
  for (const EndpointObservation& endpoint : observation.endpoints) {
    for (const Attempt& attempt : endpoint.attempts) {
      out.address = std::max(out.address, attempt.endpoint.to_string().size());
    }
  }
  return out;
}

void add_timings(const Attempt& attempt, const Scale& scale, const LineOptions& options,
                 std::vector<Line>& out) {
  const std::string address = attempt.endpoint.to_string();
  const std::string end = prober::human(attempt.timings.end);
  const std::string bar =
      options.bar > 0 ? time_bar(attempt, scale.slowest, options.bar, options.ascii) + "  " : "";
  out.push_back({"time", fmt::format("{:<{}}  {}{}", address, scale.address, bar, end)});
  std::string words = time_words(attempt, options.bar > 0, options.ascii);
  if (attempt.end != End::Answered && attempt.end != End::Connected) {
    words += fmt::format("{}ended in {}", words.empty() ? "" : "; ", to_string(attempt.stage));
  }
  words += attempt.looks > 1 ? fmt::format(" after {} looks", attempt.looks) : "";
  out.push_back({"", words});
}

void add_tls(const TlsFacts& tls, int verbosity, std::vector<Line>& out) {
  std::string text =
      tls.completed ? fmt::format("{} {}", tls.version, tls.cipher) : "not completed";
  text += fmt::format(", SNI {}", tls.server_name);
  text += tls.alpn.empty() ? "" : ", ALPN " + tls.alpn;
  text += tls.chain.empty() ? "" : ", certificate valid to " + day(tls.chain.front().not_after);
  out.push_back({"tls", text});
  for (const VerifyProblem& problem : tls.problems) {
    out.push_back({"", fmt::format("at depth {}: {}", problem.depth, problem.text)});
  }
  if (tls.name_mismatch) {
    out.push_back({"", "no SAN is " + tls.server_name});
  }
  for (std::size_t depth = 0; verbosity > 1 && depth < tls.chain.size(); ++depth) {
    const Certificate& one = tls.chain[depth];
    std::string words =
        fmt::format("{}: {} ({}), issued by {}, valid from {} to {}", depth, one.subject, one.key,
                    one.issuer, day(one.not_before), day(one.not_after));
    words += one.sans.empty() ? "" : ", for " + some_of(one.sans, kMostSans);
    out.push_back({"cert", words});
  }
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

void add_attempt(const Attempt& attempt, const Scale& scale, const LineOptions& options,
                 std::vector<Line>& out) {
  add_timings(attempt, scale, options, out);
  if (attempt.tls) {
    add_tls(*attempt.tls, options.verbosity, out);
  }
  if (!attempt.banner.empty()) {
    out.push_back({"ssh", attempt.banner});
  }
  if (attempt.http) {
    out.push_back({"http", http_text(*attempt.http)});
  }
}

}  // namespace

std::vector<Line> endpoint_lines(const RouteReport& route, const LineOptions& options) {
  const Scale scale = scale_of(route.observation);
  std::vector<Line> out;
  for (const Lookup& lookup : route.observation.lookups) {
    if (lookup.status != LookupStatus::Literal) {
      out.push_back({"dns", lookup_text(lookup)});
    }
  }
  for (const EndpointObservation& endpoint : route.observation.endpoints) {
    const std::size_t shown = options.verbosity > 1
                                  ? endpoint.attempts.size()
                                  : std::min<std::size_t>(1, endpoint.attempts.size());
    for (std::size_t i = 0; i < shown; ++i) {
      add_attempt(endpoint.attempts[i], scale, options, out);
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

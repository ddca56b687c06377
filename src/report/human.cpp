// The report for people. A broken route's block:
//
//   ✗ wiki  FAILING
//     503 UF upstream_reset_before_response_started{remote_connection_failure|...}
//     why   Nothing listens on wiki.internal:8443 (10.0.0.5:8443): the connection is refused.
//     seen  connect to 10.0.0.5:8443 failed after 312 us: Connection refused
//     fix   Start the upstream, or correct host and port in `to`. ...
//     docs  https://...

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "report/escape.h"
#include "report/report.h"

namespace prober::report {
namespace {

constexpr std::size_t kLabel = 6;  // "seen  "
constexpr std::size_t kMostEvidence = 6;

struct Look {
  std::string_view symbol;
  std::string_view ascii;
  std::string_view colour;  // SGR; blue, orange and bold differ for the colour-blind too
};

Look look_of(State state) {
  switch (state) {
    case State::Healthy:
      return {"✓", "ok", "34"};
    case State::Warning:
      return {"!", "!", "33"};
    case State::Degraded:
      return {"◐", "~", "1;33"};
    case State::Failing:
      return {"✗", "X", "1;31"};
    case State::Unknown:
      return {"?", "?", "35"};
    case State::Skipped:
      return {"-", "-", "2"};
  }
  std::unreachable();
}

std::string upper(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), [](char c) {
    return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  });
  return out;
}

class Writer {
 public:
  Writer(const Report& report, const HumanOptions& options) : report_(report), options_(options) {}

  std::string run() {
    const Summary summary = summarise(report_);
    for (const std::size_t index : broken_first(report_)) {
      const RouteReport& one = report_.routes[index];
      const bool dull = one.verdict.state == State::Healthy || one.verdict.state == State::Skipped;
      if (!options_.quiet || !dull) {
        route(one);
      }
    }
    const bool all_well = summary.healthy + summary.skipped == summary.routes;
    if (!options_.quiet || !all_well) {
      summary_line(summary);
    }
    return std::move(out_);
  }

 private:
  std::string paint(std::string_view text, std::string_view colour) const {
    return options_.colour ? fmt::format("\x1b[{}m{}\x1b[0m", colour, text) : std::string(text);
  }

  [[nodiscard]] std::size_t width() const {
    return static_cast<std::size_t>(std::clamp(options_.width, 40, 200));
  }

  void block(std::string_view label, std::string_view text) {
    const std::string indent(4 + kLabel, ' ');
    std::string lines = wrap(escape_control(text), width(), indent);
    const std::string head = fmt::format("    {:<{}}", label, kLabel);
    lines.replace(0, indent.size(), options_.colour ? "    " + paint(head.substr(4), "2") : head);
    out_ += lines + "\n";
  }

  void route(const RouteReport& one) {
    const Verdict& verdict = one.verdict;
    const Look look = look_of(verdict.state);
    const std::string_view symbol = options_.ascii ? look.ascii : look.symbol;
    out_ += fmt::format("{} {}  {}", paint(symbol, look.colour),
                        paint(escape_control(one.route->name), "1"),
                        paint(upper(to_string(verdict.state)), look.colour));
    if (verdict.state == State::Healthy || verdict.state == State::Warning) {
      out_ += healthy_tail(one);
    }
    out_ += "\n";
    if (!verdict.reason.empty()) {
      block("why", verdict.reason);
    }
    int race = 0;
    for (const PredictedOutcome& outcome : verdict.outcomes) {
      const bool interesting = verdict.state == State::Failing || verdict.state == State::Degraded;
      if (interesting) {
        const bool same_race = outcome.race != 0 && outcome.race == race;
        race = outcome.race;
        broken_outcome(outcome, verdict.outcomes.size() > 1, same_race);
      }
    }
    for (const Warning& warning : verdict.warnings) {
      block("note", warning.message);
    }
    if (options_.verbosity > 0) {
      details(one);
    }
  }

  std::string healthy_tail(const RouteReport& one) const {
    if (one.verdict.outcomes.empty()) {
      return "";
    }
    Duration slowest{};
    for (const EndpointObservation& endpoint : one.observation.endpoints) {
      slowest = endpoint.attempts.empty()
                    ? slowest
                    : std::max(slowest, endpoint.attempts.front().timings.end);
    }
    const std::size_t count = one.observation.endpoints.size();
    return fmt::format("  {} in {}{}", one.verdict.outcomes.front().prediction.status,
                       prober::human(slowest),
                       count > 1 ? fmt::format(", {} endpoints", count) : "");
  }

  static std::string share_text(const PredictedOutcome& outcome) {
    const double share = outcome.share.value_or(outcome.race_share);
    const std::string part =
        share > 0.9995 ? "every request" : fmt::format("{:.0f} % of requests", share * 100);
    return outcome.share ? part : part + ", or one of the others by chance";
  }

  void broken_outcome(const PredictedOutcome& outcome, bool several, bool same_race) {
    const std::string flags = to_string(outcome.prediction.flags);
    const std::string line =
        fmt::format("{}{}{} {}", outcome.prediction.status, flags.empty() ? "" : " ", flags,
                    escape_control(outcome.prediction.details));
    std::string lines = wrap(line, width(), "    ");
    out_ += (outcome.fails ? paint(lines, "1") : lines) + "\n";
    if (several) {
      std::string where = share_text(outcome);
      if (!outcome.endpoints.empty()) {
        where += ": " + endpoints_text(outcome.endpoints);
      }
      block("who", where);
    }
    if (!outcome.explanation || same_race) {
      return;
    }
    const Explanation& words = *outcome.explanation;
    block("why", words.cause);
    for (std::size_t i = 0; i < std::min(kMostEvidence, outcome.evidence.size()); ++i) {
      block(i == 0 ? "seen" : "", outcome.evidence[i]);
    }
    block("fix", words.resolution);
    if (!words.page.empty()) {
      block("page", words.page);
    }
    block("docs", words.docs);
    if (!outcome.prediction.exact) {
      block("note", "the text within TLS_error is the nearest match, not exact");
    }
  }

  static std::string endpoints_text(const std::vector<std::string>& endpoints) {
    constexpr std::size_t kMost = 4;
    std::string out;
    for (std::size_t i = 0; i < std::min(kMost, endpoints.size()); ++i) {
      out += (i == 0 ? "" : ", ") + endpoints[i];
    }
    return endpoints.size() > kMost ? fmt::format("{} and {} more", out, endpoints.size() - kMost)
                                    : out;
  }

  void details(const RouteReport& one) {
    for (const Lookup& lookup : one.observation.lookups) {
      if (lookup.status != LookupStatus::Literal) {
        block("dns",
              fmt::format("{}: {} in {}, {} addresses{}", lookup.name, to_string(lookup.status),
                          prober::human(lookup.time), lookup.addresses.size(),
                          lookup.server.empty() ? "" : ", from " + lookup.server));
      }
    }
    for (const EndpointObservation& endpoint : one.observation.endpoints) {
      const std::size_t most = options_.verbosity > 1 ? endpoint.attempts.size() : 1;
      for (std::size_t i = 0; i < std::min(most, endpoint.attempts.size()); ++i) {
        attempt(endpoint.attempts[i]);
      }
      if (endpoint.health) {
        block("check", endpoint.health->healthy
                           ? "the health check passes"
                           : "the health check fails: " + endpoint.health->why);
      }
    }
    for (const Headroom& headroom : one.verdict.headroom) {
      block("limit", fmt::format("{}: {} of {} ({:.0f} %)", headroom.limit,
                                 prober::human(headroom.used), prober::human(headroom.allowed),
                                 100 * seconds(headroom.used) / seconds(headroom.allowed)));
    }
  }

  void attempt(const Attempt& attempt) {
    const Timings& timings = attempt.timings;
    std::string text = attempt.endpoint.to_string() + ":";
    const auto add = [&text](std::string_view name, const std::optional<Duration>& at) {
      if (at) {
        text += fmt::format(" {} {},", name, prober::human(*at));
      }
    };
    add("connected", timings.connect);
    add("TLS", timings.tls);
    add("first byte", timings.first_byte);
    text += fmt::format(" end {} ({})", prober::human(timings.end), to_string(attempt.stage));
    block("time", text);
    if (options_.verbosity > 1 && attempt.tls) {
      for (const Certificate& certificate : attempt.tls->chain) {
        block("cert", fmt::format("{} ({}), issued by {}", certificate.subject, certificate.key,
                                  certificate.issuer));
      }
    }
  }

  void summary_line(const Summary& summary) {
    std::string counts;
    const auto add = [&counts](int count, std::string_view word) {
      if (count > 0) {
        counts += fmt::format("{}{} {}", counts.empty() ? "" : ", ", count, word);
      }
    };
    add(summary.failing, "failing");
    add(summary.degraded, "degraded");
    add(summary.unknown, "unknown");
    add(summary.warning, "with warnings");
    add(summary.healthy, "healthy");
    add(summary.skipped, "skipped");
    out_ +=
        fmt::format("{} route{}: {} ({}, as Envoy {})\n", summary.routes,
                    summary.routes == 1 ? "" : "s", counts.empty() ? "nothing to probe" : counts,
                    prober::human(report_.duration), to_string(report_.proxy));
  }

  const Report& report_;
  const HumanOptions& options_;
  std::string out_;
};

}  // namespace

std::string human(const Report& report, const HumanOptions& options) {
  return Writer(report, options).run();
}

}  // namespace prober::report

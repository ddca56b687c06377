// Prometheus' text format (prometheus.io/docs/instrumenting/exposition_formats). What
// blackbox_exporter has too bears its name and meaning, so that its dashboards and alerts work; the
// rest begins with prober_. No label holds response code details: they may carry what an upstream
// sent, and every new text would be a new time series.

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <iterator>
#include <map>
#include <set>

#include "report/escape.h"
#include "report/report.h"
#include "report/stages.h"
#include "report/words.h"

namespace prober::report {
namespace {

std::string label_value(std::string_view text) {
  std::string out;
  for (const char c : escape_control(text)) {
    out += c == '\\' || c == '"' ? std::string{'\\', c} : std::string(1, c);
  }
  return out;
}

bool good(State state) {
  return state == State::Healthy || state == State::Warning;
}

const Attempt* slowest_attempt(const RouteReport& route) {
  const Attempt* out = nullptr;
  for (const EndpointObservation& endpoint : route.observation.endpoints) {
    const Attempt* one = endpoint.attempts.empty() ? nullptr : &endpoint.attempts.front();
    if (one != nullptr && (out == nullptr || one->timings.end > out->timings.end)) {
      out = one;
    }
  }
  return out;
}

Duration lookup_time(const Observation& observation) {
  Duration out{};
  for (const Lookup& lookup : observation.lookups) {
    out = std::max(out, lookup.time);
  }
  return out;
}

std::optional<std::int64_t> earliest_expiry(const Attempt& attempt) {
  std::optional<std::int64_t> out;
  if (attempt.tls) {
    for (const Certificate& one : attempt.tls->chain) {
      out = out ? std::min(*out, one.not_after) : one.not_after;
    }
  }
  return out;
}

class Writer {
 public:
  explicit Writer(const Report& report) : report_(report) {
    std::set<std::string> seen;
    for (const RouteReport& one : report.routes) {
      std::string label = label_value(one.route->name);
      // The same series twice would make Prometheus refuse the whole file.
      for (int number = 2; !seen.insert(label).second; ++number) {
        label = fmt::format("{} ({})", label_value(one.route->name), number);
      }
      labels_.push_back(fmt::format("route=\"{}\"", label));
    }
  }

  std::string run() {
    of_run();
    as_blackbox_exporter();
    phases();
    of_routes();
    predictions();
    endpoints();
    limits();
    retries();
    baseline();
    return std::move(out_);
  }

 private:
  using Emit = std::function<void(std::string_view labels, double value)>;

  void family(std::string_view name, std::string_view help) {
    family_ = name;
    fmt::format_to(std::back_inserter(out_), "# HELP {0} {1}\n# TYPE {0} gauge\n", name, help);
  }

  void sample(std::string_view labels, double value) {
    auto to = std::back_inserter(out_);
    labels.empty() ? fmt::format_to(to, "{} {}\n", family_, value)
                   : fmt::format_to(to, "{}{{{}}} {}\n", family_, labels, value);
  }

  template <class Function>
  void each(Function function, bool skipped_too = false) {
    for (std::size_t i = 0; i < report_.routes.size(); ++i) {
      if (skipped_too || report_.routes[i].verdict.state != State::Skipped) {
        function(report_.routes[i], labels_[i]);
      }
    }
  }

  void of_run() {
    family("prober_build_info", "Version of prober, and the proxy whose answers it predicts.");
    sample(fmt::format("version=\"{}\",proxy=\"envoy-{}\"", label_value(report_.version),
                       to_string(report_.proxy)),
           1);
    family("prober_last_run_timestamp_seconds", "When the run began, in seconds since 1970.");
    sample("", static_cast<double>(report_.started_at_ms) / 1000);
    family("prober_run_duration_seconds", "How long the whole run took.");
    sample("", seconds(report_.duration));
    family("prober_run_complete", "0 when a signal or --timeout ended the run early.");
    sample("", report_.ended_early.empty() ? 1 : 0);
    const Summary summary = summarise(report_);
    family("prober_routes", "Number of routes in each state.");
    const std::pair<std::string_view, int> states[] = {
        {"failing", summary.failing}, {"degraded", summary.degraded}, {"unknown", summary.unknown},
        {"warning", summary.warning}, {"healthy", summary.healthy},   {"skipped", summary.skipped}};
    for (const auto& [name, number] : states) {
      sample(fmt::format("state=\"{}\"", name), number);
    }
  }

  void as_blackbox_exporter() {
    family("probe_success", "Displays whether or not the probe was a success: no request fails.");
    each([this](const RouteReport& one, const std::string& labels) {
      sample(labels, good(one.verdict.state) ? 1 : 0);
    });
    family("probe_duration_seconds",
           "Returns how long the probe took to complete in seconds: the lookup and the slowest "
           "endpoint.");
    each([this](const RouteReport& one, const std::string& labels) {
      sample(labels, seconds(lookup_time(one.observation) + slowest(one.observation)));
    });
    family("probe_dns_lookup_time_seconds",
           "Returns the time taken for probe dns lookup in seconds.");
    each([this](const RouteReport& one, const std::string& labels) {
      sample(labels, seconds(lookup_time(one.observation)));
    });
    family("probe_http_status_code",
           "Response HTTP status code that Pomerium would answer; the worst of several.");
    each([this](const RouteReport& one, const std::string& labels) {
      if (!one.verdict.outcomes.empty()) {
        sample(labels, one.verdict.outcomes.front().prediction.status);
      }
    });
    family("probe_http_version", "Returns the version of HTTP of the probe response.");
    each([this](const RouteReport& one, const std::string& labels) {
      const Attempt* attempt = slowest_attempt(one);
      if (attempt != nullptr && attempt->http && attempt->http->status) {
        sample(labels, attempt->http->version == HttpVersion::Http2 ? 2 : 1.1);
      }
    });
    family("probe_ssl_earliest_cert_expiry",
           "Returns earliest SSL cert expiry in unixtime, over all endpoints.");
    each([this](const RouteReport& one, const std::string& labels) {
      std::optional<std::int64_t> first;
      for (const EndpointObservation& endpoint : one.observation.endpoints) {
        const auto expiry =
            endpoint.attempts.empty() ? std::nullopt : earliest_expiry(endpoint.attempts.front());
        first = !first ? expiry : expiry ? std::min(first, expiry) : first;
      }
      if (first) {
        sample(labels, static_cast<double>(*first));
      }
    });
  }

  void phases() {
    family("probe_http_duration_seconds",
           "Duration of the probe by phase, of the slowest endpoint.");
    each([this](const RouteReport& one, const std::string& labels) {
      const auto phase = [&](std::string_view name, Duration span) {
        sample(fmt::format("{},phase=\"{}\"", labels, name), seconds(span));
      };
      phase("resolve", lookup_time(one.observation));
      const Attempt* attempt = slowest_attempt(one);
      if (attempt == nullptr) {
        return;
      }
      phase("connect", time_in(*attempt, Stage::Tcp).value_or(Duration{}));
      phase("tls", time_in(*attempt, Stage::Tls).value_or(Duration{}));
      const Duration http = time_in(*attempt, Stage::Http).value_or(Duration{});
      const Duration transfer = attempt->timings.first_byte
                                    ? attempt->timings.end - *attempt->timings.first_byte
                                    : Duration{};
      phase("processing", http - transfer);
      phase("transfer", transfer);
    });
  }

  void of_routes() {
    family("prober_route_state", "1 for the state that the route is in.");
    each(
        [this](const RouteReport& one, const std::string& labels) {
          sample(fmt::format("{},state=\"{}\"", labels, to_string(one.verdict.state)), 1);
        },
        true);
    family("prober_failing_requests_ratio",
           "Share of the route's requests that would fail, 0 to 1; a race counts as its worst.");
    each([this](const RouteReport& one, const std::string& labels) {
      if (one.verdict.state != State::Unknown) {
        sample(labels, failing_share(one.verdict).share);
      }
    });
    family("prober_warnings", "Number of warnings about the route, by code.");
    each([this](const RouteReport& one, const std::string& labels) {
      std::map<std::string, int> codes;
      for (const Warning& warning : one.verdict.warnings) {
        ++codes[warning.code];
      }
      for (const auto& [code, number] : codes) {
        sample(fmt::format("{},code=\"{}\"", labels, label_value(code)), number);
      }
    });
  }

  void predictions() {
    family("prober_prediction_ratio",
           "Share of the route's requests that Pomerium would answer so, 0 to 1. Answers with the "
           "same one_of are alternatives by chance and share one ratio.");
    each([this](const RouteReport& one, const std::string& labels) {
      std::map<std::string, double> ratios;  // answers that differ only in their details are one
      for (const PredictedOutcome& outcome : one.verdict.outcomes) {
        const std::string race = outcome.race != 0 ? std::to_string(outcome.race) : "";
        double& ratio =
            ratios[fmt::format("status=\"{}\",response_flags=\"{}\",error=\"{}\",one_of=\"{}\"",
                               outcome.prediction.status, to_string(outcome.prediction.flags),
                               label_value(outcome.error), race)];
        ratio = race.empty() ? ratio + outcome.share.value_or(0) : outcome.race_share;
      }
      for (const auto& [answer, ratio] : ratios) {
        sample(fmt::format("{},{}", labels, answer), ratio);
      }
    });
  }

  void endpoints() {
    family("prober_endpoint_success",
           "Whether requests that reach the endpoint are answered as expected.");
    each([this](const RouteReport& one, const std::string& labels) {
      std::map<std::string, bool> endpoints;  // one address may stand behind several upstreams
      for (const PredictedOutcome& outcome : one.verdict.outcomes) {
        for (const std::string& endpoint : outcome.endpoints) {
          const auto place = endpoints.try_emplace(endpoint, true).first;
          place->second = place->second && !outcome.fails;
        }
      }
      for (const auto& [endpoint, success] : endpoints) {
        sample(fmt::format("{},endpoint=\"{}\"", labels, label_value(endpoint)), success ? 1 : 0);
      }
    });
  }

  void limits() {
    family("prober_limit_seconds", "A timeout that applies to the route, by its key.");
    each([this](const RouteReport& one, const std::string& labels) {
      for (const Headroom& headroom : one.verdict.headroom) {
        sample(fmt::format("{},limit=\"{}\"", labels, label_value(headroom.limit)),
               seconds(headroom.allowed));
      }
    });
    family("prober_limit_used_seconds", "How much of that timeout the slowest endpoint used.");
    each([this](const RouteReport& one, const std::string& labels) {
      for (const Headroom& headroom : one.verdict.headroom) {
        sample(fmt::format("{},limit=\"{}\"", labels, label_value(headroom.limit)),
               seconds(headroom.used));
      }
    });
  }

  void retries() {
    if (!report_.retry_for) {
      return;
    }
    family("prober_retry_limit_seconds", "For how long --retry-for probes again what is not well.");
    sample("", seconds(*report_.retry_for));
    family("prober_rounds", "Number of rounds of probes, the first one included.");
    sample("", report_.rounds);
    family("prober_route_rounds", "In how many of them the route was probed.");
    each([this](const RouteReport& one, const std::string& labels) { sample(labels, one.rounds); });
    family("prober_route_first_state",
           "1 for the state of the route in the first of several rounds.");
    each([this](const RouteReport& one, const std::string& labels) {
      if (one.first) {
        sample(fmt::format("{},state=\"{}\"", labels, to_string(one.first->state)), 1);
      }
    });
  }

  void baseline() {
    if (!report_.baseline) {
      return;
    }
    if (report_.baseline->started_at_ms) {
      family("prober_baseline_timestamp_seconds",
             "When the run of the baseline began, in seconds since 1970.");
      sample("", static_cast<double>(*report_.baseline->started_at_ms) / 1000);
    }
    family("prober_changes", "Number of routes by how they stand to the baseline.");
    for (const Change change :
         {Change::New, Change::Changed, Change::StillBroken, Change::Fixed, Change::Unknown}) {
      sample(fmt::format("change=\"{}\"", to_string(change)), count_changes(report_, change));
    }
    sample("change=\"gone\"", static_cast<double>(report_.baseline->gone.size()));
    family("prober_route_change", "1 for how the route stands to the baseline.");
    each([this](const RouteReport& one, const std::string& labels) {
      if (one.comparison && one.comparison->change != Change::None) {
        sample(fmt::format("{},change=\"{}\"", labels, to_string(one.comparison->change)), 1);
      }
    });
    family("prober_route_problem_since_seconds",
           "Since when the route's problem is known, in seconds since 1970.");
    each([this](const RouteReport& one, const std::string& labels) {
      if (one.comparison && one.comparison->since_ms != 0) {
        sample(labels, static_cast<double>(one.comparison->since_ms) / 1000);
      }
    });
  }

  const Report& report_;
  std::vector<std::string> labels_;
  std::string_view family_;
  std::string out_;
};

}  // namespace

std::string prometheus(const Report& report) {
  return Writer(report).run();
}

}  // namespace prober::report

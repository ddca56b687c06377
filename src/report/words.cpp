#include "report/words.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <ctime>

#include "report/history.h"

namespace prober::report {
namespace {

constexpr std::size_t kMostNamed = 4;
constexpr std::array kOrder = {State::Failing, State::Degraded, State::Unknown,
                               State::Warning, State::Healthy,  State::Skipped};

bool dull(State state) {
  return state == State::Healthy || state == State::Skipped;
}

std::string verdict_words(const Verdict& verdict) {
  std::string out(to_string(verdict.state));
  if (!verdict.reason.empty()) {
    return out + ": " + verdict.reason;
  }
  if (verdict.outcomes.empty()) {
    return out;
  }
  const PredictedOutcome& worst = verdict.outcomes.front();
  out += ": " + answer_words(worst.prediction);
  if (worst.fails) {
    out += fmt::format(" ({})", share_words(verdict));
  } else if (!verdict.warnings.empty()) {
    out += "; " + verdict.warnings.front().message;
  }
  return out;
}

}  // namespace

std::string percent(double share) {
  const double value = share * 100;
  return value < 1 || (value > 99 && share < kAll) ? fmt::format("{:.1f} %", value)
                                                   : fmt::format("{:.0f} %", value);
}

FailingShare failing_share(const Verdict& verdict) {
  if (verdict.state == State::Failing && verdict.outcomes.empty()) {
    return {1.0, false};  // nobody gets any answer; `reason` says why
  }
  FailingShare out;
  std::vector<int> races;
  for (const PredictedOutcome& outcome : verdict.outcomes) {
    if (outcome.share) {
      out.share += outcome.fails ? *outcome.share : 0;
    } else if (outcome.fails && std::ranges::find(races, outcome.race) == races.end()) {
      races.push_back(outcome.race);
      out.share += outcome.race_share;
      out.perhaps |= std::ranges::any_of(verdict.outcomes, [&](const PredictedOutcome& other) {
        return other.race == outcome.race && !other.fails;
      });
    }
  }
  return out;
}

std::string share_words(const Verdict& verdict) {
  if (verdict.outcomes.empty()) {
    return "no request is answered";
  }
  const auto [share, perhaps] = failing_share(verdict);
  if (perhaps) {
    return fmt::format("up to {} of requests fail", percent(share));
  }
  return share > kAll ? "every request fails" : percent(share) + " of requests fail";
}

std::string share_words(const PredictedOutcome& outcome) {
  if (outcome.race != 0) {
    return fmt::format("by chance, {} of requests together with the other answers",
                       percent(outcome.race_share));
  }
  const double share = outcome.share.value_or(0);
  return share > kAll ? "every request" : percent(share) + " of requests";
}

std::string answer_words(const Prediction& prediction) {
  const std::string flags = to_string(prediction.flags);
  return fmt::format("{} {}{}", prediction.status, flags.empty() ? "" : flags + " ",
                     prediction.details);
}

std::string page_words(const PredictedOutcome& outcome, std::string_view page) {
  const std::string general =
      fmt::format("{} {}", outcome.prediction.status, outcome.prediction.details);
  return page == general ? "a browser shows Pomerium's general error page with this status and text"
                         : fmt::format("a browser shows \"{}\"", page);
}

std::string route_words(const RouteReport& route) {
  std::string out = verdict_words(route.verdict);
  const std::string history = history_words(route);
  out += history.empty() ? "" : "; " + history;
  return out;
}

std::string summary_words(const Report& report) {
  std::array<std::vector<std::string>, kOrder.size()> names;
  for (const RouteReport& one : report.routes) {
    const auto* place = std::ranges::find(kOrder, one.verdict.state);
    names.at(static_cast<std::size_t>(place - kOrder.begin())).push_back(one.route->name);
  }
  std::string counts;
  for (std::size_t i = 0; i < kOrder.size(); ++i) {
    if (!names.at(i).empty()) {
      counts += fmt::format("{}{} {}", counts.empty() ? "" : ", ", names.at(i).size(),
                            to_string(kOrder.at(i)));
      counts += dull(kOrder.at(i)) ? "" : fmt::format(" ({})", some_of(names.at(i), kMostNamed));
    }
  }
  const std::string rounds = report.rounds > 1 ? fmt::format(" and {} rounds", report.rounds) : "";
  const std::string baseline = baseline_words(report);
  const std::string& early = report.ended_early;
  return fmt::format("{} route{}: {}; {}{}, as Envoy {} answers{}{}{}{}", report.routes.size(),
                     report.routes.size() == 1 ? "" : "s",
                     counts.empty() ? "nothing to probe" : counts, prober::human(report.duration),
                     rounds, to_string(report.proxy), early.empty() ? "" : "; ", early,
                     baseline.empty() ? "" : "; ", baseline);
}

std::string some_of(const std::vector<std::string>& texts, std::size_t most) {
  std::string out;
  for (std::size_t i = 0; i < std::min(most, texts.size()); ++i) {
    out += (i == 0 ? "" : ", ") + texts[i];
  }
  return texts.size() > most ? fmt::format("{} and {} more", out, texts.size() - most) : out;
}

Duration slowest(const Observation& observation) {
  Duration out{};
  for (const EndpointObservation& endpoint : observation.endpoints) {
    for (const Attempt& attempt : endpoint.attempts) {
      out = std::max(out, attempt.timings.end);
    }
  }
  return out;
}

std::string day(std::int64_t seconds_since_1970) {
  return fmt::format("{:%Y-%m-%d}", fmt::gmtime(static_cast<std::time_t>(seconds_since_1970)));
}

std::string source_words(const SourcePosition& source) {
  return source.file ? fmt::format("{}:{}", *source.file, source.line) : "";
}

}  // namespace prober::report

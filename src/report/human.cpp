// The report for people. A broken route's block:
//
//   ✗ wiki  FAILING  every request fails
//     error  503 UF upstream_reset_before_response_started{connection_timeout}
//     why    wiki.internal:8443 (10.0.0.5:8443) does not answer at all: ...
//     seen   no answer from 10.0.0.5:8443 to the connection request for 10 s
//     fix    Open the port for Pomerium's host in the firewall ...
//     page   a browser shows "Web Server is down"
//     docs   https://...
//
// Words are wrapped, but never the details and links, however long: they are there to be searched
// for and pasted. So is the last line, which sums up and names what is broken.

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "report/endpoint_lines.h"
#include "report/escape.h"
#include "report/report.h"

namespace prober::report {
namespace {

constexpr std::size_t kIndent = 2;
constexpr std::size_t kLabel = 7;  // "either "
constexpr std::size_t kMostEvidence = 8;
constexpr std::size_t kMostNamed = 4;
constexpr std::size_t kWidestName = 32;  // names of sound routes are padded up to this
constexpr int kNarrowest = 40;
constexpr int kWidest = 160;
constexpr std::array kOrder = {State::Failing, State::Degraded, State::Unknown,
                               State::Warning, State::Healthy,  State::Skipped};
constexpr double kAll = 0.9995;

struct Look {
  std::string_view symbol;
  std::string_view ascii;
  std::string_view colour;  // SGR: blue, yellow and bold red differ for the colour-blind too
};

Look look_of(State state) {
  switch (state) {
    case State::Healthy:
      return {"✓", "+", "34"};
    case State::Warning:
      return {"!", "!", "33"};
    case State::Degraded:
      return {"◐", "~", "1;33"};
    case State::Failing:
      return {"✗", "x", "1;31"};
    case State::Unknown:
      return {"?", "?", "35"};
    case State::Skipped:
      return {"-", "-", "2"};
  }
  std::unreachable();
}

bool dull(State state) {
  return state == State::Healthy || state == State::Skipped;
}

// Only what needs somebody's attention is written in capitals.
std::string state_word(State state) {
  std::string out(to_string(state));
  if (!dull(state)) {
    std::ranges::transform(out, out.begin(), [](char c) { return static_cast<char>(c - 32); });
  }
  return out;
}

std::string percent(double share) {
  const double value = share * 100;
  return value < 1 || (value > 99 && share < kAll) ? fmt::format("{:.1f} %", value)
                                                   : fmt::format("{:.0f} %", value);
}

// The share that fails, counting a race by its worst alternative; whether a race may also end well.
std::pair<double, bool> failing_share(const Verdict& verdict) {
  double share = 0;
  bool perhaps = false;
  std::vector<int> races;
  for (const PredictedOutcome& outcome : verdict.outcomes) {
    if (outcome.share) {
      share += outcome.fails ? *outcome.share : 0;
    } else if (outcome.fails && std::ranges::find(races, outcome.race) == races.end()) {
      races.push_back(outcome.race);
      share += outcome.race_share;
      perhaps |= std::ranges::any_of(verdict.outcomes, [&](const PredictedOutcome& other) {
        return other.race == outcome.race && !other.fails;
      });
    }
  }
  return {share, perhaps};
}

std::string share_words(const Verdict& verdict) {
  const auto [share, perhaps] = failing_share(verdict);
  if (perhaps) {
    return fmt::format("up to {} of requests fail", percent(share));
  }
  return share > kAll ? "every request fails" : percent(share) + " of requests fail";
}

std::string page_words(const PredictedOutcome& outcome, const std::string& page) {
  const std::string general =
      fmt::format("{} {}", outcome.prediction.status, outcome.prediction.details);
  return page == general ? "a browser shows Pomerium's general error page with this status and text"
                         : fmt::format("a browser shows \"{}\"", page);
}

std::string some_of(const std::vector<std::string>& texts, std::size_t most) {
  std::string out;
  for (std::size_t i = 0; i < std::min(most, texts.size()); ++i) {
    out += (i == 0 ? "" : ", ") + texts[i];
  }
  return texts.size() > most ? fmt::format("{} and {} more", out, texts.size() - most) : out;
}

class Writer {
 public:
  Writer(const Report& report, const HumanOptions& options) : report_(report), options_(options) {}

  std::string run() {
    const std::vector<std::size_t> order = broken_first(report_);
    name_width_ = 0;
    for (const RouteReport& one : report_.routes) {
      if (dull(one.verdict.state)) {
        name_width_ = std::max(name_width_, columns(escape_control(one.route->name)));
      }
    }
    name_width_ = std::min(name_width_, kWidestName);
    bool all_well = true;
    bool was_block = false;
    for (const std::size_t index : order) {
      const RouteReport& one = report_.routes[index];
      const bool is_dull = dull(one.verdict.state);
      all_well = all_well && is_dull;
      if (options_.quiet && is_dull) {
        continue;
      }
      const bool block = !is_dull || options_.verbosity > 0;
      out_ += !out_.empty() && (block || was_block) ? "\n" : "";
      was_block = block;
      route(one);
    }
    if (!options_.quiet || !all_well) {
      out_ += out_.empty() ? "" : "\n";
      summary_line(order);
    }
    return std::move(out_);
  }

 private:
  [[nodiscard]] std::string paint(std::string_view text, std::string_view colour) const {
    return options_.colour ? fmt::format("\x1b[{}m{}\x1b[0m", colour, text) : std::string(text);
  }

  [[nodiscard]] std::size_t width() const {
    return static_cast<std::size_t>(std::clamp(options_.width, kNarrowest, kWidest));
  }

  void label(std::string_view text) {
    out_ += std::string(kIndent, ' ') + paint(fmt::format("{:<{}}", text, kLabel), "2");
  }

  void line(std::string_view name, std::string_view text) {
    const std::string indent(kIndent + kLabel, ' ');
    label(name);
    out_ += wrap(escape_control(text), width(), indent).substr(indent.size()) + "\n";
  }

  void route(const RouteReport& one) {
    const Verdict& verdict = one.verdict;
    headline(one);
    const bool broken = verdict.state == State::Failing || verdict.state == State::Degraded;
    if (broken) {
      outcomes(verdict);
    } else if (!verdict.reason.empty() && verdict.state != State::Skipped) {
      line("why", verdict.reason);
    }
    for (const Warning& warning : verdict.warnings) {
      line("note", warning.message);
    }
    if (options_.verbosity > 0) {
      for (const Line& detail : endpoint_lines(one, options_.verbosity)) {
        line(detail.label, detail.text);
      }
    }
  }

  void headline(const RouteReport& one) {
    const State state = one.verdict.state;
    const Look look = look_of(state);
    std::string name = escape_control(one.route->name);
    const std::size_t wide = columns(name);
    const std::size_t padding = dull(state) && wide < name_width_ ? name_width_ - wide : 0;
    name = paint(name, "1") + std::string(padding, ' ');
    const std::string tail = headline_tail(one);
    out_ += fmt::format("{} {}  {}{}{}\n",
                        paint(options_.ascii ? look.ascii : look.symbol, look.colour), name,
                        paint(state_word(state), look.colour), tail.empty() ? "" : "  ", tail);
  }

  [[nodiscard]] static std::string headline_tail(const RouteReport& one) {
    const Verdict& verdict = one.verdict;
    switch (verdict.state) {
      case State::Failing:
      case State::Degraded:
        return share_words(verdict);
      case State::Skipped:
        return escape_control(verdict.reason);
      case State::Unknown:
        return "";
      case State::Healthy:
      case State::Warning:
        break;
    }
    if (verdict.outcomes.empty()) {
      return "";
    }
    Duration slowest{};
    for (const EndpointObservation& endpoint : one.observation.endpoints) {
      for (const Attempt& attempt : endpoint.attempts) {
        slowest = std::max(slowest, attempt.timings.end);
      }
    }
    const std::size_t count = one.observation.endpoints.size();
    return fmt::format("{} in {}{}", verdict.outcomes.front().prediction.status,
                       prober::human(slowest),
                       count > 1 ? fmt::format(", {} endpoints", count) : "");
  }

  void outcomes(const Verdict& verdict) {
    const PredictedOutcome* before = nullptr;
    for (const PredictedOutcome& outcome : verdict.outcomes) {
      prediction(outcome, before, verdict.outcomes.size() > 1);
      // What brings both answers of a race about is the same, and told once.
      const bool told = before != nullptr && before->explanation && outcome.explanation &&
                        before->explanation->cause == outcome.explanation->cause;
      if (outcome.explanation && !told) {
        explanation(outcome, *outcome.explanation);
      }
      before = &outcome;
    }
  }

  void prediction(const PredictedOutcome& outcome, const PredictedOutcome* before, bool several) {
    const bool again = before != nullptr && outcome.race != 0 && outcome.race == before->race;
    const std::string flags = to_string(outcome.prediction.flags);
    const std::string text =
        fmt::format("{} {}{}", outcome.prediction.status, flags.empty() ? "" : flags + " ",
                    escape_control(outcome.prediction.details));
    label(outcome.race != 0 ? (again ? "or" : "either")
          : several         ? percent(outcome.share.value_or(0))
                            : "error");
    out_ += (outcome.fails ? paint(text, "1") : text) + "\n";
    if (outcome.race != 0 && !again && outcome.race_share < kAll) {
      line("", fmt::format("for {} of requests, by chance", percent(outcome.race_share)));
    }
    const bool same_place = again && outcome.endpoints == before->endpoints;
    if (several && !same_place && !outcome.endpoints.empty()) {
      line("at", some_of(outcome.endpoints, kMostNamed));
    }
  }

  void explanation(const PredictedOutcome& outcome, const Explanation& words) {
    line("why", words.cause);
    for (std::size_t i = 0; i < std::min(kMostEvidence, outcome.evidence.size()); ++i) {
      line(i == 0 ? "seen" : "", outcome.evidence[i]);
    }
    if (outcome.evidence.size() > kMostEvidence) {
      line("", fmt::format("and {} more; --format json has all",
                           outcome.evidence.size() - kMostEvidence));
    }
    line("fix", words.resolution);
    if (!words.page.empty()) {
      line("page", page_words(outcome, words.page));
    }
    label("docs");
    out_ += words.docs + "\n";  // a link that is cut can no longer be followed
    if (!outcome.prediction.exact) {
      line("note",
           "Pomerium may word the part after TLS_error otherwise: this is the nearest "
           "text that is known.");
    }
  }

  // One line however long: it is there to be pasted.
  void summary_line(const std::vector<std::size_t>& order) {
    std::string counts;
    for (const State state : kOrder) {
      std::vector<std::string> names;
      for (const std::size_t index : order) {
        if (report_.routes[index].verdict.state == state) {
          names.push_back(escape_control(report_.routes[index].route->name));
        }
      }
      if (!names.empty()) {
        counts +=
            fmt::format("{}{} {}", counts.empty() ? "" : ", ", names.size(), to_string(state));
        counts += dull(state) ? "" : fmt::format(" ({})", some_of(names, kMostNamed));
      }
    }
    out_ += fmt::format("{} route{}: {}; {}, as Envoy {} answers\n", report_.routes.size(),
                        report_.routes.size() == 1 ? "" : "s",
                        counts.empty() ? "nothing to probe" : counts,
                        prober::human(report_.duration), to_string(report_.proxy));
  }

  const Report& report_;
  const HumanOptions& options_;
  std::size_t name_width_ = 0;
  std::string out_;
};

}  // namespace

std::string human(const Report& report, const HumanOptions& options) {
  return Writer(report, options).run();
}

}  // namespace prober::report

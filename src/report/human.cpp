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
#include "report/history.h"
#include "report/report.h"
#include "report/words.h"

namespace prober::report {
namespace {

constexpr std::size_t kIndent = 2;
constexpr std::size_t kLabel = 7;       // "either "
constexpr std::size_t kBesideBar = 36;  // columns for the address and the time beside a bar
constexpr std::size_t kMostEvidence = 8;
constexpr std::size_t kMostNamed = 4;
constexpr std::size_t kWidestName = 32;  // names of sound routes are padded up to this
constexpr int kNarrowest = 40;
constexpr int kWidest = 160;

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
      if ((options_.quiet && is_dull) || is_old_news(one)) {
        continue;
      }
      const bool block = (!is_dull && !is_short(one)) || options_.verbosity > 0;
      out_ += !out_.empty() && (block || was_block) ? "\n" : "";
      was_block = block;
      route(one);
    }
    if (!options_.quiet || !all_well) {
      out_ += out_.empty() ? "" : "\n";
      // One line however long: it is there to be pasted.
      out_ += escape_control(summary_words(report_)) + "\n";
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
    if (is_short(one)) {
      return;
    }
    const bool broken = verdict.state == State::Failing || verdict.state == State::Degraded;
    if (broken && !verdict.outcomes.empty()) {
      outcomes(verdict);
    } else if (!verdict.reason.empty() && verdict.state != State::Skipped) {
      line("why", verdict.reason);
    }
    for (const Warning& warning : verdict.warnings) {
      line("note", warning.message);
    }
    if (options_.verbosity > 0) {
      const std::size_t room = width() - kIndent - kLabel;
      const LineOptions options{options_.verbosity,
                                std::clamp(room, kBesideBar + 8, kBesideBar + 40) - kBesideBar,
                                options_.ascii};
      for (const Line& detail : endpoint_lines(one, options)) {
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
    const std::string word = state_word(state);
    out_ += fmt::format("{} {}  {}", paint(options_.ascii ? look.ascii : look.symbol, look.colour),
                        name, paint(word, look.colour));
    const std::string tail = headline_tail(one);
    const std::size_t used = 2 + wide + padding + 2 + columns(word) + 2;
    out_ += tail.empty() ? "" : options_.terminal ? continued(tail, used) : "  " + tail;
    out_ += "\n";
  }

  // Text after what takes `used` columns of the line already; what does not fit goes on below.
  [[nodiscard]] std::string continued(const std::string& text, std::size_t used) const {
    const std::string indent(kIndent + kLabel, ' ');
    if (used >= width()) {
      return "\n" + wrap(text, width(), indent);
    }
    const std::string stand_in(used - indent.size() - 1, 'x');
    const std::string wrapped = wrap(stand_in + ' ' + text, width(), indent);
    const std::string rest = wrapped.substr(used - 1);
    return rest.starts_with('\n') ? rest : ' ' + rest;
  }

  // With --baseline a sound route that was sound is not told of.
  [[nodiscard]] static bool is_old_news(const RouteReport& one) {
    return one.comparison && one.comparison->change == Change::None;
  }

  // What was told of when it was new takes one line.
  [[nodiscard]] bool is_short(const RouteReport& one) const {
    return one.comparison && one.comparison->change == Change::StillBroken &&
           options_.verbosity == 0;
  }

  [[nodiscard]] static std::string headline_tail(const RouteReport& one) {
    std::string out = state_tail(one);
    const std::string history = escape_control(history_words(one));
    out += (out.empty() || history.empty() ? "" : "; ") + history;
    return out;
  }

  [[nodiscard]] static std::string state_tail(const RouteReport& one) {
    const Verdict& verdict = one.verdict;
    switch (verdict.state) {
      case State::Failing:
      case State::Degraded:
        return verdict.outcomes.empty() ? "no request is answered" : share_words(verdict);
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
    const std::size_t count = one.observation.endpoints.size();
    return fmt::format("{} in {}{}", verdict.outcomes.front().prediction.status,
                       prober::human(slowest(one.observation)),
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
    const std::string text = escape_control(answer_words(outcome.prediction));
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

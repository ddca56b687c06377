// One page that needs nothing else: no script, no font, no image from anywhere, and its policy
// (Content-Security-Policy) forbids them, should an escape ever be wrong. Broken routes stand open
// on top, sound ones in a list that opens; it follows the reader's light or dark setting and
// prints.

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <utility>

#include "report/endpoint_lines.h"
#include "report/escape.h"
#include "report/history.h"
#include "report/html_style.h"
#include "report/report.h"
#include "report/stages.h"
#include "report/words.h"

namespace prober::report {
namespace {

constexpr std::size_t kMostEvidence = 20;
constexpr std::size_t kMostNamed = 8;
constexpr double kLeastPart = 0.002;  // of a bar: a shorter part would not be seen

std::string_view symbol(State state) {
  switch (state) {
    case State::Healthy:
      return "✓";
    case State::Warning:
      return "!";
    case State::Degraded:
      return "◐";
    case State::Failing:
      return "✗";
    case State::Unknown:
      return "?";
    case State::Skipped:
      return "–";
  }
  std::unreachable();
}

// Response code details are one long word: a line may end after the marks in them.
std::string breakable(std::string_view markup) {
  std::string out;
  for (const char c : markup) {
    out += c;
    out += c == '{' || c == '|' || c == ':' || c == '_' ? "<wbr>" : "";
  }
  return out;
}

// Our texts put names of keys between backticks.
std::string with_keys(std::string_view text) {
  std::string markup = escape_markup(text);
  if (std::ranges::count(markup, '`') % 2 != 0) {
    return markup;
  }
  std::string out;
  bool open = false;
  for (const char c : markup) {
    if (c == '`') {
      out += open ? "</code>" : "<code>";
      open = !open;
    } else {
      out += c;
    }
  }
  return out;
}

bool dull(State state) {
  return state == State::Healthy || state == State::Skipped;
}

class Writer {
 public:
  explicit Writer(const Report& report) : report_(report) {}

  std::string run() {
    head();
    const std::vector<std::size_t> order = broken_first(report_);
    const auto sound = std::ranges::find_if(
        order, [this](std::size_t i) { return dull(report_.routes[i].verdict.state); });
    for (auto place = order.begin(); place != sound; ++place) {
      open_route(report_.routes[*place]);
    }
    if (sound != order.end()) {
      out_ += "<h2>Sound and skipped</h2>\n";
      for (auto place = sound; place != order.end(); ++place) {
        closed_route(report_.routes[*place]);
      }
    }
    add("<footer><p>{}</p></footer>\n</main>\n</body>\n</html>\n",
        escape_markup(summary_words(report_)));
    return std::move(out_);
  }

 private:
  template <class... Args>
  void add(fmt::format_string<Args...> format, Args&&... args) {
    fmt::format_to(std::back_inserter(out_), format, std::forward<Args>(args)...);
  }

  void head() {
    const Summary summary = summarise(report_);
    const int broken = summary.failing + summary.degraded;
    add("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src "
        "'unsafe-inline'\">\n"
        "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
        "<meta name=\"color-scheme\" content=\"light dark\">\n<title>prober: {}</title>\n"
        "<style>\n{}</style>\n</head>\n<body>\n<main>\n<header>\n<h1>{}</h1>\n",
        broken > 0 ? fmt::format("{} of {} routes broken", broken, summary.routes) : "all is well",
        kHtmlStyle, headline(summary));
    add("<p class=\"when\">{} · took {} · as Envoy {} answers · prober {}</p>\n",
        rfc3339(report_.started_at_ms), prober::human(report_.duration), to_string(report_.proxy),
        escape_markup(report_.version));
    history();
    out_ += "<ul class=\"counts\">\n";
    const std::array<std::pair<State, int>, 6> counts = {{{State::Failing, summary.failing},
                                                          {State::Degraded, summary.degraded},
                                                          {State::Unknown, summary.unknown},
                                                          {State::Warning, summary.warning},
                                                          {State::Healthy, summary.healthy},
                                                          {State::Skipped, summary.skipped}}};
    for (const auto& [state, number] : counts) {
      if (number > 0) {
        add("<li class=\"{0}\"><b>{1}</b> {2} {0}</li>\n", to_string(state), number, symbol(state));
      }
    }
    out_ += "</ul>\n</header>\n";
  }

  void history() {
    if (!report_.ended_early.empty()) {
      add("<p class=\"early\">Not finished: {}</p>\n", escape_markup(report_.ended_early));
    }
    for (const std::string& words : {retry_words(report_), baseline_words(report_)}) {
      if (!words.empty()) {
        add("<p class=\"when\">{}</p>\n", escape_markup(words));
      }
    }
  }

  static std::string headline(const Summary& summary) {
    const int broken = summary.failing + summary.degraded;
    if (broken > 0) {
      return fmt::format("{} of {} route{} broken", broken, summary.routes,
                         summary.routes == 1 ? "" : "s");
    }
    return summary.unknown > 0
               ? fmt::format("{} of {} routes not known", summary.unknown, summary.routes)
               : "No route is broken";
  }

  void title(const RouteReport& one) {
    add("<span class=\"name\">{}</span> <span class=\"badge {}\">{} {}</span>",
        escape_markup(one.route->name), to_string(one.verdict.state), symbol(one.verdict.state),
        to_string(one.verdict.state));
  }

  void open_route(const RouteReport& one) {
    const Verdict& verdict = one.verdict;
    add("<article class=\"{}\">\n<h2>", to_string(verdict.state));
    title(one);
    const bool fails = failing_share(verdict).share > 0;
    const std::string share = fails ? share_words(verdict) : "";
    const std::string history = escape_markup(history_words(one));
    add(" <span class=\"share\">{}{}{}</span></h2>\n", share,
        share.empty() || history.empty() ? "" : "; ", history);
    place(one);
    if (!verdict.reason.empty()) {
      add("<p>{}</p>\n", escape_markup(verdict.reason));
    }
    for (const PredictedOutcome& outcome : verdict.outcomes) {
      prediction(outcome, verdict.outcomes.size() > 1);
    }
    out_ += verdict.warnings.empty() ? "" : "<dl>\n";
    for (const Warning& warning : verdict.warnings) {
      term("Note", warning.message);
    }
    out_ += verdict.warnings.empty() ? "" : "</dl>\n";
    if (!one.observation.endpoints.empty() || !one.observation.lookups.empty()) {
      out_ += "<details><summary>Measured</summary>\n";
      measured(one);
      out_ += "</details>\n";
    }
    out_ += "</article>\n";
  }

  void closed_route(const RouteReport& one) {
    const Verdict& verdict = one.verdict;
    add("<details class=\"route {}\"><summary>", to_string(verdict.state));
    title(one);
    const std::string words =
        verdict.outcomes.empty()
            ? verdict.reason
            : fmt::format("{} in {}", verdict.outcomes.front().prediction.status,
                          prober::human(slowest(one.observation)));
    const std::string history = history_words(one);
    add(" <span class=\"share\">{}{}{}</span></summary>\n", escape_markup(words),
        history.empty() ? "" : "; ", escape_markup(history));
    place(one);
    measured(one);
    out_ += "</details>\n";
  }

  void place(const RouteReport& one) {
    const std::string source = source_words(one.route->source);
    add("<p class=\"place\">{}{}{}</p>\n", escape_markup(one.route->from),
        source.empty() ? "" : " · ", escape_markup(source));
  }

  void prediction(const PredictedOutcome& outcome, bool several) {
    add("<section>\n<p class=\"answer\"><code>{}</code></p>\n",
        breakable(escape_markup(answer_words(outcome.prediction))));
    if (several) {
      add("<p class=\"share\">{}{}{}</p>\n", share_words(outcome),
          outcome.endpoints.empty() ? "" : ": ",
          escape_markup(some_of(outcome.endpoints, kMostNamed)));
    }
    if (outcome.explanation) {
      explanation(outcome, *outcome.explanation);
    }
    out_ += "</section>\n";
  }

  void explanation(const PredictedOutcome& outcome, const Explanation& words) {
    out_ += "<dl>\n";
    term("Why", words.cause);
    for (std::size_t i = 0; i < std::min(kMostEvidence, outcome.evidence.size()); ++i) {
      term(i == 0 ? "Seen" : "", outcome.evidence[i]);
    }
    if (outcome.evidence.size() > kMostEvidence) {
      term("", fmt::format("and {} more", outcome.evidence.size() - kMostEvidence));
    }
    term("Fix", words.resolution);
    term("Page", words.page.empty() ? "" : page_words(outcome, words.page));
    if (!outcome.prediction.exact) {
      term("Note", "Pomerium may word the part after TLS_error otherwise.");
    }
    if (!words.docs.empty()) {
      add("<dt>Docs</dt><dd><a href=\"{0}\" rel=\"noreferrer\">{0}</a></dd>\n",
          escape_markup(words.docs));
    }
    out_ += "</dl>\n";
  }

  void term(std::string_view name, std::string_view text) {
    if (!text.empty()) {
      add("<dt>{}</dt><dd>{}</dd>\n", name, with_keys(text));
    }
  }

  void measured(const RouteReport& one) {
    for (const EndpointObservation& endpoint : one.observation.endpoints) {
      if (!endpoint.attempts.empty()) {
        bar(endpoint.attempts.front());
      }
    }
    const std::vector<Line> lines = endpoint_lines(one, {.verbosity = 2});
    if (lines.empty()) {
      return;
    }
    out_ += "<dl class=\"lines\">\n";
    for (const Line& line : lines) {
      add("<dt>{}</dt><dd>{}</dd>\n", line.label, escape_markup(line.text));
    }
    out_ += "</dl>\n";
  }

  // The stages of one attempt, each as wide as its share of the time.
  void bar(const Attempt& attempt) {
    const double whole = seconds(attempt.timings.end);
    if (whole <= 0) {
      return;
    }
    add("<p class=\"bar\"><span>{}</span>", escape_markup(attempt.endpoint.to_string()));
    for (const Stage stage : {Stage::Tcp, Stage::Tls, Stage::Http}) {
      if (const auto span = time_in(attempt, stage); span && *span > Duration{}) {
        add("<i class=\"{0}\" style=\"flex-grow:{1:.3f}\" title=\"{0} {2}\">{0} {2}</i>",
            to_string(stage), std::max(kLeastPart, seconds(*span) / whole), prober::human(*span));
      }
    }
    out_ += "</p>\n";
  }

  const Report& report_;
  std::string out_;
};

}  // namespace

std::string html(const Report& report) {
  return Writer(report).run();
}

}  // namespace prober::report

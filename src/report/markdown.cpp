// GitHub's and GitLab's Markdown: what to paste into a ticket, and GitHub's step summary.

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "report/escape.h"
#include "report/history.h"
#include "report/report.h"
#include "report/words.h"

namespace prober::report {
namespace {

constexpr std::size_t kMostEvidence = 8;
constexpr std::size_t kReserve = 400;  // bytes for the line that counts what was left out

std::string_view symbol(State state) {
  switch (state) {
    case State::Healthy:
      return "✅";
    case State::Warning:
      return "⚠️";
    case State::Degraded:
      return "🟠";
    case State::Failing:
      return "❌";
    case State::Unknown:
      return "❔";
    case State::Skipped:
      return "➖";
  }
  std::unreachable();
}

// Every character that Markdown gives a meaning becomes itself: by a backslash where one is read,
// by an entity where it is not enough ("@name" would notify somebody, "://" and "www." make links).
std::string plain(std::string_view text) {
  constexpr std::string_view kMarked = "\\`*_{}[]()#+-!|~>";
  std::string out;
  const std::string visible = escape_control(text);
  for (std::size_t i = 0; i < visible.size(); ++i) {
    const char c = visible[i];
    const std::string_view rest = std::string_view(visible).substr(i);
    if (c == '<' || c == '&' || c == '@' || rest.starts_with("://")) {
      out += fmt::format("&#{};", static_cast<int>(c));
    } else if (rest.starts_with("www.")) {
      out += "www&#46;";
      i += 3;
    } else {
      out += kMarked.contains(c) ? std::string{'\\', c} : std::string(1, c);
    }
  }
  return out;
}

// A code span: nothing in it is read but the backticks that end it.
std::string code(std::string_view text) {
  const std::string visible = escape_control(text);
  std::size_t run = 0;
  std::size_t longest = 0;
  for (const char c : visible) {
    run = c == '`' ? run + 1 : 0;
    longest = std::max(longest, run);
  }
  const std::string fence(longest + 1, '`');
  const bool pad = visible.empty() || visible.front() == '`' || visible.back() == '`';
  return fmt::format("{0}{1}{2}{1}{0}", fence, pad ? " " : "", visible);
}

// The same within a table, whose cells are cut at bars before code spans are seen.
std::string code_in_table(std::string_view text) {
  return "<code>" + plain(text) + "</code>";
}

std::string row(const RouteReport& one) {
  const Verdict& verdict = one.verdict;
  std::string answer = plain(verdict.reason);
  std::string share = failing_share(verdict).share > 0 ? share_words(verdict) : "";
  if (!verdict.outcomes.empty()) {
    answer = code_in_table(answer_words(verdict.outcomes.front().prediction));
  }
  const std::string history = plain(history_words(one));
  share += (share.empty() || history.empty() ? "" : "; ") + history;
  return fmt::format("| {} {} | {} | {} | {} |\n", symbol(verdict.state), to_string(verdict.state),
                     plain(one.route->name), answer, share);
}

std::string outcome_text(const PredictedOutcome& outcome) {
  std::string out =
      fmt::format("{} ({}", code(answer_words(outcome.prediction)), share_words(outcome));
  out += outcome.endpoints.empty() ? ")\n\n"
                                   : fmt::format("; {})\n\n", plain(some_of(outcome.endpoints, 4)));
  if (!outcome.explanation) {
    return out;
  }
  const Explanation& words = *outcome.explanation;
  auto to = std::back_inserter(out);
  fmt::format_to(to, "- **Why:** {}\n", plain(words.cause));
  for (std::size_t i = 0; i < std::min(kMostEvidence, outcome.evidence.size()); ++i) {
    fmt::format_to(to, "- **Measured:** {}\n", plain(outcome.evidence[i]));
  }
  if (outcome.evidence.size() > kMostEvidence) {
    fmt::format_to(to, "- and {} more\n", outcome.evidence.size() - kMostEvidence);
  }
  fmt::format_to(to, "- **Fix:** {}\n", plain(words.resolution));
  if (!words.page.empty()) {
    fmt::format_to(to, "- **Page:** {}\n", plain(page_words(outcome, words.page)));
  }
  if (!words.docs.empty()) {
    fmt::format_to(to, "- [Documentation]({})\n", words.docs);
  }
  return out + "\n";
}

std::string section(const RouteReport& one) {
  const Verdict& verdict = one.verdict;
  std::string out = fmt::format("### {} {}\n\n", symbol(verdict.state), plain(one.route->name));
  const std::string source = source_words(one.route->source);
  out += fmt::format("{}{}\n\n", plain(one.route->from), source.empty() ? "" : ", " + code(source));
  if (!verdict.reason.empty()) {
    out += plain(verdict.reason) + "\n\n";
  }
  for (const PredictedOutcome& outcome : verdict.outcomes) {
    out += outcome_text(outcome);
  }
  for (const Warning& warning : verdict.warnings) {
    out += fmt::format("- **Note:** {}\n", plain(warning.message));
  }
  return verdict.warnings.empty() ? out : out + "\n";
}

bool dull(State state) {
  return state == State::Healthy || state == State::Skipped;
}

}  // namespace

std::string markdown(const Report& report, std::size_t most) {
  const std::size_t room = most > kReserve ? most - kReserve : 0;
  const std::vector<std::size_t> order = broken_first(report);
  std::string out = fmt::format("## prober\n\n{}\n", plain(summary_words(report)));
  if (order.empty()) {
    return out;
  }
  out += "\n| state | route | answer | requests |\n| --- | --- | --- | --- |\n";
  std::size_t rows = 0;
  for (const std::size_t index : order) {
    const std::string line = row(report.routes[index]);
    if (out.size() + line.size() > room) {
      break;
    }
    out += line;
    ++rows;
  }
  out += "\n";
  std::size_t untold = 0;
  for (const std::size_t index : order) {
    if (dull(report.routes[index].verdict.state)) {
      continue;
    }
    const std::string text = untold > 0 ? "" : section(report.routes[index]);
    untold += untold > 0 || out.size() + text.size() > room ? 1U : 0U;
    out += untold > 0 ? "" : text;
  }
  if (rows < order.size() || untold > 0) {
    out += fmt::format("Left out for the length: {} rows, and the details of {} routes.\n",
                       order.size() - rows, untold);
  }
  while (out.ends_with("\n\n")) {
    out.pop_back();
  }
  return out;
}

}  // namespace prober::report

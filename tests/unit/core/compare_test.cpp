#include <doctest/doctest.h>

#include <string>

#include "prober/report.h"
#include "prober/timestamp.h"
#include "routes.h"

using namespace prober;

namespace {

constexpr std::int64_t kThen = 1'790'000'000'000;
constexpr std::int64_t kNow = kThen + 60'000;

Verdict verdict(State state, std::vector<std::string> details = {}) {
  Verdict out;
  out.state = state;
  for (const std::string& one : details) {
    if (state == State::Warning) {
      out.warnings.push_back({one, "words that differ from run to run"});
      continue;
    }
    PredictedOutcome outcome;
    outcome.prediction.status = 503;
    outcome.prediction.details = one;
    outcome.fails = true;
    out.outcomes.push_back(outcome);
  }
  PredictedOutcome sound;
  sound.prediction.status = 200;
  sound.prediction.details = "via_upstream";
  out.outcomes.push_back(sound);
  return out;
}

EarlierRoute earlier(const Verdict& verdict) {
  const bool sound = verdict.state == State::Healthy || verdict.state == State::Skipped;
  return {"wiki", verdict.state, problems_of(verdict), sound ? 0 : kThen};
}

const Verdict kHealthy = verdict(State::Healthy);
const Verdict kFailing = verdict(State::Failing, {"a"});

}  // namespace

TEST_CASE("compare: what a problem is, held against the one before") {
  struct Case {
    const char* name;
    Verdict before;
    Verdict now;
    Change change;
    std::int64_t since;
  };
  const Case cases[] = {
      {"sound and sound", kHealthy, kHealthy, Change::None, 0},
      {"a first problem", kHealthy, kFailing, Change::New, kNow},
      {"the same problem", kFailing, kFailing, Change::StillBroken, kThen},
      {"the order of outcomes says nothing", verdict(State::Failing, {"a", "b"}),
       verdict(State::Failing, {"b", "a"}), Change::StillBroken, kThen},
      {"another error", kFailing, verdict(State::Failing, {"b"}), Change::New, kNow},
      {"one more error", kFailing, verdict(State::Failing, {"a", "b"}), Change::New, kNow},
      {"one error less", verdict(State::Failing, {"a", "b"}), kFailing, Change::Changed, kThen},
      {"a worse state", verdict(State::Degraded, {"a"}), kFailing, Change::New, kNow},
      {"a better state", kFailing, verdict(State::Degraded, {"a"}), Change::Changed, kThen},
      {"well again", kFailing, kHealthy, Change::Fixed, 0},
      {"a warning", kHealthy, verdict(State::Warning, {"headroom"}), Change::New, kNow},
      {"the same warning", verdict(State::Warning, {"headroom"}),
       verdict(State::Warning, {"headroom"}), Change::StillBroken, kThen},
      {"only a warning is left", kFailing, verdict(State::Warning, {"headroom"}), Change::New,
       kNow},
      {"not found out", kFailing, verdict(State::Unknown), Change::Unknown, kThen},
      {"not found out, and well before", kHealthy, verdict(State::Unknown), Change::Unknown, kNow},
      {"not known before", verdict(State::Unknown), kFailing, Change::New, kNow},
      {"not known before, well now", verdict(State::Unknown), kHealthy, Change::None, 0},
      {"no longer probed", kFailing, verdict(State::Skipped), Change::None, 0},
      {"probed for the first time", verdict(State::Skipped), kFailing, Change::New, kNow},
  };
  for (const Case& c : cases) {
    CAPTURE(c.name);
    const EarlierRoute before = earlier(c.before);
    const Comparison got = compare(c.now, kNow, &before);
    CHECK(to_string(got.change) == to_string(c.change));
    CHECK(got.since_ms == c.since);
    CHECK(got.known_route);
  }
  CHECK(compare(kFailing, kNow, nullptr).change == Change::New);
  CHECK(compare(kHealthy, kNow, nullptr).change == Change::None);
}

TEST_CASE("compare: a report against a baseline, by names, namesakes in their order") {
  Route wiki = test_route();
  wiki.name = "wiki";
  Route added = test_route();
  added.name = "added";
  Report report;
  report.started_at_ms = kNow;
  for (const Route* route : {&wiki, &wiki, &added}) {
    report.routes.push_back({route, {}, kFailing, {}, 1, {}});
  }
  CHECK(has_news(report));
  Baseline baseline{"base.json", false, kThen, {earlier(kHealthy), earlier(kFailing)}};
  baseline.routes.push_back({"old", State::Healthy, {}, 0});
  compare(report, baseline, false);
  CHECK(report.routes[0].comparison->change == Change::New);
  CHECK(report.routes[1].comparison->change == Change::StillBroken);
  CHECK(report.routes[2].comparison->change == Change::New);
  CHECK_FALSE(report.routes[2].comparison->known_route);
  CHECK(count_changes(report, Change::New) == 2);
  CHECK(report.baseline->gone == std::vector<std::string>{"old"});
  CHECK_FALSE(is_known_problem(report.routes[0]));
  CHECK(is_known_problem(report.routes[1]));
  compare(report, baseline, true);
  CHECK(report.baseline->gone.empty());

  report.routes.erase(report.routes.begin());
  report.routes.pop_back();
  compare(report, Baseline{"base.json", false, kThen, {earlier(kFailing)}}, false);
  CHECK_FALSE(has_news(report));
  compare(report, Baseline{"base.json", true, 0, {}}, false);
  CHECK(has_news(report));
  CHECK_FALSE(report.baseline->started_at_ms.has_value());
}

TEST_CASE("timestamp: RFC 3339 there and back, nothing else") {
  CHECK(rfc3339(kThen + 250) == "2026-09-21T14:13:20.250Z");
  CHECK(parse_rfc3339("2026-09-21T14:13:20.250Z") == kThen + 250);
  CHECK(parse_rfc3339("1970-01-01T00:00:00.000Z") == 0);
  CHECK(parse_rfc3339("2024-02-29T23:59:60.000Z").has_value());
  for (const char* bad :
       {"", "now", "2026-09-21T14:13:20Z", "2026-09-21 14:13:20.250Z", "2026-02-30T00:00:00.000Z",
        "2026-13-01T00:00:00.000Z", "2026-09-21T24:00:00.000Z", "2026-09-21T14:13:20.250Z "}) {
    CAPTURE(bad);
    CHECK_FALSE(parse_rfc3339(bad).has_value());
  }
}

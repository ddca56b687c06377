#include <doctest/doctest.h>

#include <algorithm>
#include <sstream>
#include <string>
#include <vector>

#include "report/escape.h"
#include "report/report.h"
#include "report_builder.h"

namespace prober::report {
namespace {

using test::Made;
using test::outcome;

std::vector<std::string> lines_of(const std::string& text) {
  std::istringstream in(text);
  std::vector<std::string> out;
  for (std::string line; std::getline(in, line);) {
    out.push_back(line);
  }
  return out;
}

Made one_failing(const std::string& details) {
  Made made;
  made.add("sound", State::Healthy).verdict.outcomes = {outcome(200, "via_upstream", false)};
  made.add("broken", State::Failing).verdict.outcomes = {outcome(503, details, true)};
  return made;
}

TEST_CASE("human: broken routes come first, then in the order of the file") {
  Made made;
  for (const auto& [name, state] :
       std::vector<std::pair<std::string, State>>{{"skipped", State::Skipped},
                                                  {"healthy", State::Healthy},
                                                  {"warning", State::Warning},
                                                  {"degraded", State::Degraded},
                                                  {"unknown", State::Unknown},
                                                  {"failing-1", State::Failing},
                                                  {"failing-2", State::Failing}}) {
    made.add(name, state);
  }
  const std::string text = human(made.report, {});
  std::size_t last = 0;
  for (const char* name :
       {"failing-1", "failing-2", "degraded", "unknown", "warning", "healthy", "skipped"}) {
    const std::size_t at = text.find(std::string(" ") + name + " ");
    CAPTURE(name);
    REQUIRE(at != std::string::npos);
    CHECK(at >= last);
    last = at;
  }
  CHECK(
      text.contains("7 routes: 2 failing (failing-1, failing-2), 1 degraded (degraded), "
                    "1 unknown (unknown), 1 warning (warning), 1 healthy, 1 skipped;"));
}

TEST_CASE("human: details stay in one piece, all else keeps to the width") {
  const std::string details =
      "upstream_reset_before_response_started{" + std::string(200, 'x') + "}";
  Made made = one_failing(details);
  auto& words = *made.report.routes[1].verdict.outcomes[0].explanation;
  words.cause = "";
  for (int i = 0; i < 60; ++i) {
    words.cause += "word ";
  }
  for (const int width : {40, 80, 120}) {
    CAPTURE(width);
    HumanOptions options;
    options.width = width;
    const std::string text = human(made.report, options);
    CHECK(text.contains(details + "\n"));
    for (const std::string& line : lines_of(text)) {
      const bool kept_whole =
          line.contains(details) || line.contains("https://") || line.starts_with("2 routes:");
      CHECK((kept_whole || columns(line) <= static_cast<std::size_t>(width)));
    }
  }
}

TEST_CASE("human: --quiet leaves out what is well, and says nothing when all is") {
  HumanOptions quiet;
  quiet.quiet = true;
  const std::string text = human(one_failing("response_timeout").report, quiet);
  CHECK(text.contains("broken"));
  CHECK_FALSE(text.contains("sound"));
  Made well;
  well.add("sound", State::Healthy).verdict.outcomes = {outcome(200, "via_upstream", false)};
  well.add("away", State::Skipped).verdict.reason = "it has no upstream";
  CHECK(human(well.report, quiet).empty());
  CHECK(human(well.report, {}).contains("it has no upstream"));
  well.add("careful", State::Warning);
  CHECK(human(well.report, quiet).contains("careful"));
}

TEST_CASE("human: colour and symbols beyond ASCII appear only where they are asked for") {
  const Made made = one_failing("response_timeout");
  HumanOptions options;
  options.ascii = true;
  const std::string plain = human(made.report, options);
  CHECK(std::ranges::all_of(plain, [](unsigned char c) { return c < 0x80 && c != 0x1b; }));
  options.colour = true;
  const std::string coloured = human(made.report, options);
  CHECK(coloured.contains("\x1b[1;31mFAILING\x1b[0m"));
}

TEST_CASE("human: shares are told as a person would") {
  struct Case {
    double share;
    const char* words;
  };
  const Case cases[] = {{1.0, "every request fails"},       {0.5, "50 % of requests fail"},
                        {1.0 / 3, "33 % of requests fail"}, {0.004, "0.4 % of requests fail"},
                        {0.996, "99.6 % of requests fail"}, {0.99999, "every request fails"}};
  for (const Case& c : cases) {
    CAPTURE(c.share);
    Made made;
    auto& verdict = made.add("a", State::Degraded).verdict;
    verdict.outcomes = {outcome(503, "no_healthy_upstream", true),
                        outcome(200, "via_upstream", false)};
    verdict.outcomes[0].share = c.share;
    verdict.outcomes[1].share = 1 - c.share;
    CHECK(human(made.report, {}).contains(c.words));
  }
}

TEST_CASE("human: the alternatives of a race stand together, what they share is told once") {
  Made made;
  auto& verdict = made.add("a", State::Failing).verdict;
  verdict.outcomes = {outcome(503, "first", true), outcome(502, "second", true)};
  for (PredictedOutcome& one : verdict.outcomes) {
    one.share.reset();
    one.race = 1;
    one.race_share = 1.0;
    one.endpoints = {"10.0.0.5:80"};
  }
  std::string text = human(made.report, {});
  CHECK(text.contains("  either 503 first\n"));
  CHECK(text.contains("  or     502 second\n"));
  CHECK(text.contains("every request fails"));
  CHECK(text.find("It is so.") == text.rfind("It is so."));
  CHECK(text.find("10.0.0.5:80") == text.rfind("10.0.0.5:80"));
  verdict.outcomes[1] = outcome(200, "via_upstream", false);
  verdict.outcomes[1].share.reset();
  verdict.outcomes[1].race = 1;
  verdict.outcomes[1].race_share = 1.0;
  verdict.outcomes[1].endpoints = {"10.0.0.6:80"};
  text = human(made.report, {});
  CHECK(text.contains("up to 100 % of requests fail"));
  CHECK(text.contains("  at     10.0.0.6:80\n"));
}

TEST_CASE("human: much evidence is cut with a word about it") {
  Made made = one_failing("response_timeout");
  for (int i = 0; i < 20; ++i) {
    made.report.routes[1].verdict.outcomes[0].evidence.push_back("fact " + std::to_string(i));
  }
  const std::string text = human(made.report, {});
  CHECK(text.contains("  seen   fact 0\n         fact 1\n"));
  CHECK(text.contains("and 12 more; --format json has all"));
}

TEST_CASE("human: the page that a browser shows") {
  Made made = one_failing("response_timeout");
  auto& words = *made.report.routes[1].verdict.outcomes[0].explanation;
  CHECK_FALSE(human(made.report, {}).contains("browser"));
  words.page = "Web Server is down";
  CHECK(human(made.report, {}).contains("a browser shows \"Web Server is down\""));
  words.page = "503 response_timeout";
  CHECK(human(made.report, {}).contains("Pomerium's general error page"));
}

TEST_CASE("human: an empty report still says so") {
  Made made;
  made.report.duration = std::chrono::milliseconds(20);
  CHECK(human(made.report, {}) == "0 routes: nothing to probe; 20 ms, as Envoy 1.38 answers\n");
}

}  // namespace
}  // namespace prober::report

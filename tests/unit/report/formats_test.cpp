#include <doctest/doctest.h>

#include <string>

#include "report/report.h"
#include "report_builder.h"

namespace prober::report {
namespace {

TEST_CASE("formats: names are those of the command line, and all are listed") {
  CHECK(format_from_name("human") == Format::Human);
  CHECK(format_from_name("json") == Format::Json);
  for (const char* unknown : {"", "JSON", "xml", "human "}) {
    CAPTURE(unknown);
    CHECK_FALSE(format_from_name(unknown));
  }
  const std::string names = format_names();
  CHECK(names.contains("human"));
  CHECK(names.contains("json"));
}

TEST_CASE("nagios: the status by what the worst route is") {
  struct Case {
    const char* name;
    std::vector<State> states;
    State fail_on;
    int status;
  };
  const Case cases[] = {
      {"all is well", {State::Healthy, State::Skipped}, State::Degraded, 0},
      {"only skipped", {State::Skipped}, State::Degraded, 0},
      {"no route at all", {}, State::Degraded, 3},
      {"a warning", {State::Healthy, State::Warning}, State::Degraded, 1},
      {"a warning that counts", {State::Warning}, State::Warning, 2},
      {"degraded", {State::Degraded, State::Warning}, State::Degraded, 2},
      {"degraded that does not count", {State::Degraded}, State::Failing, 1},
      {"failing", {State::Healthy, State::Failing}, State::Failing, 2},
      {"unknown outweighs a warning", {State::Warning, State::Unknown}, State::Degraded, 3},
      {"failing outweighs unknown", {State::Unknown, State::Failing}, State::Degraded, 2},
  };
  for (const Case& one : cases) {
    CAPTURE(one.name);
    test::Made made;
    for (const State state : one.states) {
      made.add("wiki", state);
    }
    CHECK(nagios_status(made.report, one.fail_on) == one.status);
  }
}

TEST_CASE("markdown: a limit leaves out sections, then rows, and says how many") {
  test::Made made;
  for (int i = 0; i < 100; ++i) {
    made.add("route-" + std::to_string(i), State::Failing).verdict.outcomes = {
        test::outcome(503, "no_healthy_upstream", true)};
  }
  const std::string whole = markdown(made.report);
  CHECK_FALSE(whole.contains("Left out"));
  for (const std::size_t most : {20000U, 9000U, 2000U}) {
    CAPTURE(most);
    REQUIRE(whole.size() > most);
    const std::string text = markdown(made.report, most);
    CHECK(text.size() <= most);
    CHECK(text.contains("Left out for the length: "));
    CHECK(text.ends_with(" routes.\n"));
  }
  CHECK(markdown(made.report, 20000).contains("Left out for the length: 0 rows"));
}

TEST_CASE("csv: what a sheet would run begins with an apostrophe, what it would split is quoted") {
  struct Case {
    const char* name;
    const char* cell;
  };
  const Case cases[] = {{"=1+1", "'=1+1"},
                        {"+1", "'+1"},
                        {"-1", "'-1"},
                        {"@x", "'@x"},
                        {"a,b", "\"a,b\""},
                        {"a\"b", "\"a\"\"b\""},
                        {"a\r\nb", "a\\x0d\\x0ab"},
                        {" a", "\" a\""},
                        {"a=b", "a=b"},
                        {"\t=1", "\\x09=1"}};
  for (const Case& one : cases) {
    CAPTURE(one.name);
    test::Made made;
    made.add(one.name, State::Healthy);
    const std::string text = csv(made.report);
    CHECK(text.substr(text.find("\r\n") + 2).starts_with(std::string(one.cell) + ','));
  }
}

TEST_CASE("prometheus: the same name twice makes two series, not a file that is refused") {
  test::Made made;
  made.add("wiki", State::Healthy);
  made.add("wiki", State::Healthy);
  const std::string text = prometheus(made.report);
  CHECK(text.contains("probe_success{route=\"wiki\"} 1\n"));
  CHECK(text.contains("probe_success{route=\"wiki (2)\"} 1\n"));
}

TEST_CASE("formats: a route that answers nobody says why in each") {
  test::Made made;
  made.add("wiki", State::Failing).verdict.reason = "the public port stays closed";
  for (const char* name : {"human", "json", "jsonl", "junit", "tap", "github", "sarif", "nagios",
                           "markdown", "html", "csv"}) {
    CAPTURE(name);
    const auto format = format_from_name(name);
    REQUIRE(format);
    CHECK(render(made.report, format.value_or(Format::Human), {})
              .contains("the public port stays closed"));
  }
  CHECK(human(made.report, {}).contains("wiki  FAILING  no request is answered\n"));
  CHECK(prometheus(made.report).contains("prober_failing_requests_ratio{route=\"wiki\"} 1\n"));
  CHECK(junit(made.report).contains("failures=\"1\""));
  CHECK(sarif(made.report).contains("\"ruleId\": \"no_answer\""));
}

TEST_CASE("tap: no routes is a plan that skips all") {
  CHECK(tap(Report()).starts_with("TAP version 14\n1..0 # SKIP no routes\n"));
}

TEST_CASE("junit, html, sarif, markdown, json: no routes is a whole document all the same") {
  CHECK(junit(Report()).ends_with("</testsuites>\n"));
  CHECK(html(Report()).ends_with("</html>\n"));
  CHECK(sarif(Report()).contains("\"results\": []"));
  CHECK(markdown(Report()).contains("nothing to probe"));
  CHECK(json(Report()).ends_with("\"routes\": []\n}\n"));
}

}  // namespace
}  // namespace prober::report

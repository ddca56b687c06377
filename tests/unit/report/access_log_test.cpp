#include "report/access_log.h"

#include <doctest/doctest.h>

#include <string>

namespace prober::report {
namespace {

TEST_CASE("details_from_log_line: takes the details out of whatever is around them") {
  struct Case {
    const char* name;
    std::string line;
    std::string details;
  };
  const std::string details =
      "upstream_reset_before_response_started{remote_connection_failure|"
      "delayed_connect_error:_Connection_refused}";
  const std::string log =
      R"({"level":"info","service":"envoy","message":"http-request","response-code":503,)"
      R"("response-code-details":")" +
      details + R"(","duration":1.2})";
  const Case cases[] = {
      {"access log", log, details},
      {"with a collector's prefix", "pomerium-1  | " + log, details},
      {"with a line end", log + "\r\n", details},
      {"error body", R"({"requestId":"1","status":504,"statusText":"response_timeout"})",
       "response_timeout"},
      {"details alone", details, details},
      {"white space around", "  no_healthy_upstream \n", "no_healthy_upstream"},
      {"escaped text", R"({"response-code-details":"a|b"})", "a|b"},
      {"another log line", R"({"level":"info","message":"started"})", ""},
      {"details of another type", R"({"response-code-details":503})", ""},
      {"broken JSON", R"({"response-code-details":)", R"({"response-code-details":)"},
      {"a list", "[1]", "[1]"},
      {"nothing", "", ""},
      {"only white space", " \t\r\n", ""},
      {"invalid UTF-8", "\xff{\xfe}", "\xff{\xfe}"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.name);
    CHECK(details_from_log_line(c.line) == c.details);
  }
}

}  // namespace
}  // namespace prober::report

#include <doctest/doctest.h>

#include "explanation_attempts.h"

namespace prober::test {
namespace {

TEST_CASE("evidence: what was measured, in order") {
  struct Case {
    const char* name;
    Attempt attempt;
    std::vector<std::string> sentences;
  };
  Attempt silent = attempt_at("10.0.0.5");
  silent.connect = ConnectResult::TimedOut;
  silent.end = End::Limit;
  silent.limit = Limit::ConnectTimeout;
  silent.timings.end = std::chrono::seconds(10);
  Attempt closed = connected();
  closed.end = End::Rst;
  closed.timings.end = std::chrono::milliseconds(2);
  closed.second_look = SecondLook::StayedOpen;
  Attempt bad = connected();
  bad.end = End::Violation;
  bad.http->bytes = 21;
  bad.http->violation = Violation{"the answer does not begin with an HTTP/1 status line", false};
  Attempt mismatch = tls_failure("CERTIFICATE_VERIFY_FAILED");
  mismatch.tls->name_mismatch = true;
  mismatch.tls->chain = {certificate()};
  const Case cases[] = {
      {"refused",
       failed_connect(ECONNREFUSED),
       {"connect to 10.0.0.5:8080 failed after 312 us: Connection refused"}},
      {"silent",
       silent,
       {"no answer from 10.0.0.5:8080 to the connection request for 10 s",
        "connect_timeout ended the request after 10 s"}},
      {"closed",
       closed,
       {"connected to 10.0.0.5:8080 in 200 us", "not one byte of an answer came",
        "the upstream reset the connection after 2.0 ms",
        "a second, silent connection stayed open: the request itself brings the end about"}},
      {"bad",
       bad,
       {"connected to 10.0.0.5:8080 in 200 us", "21 bytes came, but no complete head",
        "the answer does not begin with an HTTP/1 status line"}},
      {"mismatch",
       mismatch,
       {"connected to 10.0.0.5:8080 in 200 us", "no SAN of the certificate is wiki.internal",
        "the server shows \"CN=wiki\", issued by \"CN=Corp CA\", valid from 2026-06-13 to "
        "2026-12-20",
        "its SANs are [wiki.corp.test, *.corp.test]"}},
  };
  for (const Case& c : cases) {
    CAPTURE(c.name);
    const auto sentences = evidence(route_to(Scheme::Http), c.attempt);
    REQUIRE(sentences.size() == c.sentences.size());
    for (std::size_t i = 0; i < sentences.size(); ++i) {
      CHECK(sentences[i] == c.sentences[i]);
    }
  }
}

TEST_CASE("evidence: header values of the answer never show") {
  Attempt attempt = connected();
  attempt.end = End::Answered;
  attempt.http->status = 500;
  attempt.http->headers = {{"set-cookie", "session=SECRET"}};
  attempt.http->body = "SECRET";
  for (const std::string& sentence : evidence(route_to(Scheme::Http), attempt)) {
    CHECK_FALSE(sentence.contains("SECRET"));
  }
}

}  // namespace
}  // namespace prober::test

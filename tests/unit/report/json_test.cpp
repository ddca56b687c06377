#include <doctest/doctest.h>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "report/report.h"
#include "report_builder.h"

namespace prober::report {
namespace {

using Json = nlohmann::ordered_json;
using test::Made;
using test::outcome;

std::vector<std::string> keys_of(const Json& object) {
  std::vector<std::string> out;
  for (const auto& [key, value] : object.items()) {
    out.push_back(key);
  }
  return out;
}

TEST_CASE("json: the keys of the contract, in its order") {
  Made made;
  RouteReport& one = made.add("wiki", State::Degraded);
  one.verdict.outcomes = {outcome(503, "no_healthy_upstream", true)};
  one.observation.lookups.emplace_back();
  EndpointObservation endpoint;
  endpoint.attempts.emplace_back();
  endpoint.attempts.front().tls = TlsFacts();
  endpoint.attempts.front().http = HttpFacts();
  one.observation.endpoints = {endpoint};
  one.verdict.headroom = {{"timeout", std::chrono::seconds(30), std::chrono::milliseconds(12)}};
  one.verdict.warnings = {{"headroom", "Too close."}};
  const std::string text = json(made.report);
  CHECK(text.ends_with("}\n"));
  const Json document = Json::parse(text);
  using Keys = std::vector<std::string>;
  CHECK(keys_of(document) ==
        Keys{"schema", "version", "proxy", "started_at", "duration_s", "summary", "routes"});
  CHECK(keys_of(document["summary"]) ==
        Keys{"routes", "healthy", "warning", "degraded", "failing", "unknown", "skipped"});
  const Json& route = document["routes"][0];
  CHECK(keys_of(route) == Keys{"name", "from", "source", "state", "reason", "predictions",
                               "warnings", "dns", "lookups", "endpoints", "headroom"});
  CHECK(keys_of(route["predictions"][0]) == Keys{"share", "status", "response_flags", "details",
                                                 "error", "exact", "fails", "endpoints", "evidence",
                                                 "cause", "resolution", "docs", "page"});
  CHECK(keys_of(route["dns"]) == Keys{"name", "addresses", "rcode", "server", "ttl_s", "time_s"});
  CHECK(keys_of(route["endpoints"][0]) ==
        Keys{"address", "stage", "looks", "timings_s", "tls", "http"});
  CHECK(route["headroom"][0] == Json({{"limit", "timeout"}, {"limit_s", 30.0}, {"used_s", 0.012}}));
}

TEST_CASE("json: what is not known is null, and no flag is an empty string") {
  Made made;
  RouteReport& one = made.add("wiki", State::Healthy);
  one.verdict.outcomes = {outcome(200, "via_upstream", false)};
  const Json document = Json::parse(json(made.report));
  const Json& route = document["routes"][0];
  CHECK(route["reason"].is_null());
  CHECK(route["dns"].is_null());
  CHECK(route["source"]["file"].is_null());
  const Json& prediction = route["predictions"][0];
  CHECK(prediction["share"] == 1.0);
  CHECK(prediction["response_flags"] == "");
  for (const char* key : {"cause", "resolution", "docs", "page"}) {
    CAPTURE(key);
    CHECK(prediction[key].is_null());
  }
  CHECK_FALSE(prediction.contains("one_of"));
}

TEST_CASE("json: a race has a common id and share, its alternatives have none of their own") {
  Made made;
  auto& outcomes = made.add("wiki", State::Failing).verdict.outcomes;
  outcomes = {outcome(503, "first", true), outcome(502, "second", true)};
  for (PredictedOutcome& one : outcomes) {
    one.share.reset();
    one.race = 1;
    one.race_share = 0.5;
  }
  const Json document = Json::parse(json(made.report));
  for (const Json& prediction : document["routes"][0]["predictions"]) {
    CHECK(prediction["share"].is_null());
    CHECK(prediction["one_of"] == Json({{"id", 1}, {"share", 0.5}}));
  }
}

TEST_CASE("json: several names have one lookup each, and `dns` is the one that failed") {
  Made made;
  RouteReport& one = made.add("wiki", State::Degraded);
  Lookup good;
  good.name = "good.internal";
  good.status = LookupStatus::Ok;
  good.addresses = {IpAddress::parse("10.0.0.1").value()};
  Lookup bad;
  bad.name = "bad.internal";
  bad.status = LookupStatus::NotFound;
  one.observation.lookups = {good, bad};
  const Json document = Json::parse(json(made.report));
  const Json& route = document["routes"][0];
  CHECK(route["lookups"].size() == 2);
  CHECK(route["dns"]["name"] == "bad.internal");
  CHECK(route["dns"]["rcode"] == "NXDOMAIN");
}

TEST_CASE("json: the start is told to the millisecond, in UTC") {
  Made made;
  made.report.started_at_ms = 1'790'000'000'007;
  CHECK(Json::parse(json(made.report))["started_at"] == "2026-09-21T14:13:20.007Z");
}

TEST_CASE("json: bytes that are no UTF-8 are replaced, controls are escaped") {
  Made made;
  made.add("a\xff\x1b[2J\xc2\x9b", State::Healthy);
  const std::string text = json(made.report);
  CHECK_FALSE(text.contains('\x1b'));
  CHECK_FALSE(text.contains("\xc2\x9b"));
  CHECK(Json::parse(text)["routes"][0]["name"] == "a\xef\xbf\xbd\x1b[2J\xc2\x9b");
}

TEST_CASE("json: of an answer's headers only harmless ones show") {
  Made made;
  RouteReport& one = made.add("wiki", State::Healthy);
  EndpointObservation endpoint;
  endpoint.attempts.emplace_back();
  HttpFacts http;
  http.headers = {{"Server", "nginx"}, {"Set-Cookie", "SECRET"}, {"X-Api-Key", "SECRET"}};
  http.body = "SECRET";
  endpoint.attempts.front().http = http;
  one.observation.endpoints = {endpoint};
  const std::string text = json(made.report);
  CHECK_FALSE(text.contains("SECRET"));
  CHECK(Json::parse(text)["routes"][0]["endpoints"][0]["http"]["headers"] ==
        Json({{"server", "nginx"}}));
}

}  // namespace
}  // namespace prober::report

#include <algorithm>
#include <nlohmann/json.hpp>

#include "prober/timestamp.h"
#include "report/escape.h"
#include "report/history_json.h"
#include "report/public_headers.h"
#include "report/report.h"
#include "report/words.h"

namespace prober::report {
namespace {

using Json = nlohmann::ordered_json;

// An object with room for that many members: without it, each time it grows every member is copied.
Json object(std::size_t members) {
  Json out = Json::object();
  out.get_ref<Json::object_t&>().reserve(members);
  return out;
}

Json text_or_null(const std::string& text) {
  return text.empty() ? Json() : Json(text);
}

Json seconds_or_null(const std::optional<Duration>& span) {
  return span ? Json(seconds(*span)) : Json();
}

Json outcome_json(const PredictedOutcome& outcome) {
  Json out = object(14);
  out["share"] = outcome.share ? Json(*outcome.share) : Json();
  if (outcome.race != 0) {
    out["one_of"] = {{"id", outcome.race}, {"share", outcome.race_share}};
  }
  out["status"] = outcome.prediction.status;
  out["response_flags"] = to_string(outcome.prediction.flags);
  out["details"] = outcome.prediction.details;
  out["error"] = outcome.error;
  out["exact"] = outcome.prediction.exact;
  out["fails"] = outcome.fails;
  out["endpoints"] = outcome.endpoints;
  out["evidence"] = outcome.evidence;
  const Explanation empty;
  const Explanation& words = outcome.explanation ? *outcome.explanation : empty;
  out["cause"] = text_or_null(words.cause);
  out["resolution"] = text_or_null(words.resolution);
  out["docs"] = text_or_null(words.docs);
  out["page"] = text_or_null(words.page);
  return out;
}

Json lookup_json(const Lookup& lookup) {
  Json addresses = Json::array();
  for (const IpAddress& address : lookup.addresses) {
    addresses.push_back(address.to_string());
  }
  Json out = object(6);
  out["name"] = lookup.name;
  out["addresses"] = std::move(addresses);
  out["rcode"] = to_string(lookup.status);
  out["server"] = text_or_null(lookup.server);
  out["ttl_s"] = lookup.ttl_s ? Json(*lookup.ttl_s) : Json();
  out["time_s"] = seconds(lookup.time);
  return out;
}

// The lookup that the contract names: the one that failed, else the first.
Json dns_json(const std::vector<Lookup>& lookups) {
  const auto failed =
      std::ranges::find_if(lookups, [](const Lookup& lookup) { return lookup.addresses.empty(); });
  if (failed != lookups.end()) {
    return lookup_json(*failed);
  }
  return lookups.empty() ? Json() : lookup_json(lookups.front());
}

Json certificate_json(const Certificate& certificate) {
  Json out = object(6);
  out["subject"] = certificate.subject;
  out["issuer"] = certificate.issuer;
  out["sans"] = certificate.sans;
  out["not_before"] = rfc3339(certificate.not_before * 1000);
  out["not_after"] = rfc3339(certificate.not_after * 1000);
  out["key"] = certificate.key;
  return out;
}

Json tls_json(const TlsFacts& tls) {
  Json out = object(8);
  out["server_name"] = tls.server_name;
  out["completed"] = tls.completed;
  out["version"] = text_or_null(tls.version);
  out["cipher"] = text_or_null(tls.cipher);
  out["alpn"] = text_or_null(tls.alpn);
  Json problems = Json::array();
  for (const VerifyProblem& problem : tls.problems) {
    problems.push_back({{"depth", problem.depth}, {"text", problem.text}});
  }
  out["problems"] = std::move(problems);
  out["name_matches"] = !tls.name_mismatch;
  Json chain = Json::array();
  for (const Certificate& certificate : tls.chain) {
    chain.push_back(certificate_json(certificate));
  }
  out["chain"] = std::move(chain);
  return out;
}

Json http_json(const HttpFacts& http) {
  Json out = object(9);
  out["version"] = http.version == HttpVersion::Http2 ? "2" : "1.1";
  out["status"] = http.status ? Json(*http.status) : Json();
  out["interim"] = http.interim;
  out["complete"] = http.complete;
  out["headers"] = Json::object();
  for (const HeaderField& field : public_headers(http.headers)) {
    out["headers"][field.name] = field.value;
  }
  out["body_bytes"] = http.body_bytes;
  out["violation"] = http.violation ? Json(http.violation->what) : Json();
  out["reset_code"] = http.reset_code ? Json(*http.reset_code) : Json();
  out["goaway_code"] = http.goaway_code ? Json(*http.goaway_code) : Json();
  return out;
}

Json attempt_json(const Attempt& attempt) {
  const Timings& timings = attempt.timings;
  Json times = object(6);
  times["connect"] = seconds_or_null(timings.connect);
  times["tls"] = seconds_or_null(timings.tls);
  times["first_byte"] = seconds_or_null(timings.first_byte);
  times["total"] = seconds(timings.end);
  times["largest_gap"] = seconds(timings.largest_gap);
  times["loop_lag"] = seconds(timings.loop_lag);
  Json out = object(8);
  out["address"] = attempt.endpoint.to_string();
  out["stage"] = to_string(attempt.stage);
  out["looks"] = attempt.looks;
  out["timings_s"] = std::move(times);
  out["tls"] = attempt.tls ? tls_json(*attempt.tls) : Json();
  out["http"] = attempt.http ? http_json(*attempt.http) : Json();
  if (!attempt.banner.empty()) {
    out["banner"] = attempt.banner;
  }
  return out;
}

Json endpoints_json(const Observation& observation) {
  Json out = Json::array();
  for (const EndpointObservation& endpoint : observation.endpoints) {
    if (endpoint.attempts.empty()) {
      continue;
    }
    Json one = attempt_json(endpoint.attempts.front());
    if (endpoint.health) {
      one["health_check"] = {{"healthy", endpoint.health->healthy},
                             {"why", text_or_null(endpoint.health->why)}};
    }
    out.push_back(std::move(one));
  }
  return out;
}

Json route_json(const RouteReport& one) {
  const Route& route = *one.route;
  const Verdict& verdict = one.verdict;
  Json out = object(16);
  out["name"] = route.name;
  out["from"] = route.from;
  out["source"] = object(2);
  out["source"]["file"] = route.source.file ? Json(*route.source.file) : Json();
  out["source"]["line"] = route.source.line;
  out["state"] = to_string(verdict.state);
  out["reason"] = text_or_null(verdict.reason);
  add_history(one, out);
  out["predictions"] = Json::array();
  for (const PredictedOutcome& outcome : verdict.outcomes) {
    out["predictions"].push_back(outcome_json(outcome));
  }
  out["warnings"] = Json::array();
  for (const Warning& warning : verdict.warnings) {
    out["warnings"].push_back({{"code", warning.code}, {"message", warning.message}});
  }
  out["dns"] = dns_json(one.observation.lookups);
  out["lookups"] = Json::array();
  for (const Lookup& lookup : one.observation.lookups) {
    out["lookups"].push_back(lookup_json(lookup));
  }
  out["endpoints"] = endpoints_json(one.observation);
  out["headroom"] = Json::array();
  for (const Headroom& headroom : verdict.headroom) {
    Json limit = object(3);
    limit["limit"] = headroom.limit;
    limit["limit_s"] = seconds(headroom.allowed);
    limit["used_s"] = seconds(headroom.used);
    out["headroom"].push_back(std::move(limit));
  }
  return out;
}

std::string dump(const Json& json, int indent) {
  return json.dump(indent, ' ', false, Json::error_handler_t::replace);
}

}  // namespace

std::string json(const Report& report) {
  const Summary summary = summarise(report);
  Json out;
  out["schema"] = "prober/1";
  out["version"] = report.version;
  out["proxy"] = "envoy-" + std::string(to_string(report.proxy));
  out["started_at"] = rfc3339(report.started_at_ms);
  out["duration_s"] = seconds(report.duration);
  out["summary"] = {{"routes", summary.routes},   {"healthy", summary.healthy},
                    {"warning", summary.warning}, {"degraded", summary.degraded},
                    {"failing", summary.failing}, {"unknown", summary.unknown},
                    {"skipped", summary.skipped}};
  add_run_history(report, out);
  out["routes"] = Json::array();
  std::string text = escape_json(dump(out, 1)) + "\n";
  if (report.routes.empty()) {
    return text;
  }
  // Route by route: 10,000 of them as one tree take a second and hundreds of megabytes.
  text.resize(text.rfind(']'));
  for (const RouteReport& one : report.routes) {
    text += text.ends_with('[') ? "\n  " : ",\n  ";
    append_escaped_json(text, dump(route_json(one), 1), "  ");
  }
  text += "\n ]\n}\n";
  return text;
}

std::string jsonl(const RouteReport& route) {
  return escape_json(dump(route_json(route), -1)) + "\n";
}

std::string jsonl(const Report& report) {
  std::string out;
  for (const RouteReport& one : report.routes) {
    out += jsonl(one);
  }
  return out;
}

}  // namespace prober::report

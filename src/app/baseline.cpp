#include "baseline.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <nlohmann/json.hpp>
#include <optional>
#include <unordered_set>
#include <utility>

#include "prober/timestamp.h"
#include "report/escape.h"

namespace prober::app {
namespace {

using Json = nlohmann::json;

constexpr std::string_view kSchema = "prober/1";
constexpr off_t kMostBytes = off_t{512} << 20;
constexpr std::array kStates = {State::Healthy, State::Warning, State::Degraded,
                                State::Failing, State::Unknown, State::Skipped};

// The file is JSON, but not what a report of ours has there.
struct NotAReport {
  std::string what;
};

const Json& member(const Json& object, const char* key) {
  const auto found = object.is_object() ? object.find(key) : object.end();
  if (found == object.end()) {
    throw NotAReport{fmt::format("it has no `{}` where a report has one", key)};
  }
  return *found;
}

std::string text(const Json& object, const char* key) {
  const Json& value = member(object, key);
  if (!value.is_string()) {
    throw NotAReport{fmt::format("its `{}` is not a text", key)};
  }
  return value.get<std::string>();
}

const Json& list(const Json& object, const char* key) {
  const Json& value = member(object, key);
  if (!value.is_array()) {
    throw NotAReport{fmt::format("its `{}` is not a list", key)};
  }
  return value;
}

std::int64_t time(const Json& object, const char* key) {
  const auto out = parse_rfc3339(text(object, key));
  if (!out) {
    throw NotAReport{fmt::format("its `{}` is not a time", key)};
  }
  return *out;
}

State state(const Json& object) {
  const std::string name = text(object, "state");
  const auto* found = std::ranges::find(kStates, name, [](State one) { return to_string(one); });
  if (found == kStates.end()) {
    throw NotAReport{"it has the state '" + name + "'"};
  }
  return *found;
}

// As problems_of() gives them for the verdict that the report was made of.
std::vector<std::string> problems(const Json& route, State state) {
  std::vector<std::string> out;
  if (state == State::Failing || state == State::Degraded) {
    for (const Json& one : list(route, "predictions")) {
      const Json& status = member(one, "status");
      const Json& fails = member(one, "fails");
      if (!status.is_number_integer() || !fails.is_boolean()) {
        throw NotAReport{"a prediction's `status` or `fails` has another type"};
      }
      if (fails.get<bool>()) {
        out.push_back(fmt::format("{} {}", status.get<int>(), text(one, "details")));
      }
    }
  } else if (state == State::Warning) {
    for (const Json& one : list(route, "warnings")) {
      out.push_back(text(one, "code"));
    }
  }
  std::ranges::sort(out);
  out.erase(std::ranges::unique(out).begin(), out.end());
  return out;
}

// What that run handed on because it could not find out itself.
std::optional<EarlierRoute> handed_on(const Json& route) {
  const auto before = route.find("before");
  if (before == route.end() || before->is_null()) {
    return std::nullopt;
  }
  EarlierRoute out;
  out.state = state(*before);
  for (const Json& one : list(*before, "problems")) {
    if (!one.is_string()) {
      throw NotAReport{"its `problems` are not texts"};
    }
    out.problems.push_back(one.get<std::string>());
  }
  std::ranges::sort(out.problems);
  if (!member(*before, "since").is_null()) {
    out.since_ms = time(*before, "since");
  }
  return out;
}

EarlierRoute earlier_route(const Json& route, std::int64_t started_at_ms) {
  EarlierRoute out;
  out.state = state(route);
  if (out.state == State::Unknown) {
    out = handed_on(route).value_or(out);
  } else {
    out.problems = problems(route, out.state);
    const auto since = route.find("since");
    out.since_ms = since != route.end() && !since->is_null() ? time(route, "since") : started_at_ms;
  }
  if (out.state == State::Healthy || out.state == State::Skipped) {
    out.since_ms = 0;
  }
  out.name = text(route, "name");
  return out;
}

Baseline from_document(const Json& document) {
  const std::string schema = text(document, "schema");
  if (schema != kSchema) {
    throw NotAReport{fmt::format("its schema is '{}', this version reads '{}'", schema, kSchema)};
  }
  Baseline out;
  out.started_at_ms = time(document, "started_at");
  for (const Json& route : list(document, "routes")) {
    out.routes.push_back(earlier_route(route, out.started_at_ms));
  }
  return out;
}

// Most of a report is what was measured, of which nothing is needed here.
bool keep(int /*depth*/, Json::parse_event_t event, Json& parsed) {
  constexpr std::array<std::string_view, 4> kNotNeeded = {"endpoints", "lookups", "dns",
                                                          "headroom"};
  return event != Json::parse_event_t::key ||
         std::ranges::find(kNotNeeded, parsed.get_ref<const std::string&>()) == kNotNeeded.end();
}

bool describes_others(const Baseline& baseline, const std::vector<Route>& routes) {
  std::unordered_set<std::string_view> names;
  for (const Route& route : routes) {
    names.insert(route.name);
  }
  return !baseline.routes.empty() && !routes.empty() &&
         std::ranges::none_of(baseline.routes, [&names](const EarlierRoute& one) {
           return names.contains(one.name);
         });
}

std::unexpected<Error> unusable(const std::string& path, const std::string& what) {
  return std::unexpected(
      Error{fmt::format("the baseline {} cannot be used: {}", path, report::escape_control(what))});
}

}  // namespace

Result<Baseline> read_baseline(const std::string& path, const std::vector<Route>& routes) {
  struct stat info{};
  if (::stat(path.c_str(), &info) != 0) {
    if (errno != ENOENT) {
      return unusable(path, std::strerror(errno));
    }
    Baseline first;
    first.file = path;
    first.missing = true;
    return first;
  }
  if (S_ISDIR(info.st_mode)) {
    return unusable(path, "it is a directory");
  }
  if (info.st_size > kMostBytes) {
    return unusable(path, "it is larger than 512 MiB");
  }
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    return unusable(path, std::strerror(errno));
  }
  if (file.peek() == std::ifstream::traits_type::eof()) {
    return unusable(path, "it is empty");
  }
  try {
    Baseline out = from_document(Json::parse(file, keep));
    if (describes_others(out, routes)) {
      return unusable(
          path, fmt::format("none of its routes ({}{}) is configured now", out.routes.front().name,
                            out.routes.size() > 1 ? ", ..." : ""));
    }
    out.file = path;
    return out;
  } catch (const NotAReport& problem) {
    return unusable(path, "it is no JSON report of prober: " + problem.what);
  } catch (const Json::parse_error& problem) {
    return unusable(path, fmt::format("it is not one JSON document (byte {})", problem.byte));
  }
}

}  // namespace prober::app

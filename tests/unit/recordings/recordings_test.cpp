// The core against tests/data/recordings.txt: from the facts that were observed of a faulty
// upstream it must come to what Envoy answered, byte for byte. See tests/data/recordings.py.

#include <doctest/doctest.h>

#include <algorithm>
#include <fstream>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "config/loader.h"
#include "observation_text.h"
#include "prober/verdict.h"

using namespace prober;

namespace {

struct Recording {
  std::string id;
  std::string route;
  std::set<std::string> answers;
  bool race = false;  // Envoy's runs differed: one answer more may be predicted
  std::string facts;
};

bool take(const std::string& line, std::string_view word, std::string& out) {
  if (!line.starts_with(word)) {
    return false;
  }
  out = line.substr(word.size());
  return true;
}

// Blocks apart by blank lines; the first line of a block is its id.
std::vector<Recording> read_recordings() {
  std::ifstream in(RECORDINGS_FILE);
  REQUIRE(in.is_open());
  std::vector<Recording> out;
  bool inside = false;
  for (std::string line; std::getline(in, line);) {
    if (line.empty() || line.starts_with('#')) {
      inside = false;
      continue;
    }
    if (!inside) {
      out.push_back({line, {}, {}, false, {}});
      inside = true;
      continue;
    }
    Recording& one = out.back();
    std::string answer;
    if (take(line, "answer ", answer)) {
      one.answers.insert(answer);
    } else if (line == "race") {
      one.race = true;
    } else if (!take(line, "route ", one.route)) {
      one.facts += line + "\n";
    }
  }
  return out;
}

std::string in_words(const Prediction& prediction) {
  const std::string flags = to_string(prediction.flags);
  return std::to_string(prediction.status) + " " + (flags.empty() ? "-" : flags) + " " +
         prediction.details;
}

struct Judged {
  std::set<std::string> answers;
  double shares = 0;
  bool exact = true;
};

Judged judge_recording(const Recording& one, const Observation& observation) {
  const auto loaded =
      config::load_documents({{"recording", one.route}}, {.files_must_exist = false});
  REQUIRE(loaded.configuration.has_value());
  const auto& configuration = *loaded.configuration;
  const Verdict verdict =
      judge(configuration.routes.front(), configuration.settings, observation, 0);
  Judged out;
  std::set<int> races;
  for (const PredictedOutcome& outcome : verdict.outcomes) {
    out.answers.insert(in_words(outcome.prediction));
    out.exact = out.exact && outcome.prediction.exact;
    const bool counted = outcome.race != 0 && !races.insert(outcome.race).second;
    out.shares += counted ? 0 : outcome.share.value_or(outcome.race_share);
  }
  return out;
}

}  // namespace

TEST_CASE("recordings: the core comes to Envoy's answers from what was observed") {
  const auto recordings = read_recordings();
  CHECK(recordings.size() > 300);
  for (const Recording& one : recordings) {
    CAPTURE(one.id);
    const auto observation = recordings::parse_observation(one.facts);
    REQUIRE(observation.has_value());
    const Judged judged = judge_recording(one, *observation);
    CHECK(judged.shares == doctest::Approx(1));
    CHECK(judged.exact);
    if (one.race) {
      CHECK(judged.answers.size() <= one.answers.size() + 1);
      CHECK(std::ranges::includes(judged.answers, one.answers));
    } else {
      CHECK(judged.answers == one.answers);
    }
  }
}

TEST_CASE("recordings: their text says all that a prediction depends on") {
  for (const Recording& one : read_recordings()) {
    CAPTURE(one.id);
    const auto observation = recordings::parse_observation(one.facts);
    REQUIRE(observation.has_value());
    CHECK(recordings::to_text(*observation) == one.facts);
  }
}

TEST_CASE("recordings: a line of another form is refused") {
  for (const char* text : {"attempt upstream=0\n", "tls end=none\n", "http version=1 bytes=1\n",
                           "lookup upstream=x\n", "something else\n",
                           "endpoint\nattempt upstream=0 address=nowhere port=1 stage=tcp "
                           "connect=connected end=fin ms=1\n"}) {
    CAPTURE(text);
    CHECK_FALSE(recordings::parse_observation(text).has_value());
  }
}

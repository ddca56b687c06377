// Every document of tests/data/config/*.txt and what is said of it, word for word, and that this
// is of the class which the file is for.

#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include "config/schema.h"
#include "config/tree.h"
#include "loading.h"

using namespace prober;
using namespace prober::config;

namespace {

struct Entry {
  std::string name;
  std::vector<std::string> want;
  std::string text;
};

// "=== name", then "> message" lines, then the document up to the next name or an empty line.
std::vector<Entry> read_corpus(const std::string& file) {
  std::ifstream in(PROBER_CORPUS_DIR "/" + file);
  std::vector<Entry> out;
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with("=== ")) {
      out.push_back({line.substr(4), {}, ""});
    } else if (out.empty()) {
      continue;  // the head of the file
    } else if (line.starts_with("> ")) {
      out.back().want.push_back(line.substr(2));
    } else if (!line.empty()) {
      out.back().text += line + "\n";
    }
  }
  return out;
}

Consequence worst_of(const Loaded& loaded) {
  Consequence worst = Consequence::Note;
  for (const Diagnostic& one : loaded.diagnostics) {
    worst = std::min(worst, one.consequence);
  }
  return worst;
}

void check_corpus(const std::string& file, std::size_t least,
                  const std::set<Consequence>& consequences) {
  const std::vector<Entry> entries = read_corpus(file);
  CHECK(entries.size() >= least);
  for (const Entry& entry : entries) {
    CAPTURE(entry.name);
    const Loaded loaded = load_text(entry.text);
    CHECK(messages(loaded) == entry.want);
    CHECK(consequences.contains(worst_of(loaded)));
    const bool blocks = *consequences.begin() <= Consequence::RefusesToStart;
    CHECK(loaded.configuration.has_value() != blocks);
  }
}

// Every key of every map, at any depth.
void collect_keys(const Value& value, std::set<std::string, std::less<>>& out) {
  for (const Value& item : value.items()) {
    collect_keys(item, out);
  }
  for (const Value::Member& member : value.members()) {
    out.emplace(member.key.text());
    collect_keys(member.value, out);
  }
}

}  // namespace

TEST_CASE("corpus: what Pomerium refuses to start with") {
  check_corpus("refused.txt", 130, {Consequence::RefusesToStart});
}

TEST_CASE("corpus: what takes every route down is on every route") {
  check_corpus("all_down.txt", 40, {Consequence::AllRoutesDown});
  for (const Entry& entry : read_corpus("all_down.txt")) {
    CAPTURE(entry.name);
    const std::string other =
        "routes:\n- {name: sound, from: https://sound.example.com, to: http://10.0.0.1}\n";
    const Loaded loaded = load_documents({{"sound", other}, {"f", entry.text}}, {});
    REQUIRE(loaded.configuration.has_value());
    REQUIRE(loaded.configuration->routes.front().fault);
    CHECK(loaded.configuration->routes.front().fault->position.file->compare("f") == 0);
  }
}

TEST_CASE("corpus: what takes one route down leaves the others alone") {
  check_corpus("route_down.txt", 19, {Consequence::RouteDown});
  for (const Entry& entry : read_corpus("route_down.txt")) {
    CAPTURE(entry.name);
    const std::string sound =
        "- {name: sound, from: https://sound.example.com, to: 'unix:///run/sound.sock'}\n";
    const Loaded loaded = load_text(entry.text + sound);
    REQUIRE(loaded.configuration.has_value());
    REQUIRE(loaded.configuration->routes.size() == 2);
    CHECK(loaded.configuration->routes[0].fault);
    CHECK_FALSE(loaded.configuration->routes[1].fault);
  }
}

TEST_CASE("corpus: what works all the same") {
  check_corpus("warned.txt", 24, {Consequence::Ignored, Consequence::Note});
}

TEST_CASE("corpus: real files load without an error, and every key is in one of them") {
  std::set<std::string, std::less<>> keys;
  std::size_t files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(PROBER_CORPUS_DIR "/valid")) {
    CAPTURE(entry.path().string());
    std::ifstream in(entry.path());
    std::stringstream text;
    text << in.rdbuf();
    const Loaded loaded =
        load_documents({{"f", text.str()}}, {.files_must_exist = false, .environment = {}});
    for (const Diagnostic& one : loaded.diagnostics) {
      CAPTURE(to_string(one));
      CHECK_FALSE(one.is_error());
    }
    REQUIRE(loaded.configuration.has_value());
    CHECK_FALSE(loaded.configuration->routes.empty());
    for (const Route& route : loaded.configuration->routes) {
      CHECK_FALSE(route.fault);
    }
    std::vector<SyntaxProblem> problems;
    const std::string copy = text.str();
    collect_keys(Tree::parse(copy, problems).root(), keys);
    ++files;
  }
  CHECK(files >= 25);
  for (const Section section :
       {Section::Top, Section::Route, Section::Redirect, Section::Response, Section::Probe,
        Section::Expect, Section::Proxy, Section::RetryPolicy, Section::HealthCheck,
        Section::HttpHealthCheck, Section::TcpHealthCheck, Section::GrpcHealthCheck,
        Section::Payload, Section::StatusRange, Section::OutlierDetection,
        Section::CircuitBreakers}) {
    for (const Key& key : keys_of(section)) {
      CAPTURE(key.name);
      CHECK(keys.contains(key.name));
    }
  }
}

TEST_CASE("corpus: what is wrong for prober alone") {
  check_corpus("own.txt", 15, {Consequence::Invalid});
}

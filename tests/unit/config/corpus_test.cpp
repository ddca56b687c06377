// Every document of tests/data/config/*.txt and what is said of it, word for word, and that this
// is of the class which the file is for.

#include <doctest/doctest.h>

#include <algorithm>
#include <fstream>
#include <set>
#include <sstream>

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

TEST_CASE("corpus: what is wrong for prober alone") {
  check_corpus("own.txt", 15, {Consequence::Invalid});
}

// Compares every report with its file in this folder; `--update` writes the files instead, `--write
// FOLDER` every scene in every format for tests/consumers.
//
//   NAME.txt, NAME.json ...   a scene in a format
//   every_state.VARIANT.txt   the options of the human format

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <exception>
#include <fstream>
#include <functional>
#include <iterator>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "report/report.h"
#include "scene.h"

namespace prober::golden {
namespace {

struct Variant {
  std::string_view name;
  report::HumanOptions options;
};

std::vector<Variant> variants() {
  return {{"verbose", {.verbosity = 1}}, {"very_verbose", {.verbosity = 2}},
          {"colour", {.colour = true}},  {"ascii", {.ascii = true}},
          {"quiet", {.quiet = true}},    {"narrow", {.width = 50, .terminal = true}}};
}

std::vector<std::pair<report::Format, std::string>> endings() {
  using report::Format;
  return {{Format::Human, ".txt"},       {Format::Json, ".json"},     {Format::Jsonl, ".jsonl"},
          {Format::Junit, ".junit.xml"}, {Format::Tap, ".tap"},       {Format::Github, ".github"},
          {Format::Sarif, ".sarif"},     {Format::Nagios, ".nagios"}, {Format::Prometheus, ".prom"},
          {Format::Markdown, ".md"},     {Format::Html, ".html"},     {Format::Csv, ".csv"}};
}

std::string read(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

class Golden {
 public:
  explicit Golden(bool update) : update_(update) {}

  void check(const std::string& name, const std::string& text) {
    const std::string path = fmt::format("{}/{}", GOLDEN_FOLDER, name);
    if (update_) {
      std::ofstream(path, std::ios::binary) << text;
      return;
    }
    const std::string wanted = read(path);
    if (text != wanted) {
      ++failures_;
      fmt::print("{} differs{}\n", name, first_difference(text, wanted));
    }
  }

  void require(bool holds, std::string_view what) {
    if (!holds) {
      ++failures_;
      fmt::print("{}\n", what);
    }
  }

  [[nodiscard]] int failures() const { return failures_; }

 private:
  static std::string first_difference(std::string_view is, std::string_view wanted) {
    int line = 1;
    while (!is.empty() || !wanted.empty()) {
      const std::string_view a = is.substr(0, is.find('\n'));
      const std::string_view b = wanted.substr(0, wanted.find('\n'));
      if (a != b) {
        return fmt::format(" at line {}\n  is:     {}\n  wanted: {}", line, a, b);
      }
      is.remove_prefix(std::min(is.size(), a.size() + 1));
      wanted.remove_prefix(std::min(wanted.size(), b.size() + 1));
      ++line;
    }
    return "";
  }

  bool update_;
  int failures_ = 0;
};

std::vector<std::function<Scene()>> scenes() {
  return {every_state,     all_is_well,       hostile_texts,         hostile_markup,
          hostile_history, several_endpoints, names_and_connections, handshakes,
          answers,         time_limits,       against_baseline};
}

// Every scene in every format, for the tests that read them with those formats' own readers.
int write_all(const std::string& folder) {
  for (const auto& make : scenes()) {
    const Scene scene = make();
    for (const auto& [format, ending] : endings()) {
      std::ofstream(fmt::format("{}/{}{}", folder, scene.name(), ending), std::ios::binary)
          << report::render(scene.report(), format, {});
    }
  }
  return 0;
}

// Only three scenes are kept in every format: a change of words should not touch a hundred files.
bool kept(const Scene& scene, report::Format format) {
  return scene.name() == "every_state" || scene.name() == "hostile_texts" ||
         scene.name() == "against_baseline" ||
         (scene.name() != "hostile_markup" && scene.name() != "hostile_history" &&
          (format == report::Format::Human || format == report::Format::Json));
}

int run(bool update) {
  Golden golden(update);
  for (const auto& make : scenes()) {
    const Scene scene = make();
    const Scene again = make();
    for (const auto& [format, ending] : endings()) {
      const std::string text = report::render(scene.report(), format, {});
      golden.require(!text.contains("SECRET"), scene.name() + ending + " shows a secret");
      golden.require(text == report::render(again.report(), format, {}),
                     scene.name() + ending + " is not stable");
      if (kept(scene, format)) {
        golden.check(scene.name() + ending, text);
      }
    }
  }
  const Scene states = every_state();
  for (const Variant& variant : variants()) {
    golden.check(fmt::format("every_state.{}.txt", variant.name),
                 report::human(states.report(), variant.options));
  }
  golden.check("hostile_texts.verbose.txt",
               report::human(hostile_texts().report(), {.verbosity = 2}));
  golden.require(report::human(all_is_well().report(), {.quiet = true}).empty(),
                 "--quiet prints something though all is well");
  if (golden.failures() > 0) {
    fmt::print("{} differences; if they are meant: golden_reports --update\n", golden.failures());
  }
  return golden.failures() > 0 ? 1 : 0;
}

}  // namespace
}  // namespace prober::golden

int main(int argc, char** argv) try {
  if (argc == 3 && std::string_view(argv[1]) == "--write") {
    return prober::golden::write_all(argv[2]);
  }
  return prober::golden::run(argc > 1 && std::string_view(argv[1]) == "--update");
} catch (const std::exception& error) {
  std::fputs(error.what(), stderr);
  return 1;
}

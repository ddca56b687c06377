#include "config/tree.h"

#include <doctest/doctest.h>

using namespace prober::config;

namespace {

std::vector<std::string> problems_of(const std::string& text) {
  std::vector<SyntaxProblem> problems;
  const Tree tree = Tree::parse(text, problems);
  std::vector<std::string> out;
  for (const SyntaxProblem& one : problems) {
    out.push_back(std::to_string(one.line) + ":" + std::to_string(one.column) + " " + one.message);
  }
  return out;
}

std::string bomb() {
  std::string out = "a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n";
  for (int i = 1; i < 12; ++i) {
    const std::string before = "*a" + std::to_string(i - 1);
    out += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [";
    for (int j = 0; j < 10; ++j) {
      out += (j == 0 ? "" : ",") + before;
    }
    out += "]\n";
  }
  return out;
}

}  // namespace

TEST_CASE("tree: values, positions, quotes") {
  std::vector<SyntaxProblem> problems;
  const Tree tree = Tree::parse("a: 1\nb:\n  - \"x\"\n  - y\nc:\n", problems);
  REQUIRE(problems.empty());
  const auto members = tree.root().members();
  REQUIRE(members.size() == 3);
  CHECK(members[0].key.text() == "a");
  CHECK(members[0].value.text() == "1");
  CHECK_FALSE(members[0].value.quoted());
  const auto items = members[1].value.items();
  REQUIRE(items.size() == 2);
  CHECK(items[0].quoted());
  CHECK(items[0].line() == 3);
  CHECK(items[0].column() == 5);
  CHECK(members[2].value.is_null());
}

TEST_CASE("tree: aliases and merge keys") {
  std::vector<SyntaxProblem> problems;
  const Tree tree = Tree::parse(
      "base: &b {x: 1, y: 2}\nuse: {<<: *b, y: 3}\nlist: {<<: [*b, {z: 4}]}\n", problems);
  REQUIRE(problems.empty());
  const auto members = tree.root().members();
  const auto merged = members[1].value.members();
  REQUIRE(merged.size() == 2);
  CHECK(merged[0].key.text() == "y");
  CHECK(merged[0].value.text() == "3");
  CHECK(merged[1].key.text() == "x");
  CHECK(members[2].value.members().size() == 3);
}

TEST_CASE("tree: hostile and broken documents end with a message and a position") {
  struct Case {
    const char* name;
    std::string text;
    const char* first;
  };
  const Case cases[] = {
      {"a key twice", "a: 1\nb: 2\na: 3\n", "3:1 the key `a` is already on line 1"},
      {"deep", std::string(100, '[') + std::string(100, ']'), "1:65 nested deeper than 64 levels"},
      {"alias bomb", bomb(), "6:38 aliases stand for more than 1000000 values"},
      {"an alias of itself", "a: &a [*a]\n", "1:8 an alias inside its own anchor"},
      {"unclosed", "a: [1\n", "2:1 not valid YAML: end of sequence flow not found"},
      {"a tab", "a:\n\tb: c\n", "2:3 not valid YAML: a tab in the indentation"},
      {"two documents", "a: 1\n---\nb: 2\n",
       "1:1 several YAML documents in one file; only the first is read"},
      {"an unknown alias", "{a: *nothing}",
       "1:5 not valid YAML: the referenced anchor is not defined"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.name);
    const auto problems = problems_of(c.text);
    CHECK((problems.empty() ? "nothing" : problems.front()) == c.first);
  }
}

TEST_CASE("tree: what Go's reader refuses before it parses") {
  struct Case {
    const char* name;
    std::string text;
    const char* problem;  // "" where it takes the text
    const char* words;
  };
  const Case cases[] = {
      {"a control character", "a: b\nc: ä\x01\n", "2:5 not valid YAML: a control character",
       "control characters are not allowed"},
      {"DEL", "a: \x7f\n", "1:4 not valid YAML: a control character",
       "control characters are not allowed"},
      {"a control character of two bytes", "a: \xc2\x80\n",
       "1:4 not valid YAML: a control character", "control characters are not allowed"},
      {"no character", "a: \xef\xbf\xbf\n", "1:4 not valid YAML: a control character",
       "control characters are not allowed"},
      {"Latin-1 at the end", "a: \xe4\n", "1:4 not valid YAML: this is not UTF-8",
       "incomplete UTF-8 octet sequence"},
      {"Latin-1", "a: \xe4 b c\n", "1:4 not valid YAML: this is not UTF-8",
       "invalid trailing UTF-8 octet"},
      {"a lone trailing byte", "a: \x80\n", "1:4 not valid YAML: this is not UTF-8",
       "invalid leading UTF-8 octet"},
      {"longer than need be", "a: \xc0\x80\n", "1:4 not valid YAML: this is not UTF-8",
       "invalid length of a UTF-8 sequence"},
      {"a surrogate", "a: \xed\xa0\x80\n", "1:4 not valid YAML: this is not UTF-8",
       "invalid Unicode character"},
      {"YAML 1.2", "# a\n%YAML 1.2\n---\na: b\n",
       "2:1 Pomerium reads YAML 1.1 only; leave out the line %YAML",
       "found incompatible YAML document"},
      {"YAML 1.1", "%YAML 1.1\n---\na: b\n", "", ""},
      {"a percent sign in the document", "a: b\nc: |\n  %YAML 1.2\n", "", ""},
      {"a byte order mark, CRLF, tabs and characters of every length",
       "\xef\xbb\xbf"
       "a: ä€\xf0\x9f\x8e\x89\xc2\x85\xc2\xa0\t# c\r\n",
       "", ""},
  };
  for (const Case& c : cases) {
    CAPTURE(c.name);
    std::vector<SyntaxProblem> problems;
    const Tree tree = Tree::parse(c.text, problems);
    if (*c.problem == '\0') {
      CHECK(problems.empty());
      continue;
    }
    CHECK(problems_of(c.text) == std::vector<std::string>{c.problem});
    REQUIRE(problems.size() == 1);
    CHECK(problems[0].words == c.words);
    CHECK_FALSE(tree.sound());
  }
}

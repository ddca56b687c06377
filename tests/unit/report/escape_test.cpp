#include "report/escape.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>

namespace prober::report {
namespace {

TEST_CASE("escape_control: nothing that moves a terminal or is no UTF-8 stays") {
  struct Case {
    const char* name;
    std::string text;
    std::string escaped;
  };
  const Case cases[] = {
      {"plain", "wiki.internal", "wiki.internal"},
      {"UTF-8", "caf\xc3\xa9 \xe2\x9c\x93 \xf0\x9f\x98\x80",
       "caf\xc3\xa9 \xe2\x9c\x93 \xf0\x9f\x98\x80"},
      {"escape sequence", "\x1b[2J", "\\x1b[2J"},
      {"line ends and tabs", "a\r\n\tb", "a\\x0d\\x0a\\x09b"},
      {"NUL and DEL", std::string("\0\x7f", 2), "\\x00\\x7f"},
      {"C1 control",
       "\xc2\x9b"
       "1m",
       "\\xc2\\x9b1m"},
      {"right-to-left override", "\xe2\x80\xae", "\\xe2\\x80\\xae"},
      {"isolate", "\xe2\x81\xa6", "\\xe2\\x81\\xa6"},
      {"stray continuation", "\x80", "\\x80"},
      {"cut sequence", "\xe2\x9c", "\\xe2\\x9c"},
      {"overlong", "\xc0\xaf", "\\xc0\\xaf"},
      {"overlong of three", "\xe0\x80\xaf", "\\xe0\\x80\\xaf"},
      {"surrogate", "\xed\xa0\x80", "\\xed\\xa0\\x80"},
      {"beyond Unicode", "\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80"},
      {"0xff",
       "a\xff"
       "b",
       "a\\xff"
       "b"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.name);
    CHECK(escape_control(c.text) == c.escaped);
  }
}

TEST_CASE("escape_control: of every pair of bytes only harmless ones come out") {
  for (int first = 0; first < 256; ++first) {
    for (int second = 0; second < 256; ++second) {
      const std::string text = {static_cast<char>(first), static_cast<char>(second)};
      const std::string out = escape_control(text);
      CAPTURE(first);
      CAPTURE(second);
      REQUIRE(std::ranges::none_of(out, [](unsigned char c) { return c < 0x20 || c == 0x7f; }));
      REQUIRE_NOTHROW((void)nlohmann::json(out).dump());  // throws for what is no UTF-8
      REQUIRE(escape_control(out) == out);
    }
  }
}

TEST_CASE("escape_json: what JSON leaves is escaped, and the document means the same") {
  const std::string evil =
      "a\x7f"
      "b\xc2\x9b"
      "c\xe2\x80\xae"
      "d\xe2\x81\xa9 \xc3\xa9 \n";
  const nlohmann::json document = {{"name", evil}};
  const std::string out = escape_json(document.dump(1));
  CHECK(out.contains("a\\u007fb\\u009bc\\u202ed\\u2069 \xc3\xa9 \\n"));
  CHECK(nlohmann::json::parse(out) == document);
}

TEST_CASE("wrap: lines fit the width, words stay whole where they can") {
  struct Case {
    const char* name;
    std::string text;
    std::size_t width;
    std::string indent;
    std::string wrapped;
  };
  const Case cases[] = {
      {"short", "one two", 20, "  ", "  one two"},
      {"two lines", "one two three", 9, "", "one two\nthree"},
      {"exact fit", "one two", 7, "", "one two"},
      {"indent", "one two", 6, "   ", "   one\n   two"},
      {"cut after a mark", "abc_def_ghij", 10, "", "abc_def_\nghij"},
      {"cut without a mark", "abcdefghij", 4, "", "abcd\nefgh\nij"},
      {"a long word after a short one", "a bcdefgh", 4, "", "a\nbcde\nfgh"},
      {"a number and its unit", "for about 30 s", 12, "", "for about\n30 s"},
      {"columns, not bytes", "\xc3\xa9\xc3\xa9\xc3\xa9 a", 5, "", "\xc3\xa9\xc3\xa9\xc3\xa9 a"},
      {"a cut between characters", "\xc3\xa9\xc3\xa9\xc3\xa9", 2, "", "\xc3\xa9\xc3\xa9\n\xc3\xa9"},
      {"nothing", "", 10, "  ", "  "},
      {"no room", "ab", 2, "    ", "    a\n    b"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.name);
    CHECK(wrap(c.text, c.width, c.indent) == c.wrapped);
  }
}

TEST_CASE("columns: code points count, not bytes") {
  CHECK(columns("") == 0);
  CHECK(columns("abc") == 3);
  CHECK(columns("\xe2\x9c\x97 \xc3\xa9") == 3);
}

TEST_CASE("columns: wide characters take two, joining ones none") {
  struct Case {
    const char* text;
    std::size_t columns;
  };
  const Case cases[] = {{"", 0},
                        {"wiki", 4},
                        {"caf\xc3\xa9", 4},
                        {"cafe\xcc\x81", 4},
                        {"\xe6\x97\xa5\xe6\x9c\xac", 4},
                        {"\xf0\x9f\x9a\x80", 2},
                        {"\xff\xfe", 2}};
  for (const Case& one : cases) {
    CAPTURE(one.text);
    CHECK(columns(one.text) == one.columns);
  }
}

TEST_CASE("shorten: at most the width, never within a character") {
  CHECK(shorten("wiki", 4) == "wiki");
  CHECK(shorten("wikis", 4) == "w...");
  CHECK(shorten("wikis", 2) == "..");
  CHECK(shorten("\xe6\x97\xa5\xe6\x9c\xac\xe6\x97\xa5", 5) == "\xe6\x97\xa5...");
  CHECK(shorten("\xe6\x97\xa5\xe6\x9c\xac\xe6\x97\xa5", 4) == "...");
}

TEST_CASE("wrap: a wide character in a space too small for it ends all the same") {
  CHECK(wrap("\xe6\x97\xa5\xe6\x9c\xac", 1, "") == "\xe6\x97\xa5\n\xe6\x9c\xac\n");
}

TEST_CASE("escape_markup: nothing is left that markup or XML would read") {
  CHECK(escape_markup("a<b>&\"'") == "a&lt;b&gt;&amp;&quot;&#39;");
  CHECK(escape_markup("]]>") == "]]&gt;");
  CHECK(escape_markup("\x1b\n\xff") == "\\x1b\\x0a\\xff");
  CHECK(escape_markup("\xef\xbf\xbf") == "\\xef\\xbf\\xbf");
}

}  // namespace
}  // namespace prober::report

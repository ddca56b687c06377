// What a value is to Go's YAML parser and to Pomerium's decoder.

#include "config/go_types.h"

#include <doctest/doctest.h>

#include <utility>
#include <vector>

using namespace prober::config;

namespace {

struct Parsed {
  explicit Parsed(const std::string& yaml) : tree(Tree::parse("v: " + yaml + "\n", problems)) {}
  [[nodiscard]] Value value() const { return tree.root().members().at(0).value; }
  std::vector<SyntaxProblem> problems;
  Tree tree;
};

}  // namespace

TEST_CASE("resolve: plain scalars as yaml.v3 takes them") {
  const std::pair<const char*, Plain> cases[] = {
      {"true", Plain::Bool},
      {"yes", Plain::String},
      {"'true'", Plain::String},
      {"5", Plain::Int},
      {"-5", Plain::Int},
      {"0x1f", Plain::Int},
      {"0o17", Plain::Int},
      {"1_000", Plain::Int},
      {"5.0", Plain::Float},
      {"1e3", Plain::Float},
      {"50494e47", Plain::Float},
      {".5", Plain::Float},
      {"5s", Plain::String},
      {"1.2.3", Plain::String},
      {"10.0.0.1", Plain::String},
      {"2001-01-01", Plain::Timestamp},
      {"2001-01-0x", Plain::String},
      {"!!str 5", Plain::String},
      {"~", Plain::Null},
      {"09", Plain::Float},
  };
  for (const auto& [yaml, want] : cases) {
    CAPTURE(yaml);
    CHECK(resolve(Parsed(yaml).value()) == want);
  }
}

TEST_CASE("number_of: the value of a number in each notation") {
  const std::pair<const char*, double> cases[] = {{"5", 5},        {"-5", -5},   {"0x1f", 31},
                                                  {"0o17", 15},    {"017", 15},  {"0b11", 3},
                                                  {"1_000", 1000}, {"2.5", 2.5}, {"1e3", 1000}};
  for (const auto& [yaml, want] : cases) {
    CAPTURE(yaml);
    CHECK(number_of(Parsed(yaml).value()) == want);
  }
  CHECK_FALSE(number_of(Parsed("'5'").value()));
}

TEST_CASE("go_refusal: what each type takes, and what it does not") {
  struct Case {
    Type type;
    const char* yaml;
    bool taken;
  };
  const Case cases[] = {
      {Type::String, "5", true},
      {Type::String, "true", true},
      {Type::String, "[]", false},
      {Type::String, "2001-01-01", false},
      {Type::Bool, "1", true},
      {Type::Bool, "'T'", true},
      {Type::Bool, "''", true},
      {Type::Bool, "on", false},
      {Type::Bool, "2.5", true},
      {Type::Bool, "{}", false},
      {Type::Int, "'5'", true},
      {Type::Int, "five", false},
      {Type::Int, "true", true},
      {Type::Uint, "'-5'", false},
      {Type::Float, "'0.5'", true},
      {Type::Float, "half", false},
      {Type::Duration, "5", true},
      {Type::Duration, "'5'", false},
      {Type::Duration, "1.5h", true},
      {Type::Duration, "1d", false},
      {Type::Strings, "a", true},
      {Type::Strings, "[a, 5]", true},
      {Type::Strings, "[[a]]", false},
      {Type::Strings, "{a: b}", false},
      {Type::Strings, "{}", true},
      {Type::StringMap, "{a: 5}", true},
      {Type::StringMap, "{a: [b]}", false},
      {Type::StringMap, "'{\"a\": \"b\"}'", true},
      {Type::StringMap, "a", false},
      {Type::StringMap, "[]", true},
      {Type::BoolMap, "{a: true}", true},
      {Type::BoolMap, "{a: maybe}", false},
      {Type::Map, "{}", true},
      {Type::Map, "5", false},
      {Type::StrictBool, "true", true},
      {Type::StrictBool, "'true'", false},
      {Type::StrictUint, "5", true},
      {Type::StrictUint, "5.0", true},
      {Type::StrictUint, "5.5", false},
      {Type::StrictUint, "-1", false},
      {Type::StrictInt, "-1", true},
      {Type::StrictInt, "3000000000", false},
      {Type::StrictString, "a", true},
      {Type::StrictString, "5", false},
      {Type::ProtoDuration, "60s", true},
      {Type::ProtoDuration, "0.5s", true},
      {Type::ProtoDuration, "1m", false},
      {Type::ProtoDuration, "5", false},
      {Type::ProtoDuration, "-1s", true},
      {Type::ProtoDuration, "1.0000000001s", false},
      {Type::ProtoUint32, "'5'", true},
      {Type::ProtoUint32, "5.0", true},
      {Type::ProtoUint32, "-1", false},
      {Type::ProtoUint32, "4294967296", false},
      {Type::ProtoInt64, "'-5'", true},
      {Type::ProtoInt64, "a", false},
      {Type::ProtoBool, "true", true},
      {Type::ProtoBool, "'true'", false},
      {Type::ProtoString, "a", true},
      {Type::ProtoString, "5", false},
      {Type::ProtoBytes, "YQ==", true},
      {Type::ProtoBytes, "YQ", true},
      {Type::ProtoBytes, "-_-_", true},
      {Type::ProtoBytes, "'!!'", false},
      {Type::ProtoEnum, "HTTP9", true},
      {Type::ProtoEnum, "[]", false},
      {Type::ProtoMessage, "{}", true},
      {Type::ProtoMessage, "a", false},
      {Type::ProtoList, "[]", true},
      {Type::ProtoList, "{}", false},
  };
  for (const Case& c : cases) {
    CAPTURE(c.yaml);
    CAPTURE(static_cast<int>(c.type));
    CHECK(go_refusal(Parsed(c.yaml).value(), c.type).empty() == c.taken);
    CHECK(go_refusal(Parsed("null").value(), c.type).empty());
  }
}

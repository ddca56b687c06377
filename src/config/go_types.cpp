#include "config/go_types.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "config/base64.h"
#include "prober/ascii.h"
#include "prober/duration.h"

namespace prober::config {
namespace {

using std::string_view;

bool all_digits(string_view text, int base) {
  return !text.empty() && std::ranges::all_of(text, [base](char c) {
    const int value = is_digit(c)            ? c - '0'
                      : c >= 'a' && c <= 'f' ? c - 'a' + 10
                      : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                             : 99;
    return value < base;
  });
}

// Digits and base of an integer as Go and yaml.v3 write it: 0x1f, 0o17, 017, 0b11, 1_000.
struct IntegerText {
  bool negative = false;
  int base = 10;
  std::string digits;
};

std::optional<IntegerText> integer_text(string_view text) {
  IntegerText out;
  if (!text.empty() && (text[0] == '-' || text[0] == '+')) {
    out.negative = text[0] == '-';
    text.remove_prefix(1);
  }
  if (text.size() > 1 && text[0] == '0') {
    const char mark = text[1];
    out.base = mark == 'x' || mark == 'X' ? 16 : mark == 'b' || mark == 'B' ? 2 : 8;
    text.remove_prefix(out.base == 8 && mark != 'o' && mark != 'O' ? 1 : 2);
  }
  std::ranges::copy_if(text, std::back_inserter(out.digits), [](char c) { return c != '_'; });
  return all_digits(out.digits, out.base) ? std::optional(out) : std::nullopt;
}

// Of a digit of any base up to 16.
int value_of(char digit) {
  return is_digit(digit) ? digit - '0' : (digit | 0x20) - 'a' + 10;
}

std::optional<double> to_integer(string_view text) {
  const auto parts = integer_text(text);
  if (!parts) {
    return std::nullopt;
  }
  double out = 0;
  for (const char c : parts->digits) {
    out = out * parts->base + value_of(c);
  }
  return parts->negative ? -out : out;
}

// YAML 1.2's core schema, which yaml.v3 follows here: 1., .5, 1e3, 50494e47.
std::optional<double> to_float(string_view text) {
  string_view rest = text;
  if (!rest.empty() && (rest[0] == '-' || rest[0] == '+')) {
    rest.remove_prefix(1);
  }
  if (rest == ".inf" || rest == ".Inf" || rest == ".INF" || rest == ".nan" || rest == ".NaN") {
    return HUGE_VAL;
  }
  const bool starts = !rest.empty() && (is_digit(rest[0]) ||
                                        (rest[0] == '.' && rest.size() > 1 && is_digit(rest[1])));
  double out = 0;
  const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), out);
  if (!starts || end != rest.data() + rest.size()) {
    return std::nullopt;
  }
  if (error == std::errc::result_out_of_range) {
    out = HUGE_VAL;
  }
  return text[0] == '-' ? -out : out;
}

// 2001-01-01, 2001-01-01T10:00:00Z and the like.
bool is_timestamp(string_view text) {
  constexpr string_view kForm = "dddd-dd-dd";
  if (text.size() < kForm.size()) {
    return false;
  }
  for (std::size_t i = 0; i < kForm.size(); ++i) {
    if (kForm[i] == 'd' ? !is_digit(text[i]) : text[i] != kForm[i]) {
      return false;
    }
  }
  return text.size() == kForm.size() || text[10] == 'T' || text[10] == 't' || text[10] == ' ';
}

template <std::size_t N>
bool one_of(string_view text, const std::array<string_view, N>& words) {
  return std::ranges::find(words, text) != words.end();
}

string_view go_kind(const Value& value) {
  if (value.is_sequence()) {
    return "[]interface {}";
  }
  if (value.is_map()) {
    return "map[string]interface {}";
  }
  switch (resolve(value)) {
    case Plain::Timestamp:
      return "time.Time";
    case Plain::Bool:
      return "bool";
    case Plain::Int:
      return "int";
    case Plain::Float:
      return "float64";
    case Plain::Null:
    case Plain::String:
      break;
  }
  return "string";
}

std::string unconvertible(string_view wanted, const Value& value) {
  return fmt::format("expected type '{}', got unconvertible type '{}'", wanted, go_kind(value));
}

bool is_string(const Value& value) {
  return value.is_scalar() && resolve(value) == Plain::String;
}

std::string refuse_string(const Value& value) {
  return value.is_scalar() && resolve(value) != Plain::Timestamp ? ""
                                                                 : unconvertible("string", value);
}

std::string refuse_bool(const Value& value) {
  if (!value.is_scalar() || resolve(value) == Plain::Timestamp) {
    return unconvertible("bool", value);
  }
  const bool sound = !is_string(value) || value.text().empty() || parse_bool(value.text());
  return sound ? "" : "cannot parse value as 'bool': strconv.ParseBool: invalid syntax";
}

std::string refuse_number(const Value& value, string_view type, string_view parser) {
  if (!value.is_scalar() || resolve(value) == Plain::Timestamp) {
    return unconvertible(type, value);
  }
  const string_view text = value.text();
  const bool number = type == "float64" ? to_float(text) || to_integer(text)
                                        : to_integer(text) && (type != "uint32" || text[0] != '-');
  const bool sound = !is_string(value) || text.empty() || number;
  return sound
             ? ""
             : fmt::format("cannot parse value as '{}': strconv.{}: invalid syntax", type, parser);
}

std::string refuse_duration(const Value& value) {
  if (!value.is_scalar() || resolve(value) == Plain::Timestamp) {
    return unconvertible("time.Duration", value);
  }
  const string_view text = value.text();
  if (!is_string(value) || parse_duration(text)) {
    return "";
  }
  string_view rest = text;
  if (!rest.empty() && (rest[0] == '-' || rest[0] == '+')) {
    rest.remove_prefix(1);
  }
  const std::size_t unit = rest.find_first_not_of("0123456789.");
  if (rest.empty() || unit == 0) {
    return "time: invalid duration";
  }
  return unit == string_view::npos ? "time: missing unit in duration" : "time: unknown unit";
}

std::string refuse_strings(const Value& value) {
  if (value.is_map()) {
    return value.members().empty() ? "" : unconvertible("string", value);
  }
  for (const Value& item : value.items()) {
    if (std::string words = item.is_null() ? "" : refuse_string(item); !words.empty()) {
      return words;
    }
  }
  return value.is_scalar() && resolve(value) == Plain::Timestamp ? unconvertible("string", value)
                                                                 : "";
}

// A text is taken for JSON (config/custom.go, decodeStringToMapHookFunc).
std::string refuse_map_of(const Value& value, std::string (*refuse)(const Value&)) {
  // A list of maps is one map (mapstructure's decodeMapFromSlice).
  const std::vector<Value> items = value.items();
  if (value.is_sequence() &&
      std::ranges::all_of(items, [](const Value& one) { return one.is_map() || one.is_null(); })) {
    for (const Value& item : items) {
      if (std::string words = item.is_map() ? refuse_map_of(item, refuse) : ""; !words.empty()) {
        return words;
      }
    }
    return "";
  }
  if (is_string(value)) {
    const std::size_t first = value.text().find_first_not_of(" \t\r\n");
    return first != string_view::npos && value.text()[first] == '{'
               ? ""
               : "invalid character looking for beginning of value";
  }
  if (!value.is_map()) {
    return unconvertible("map[string]string", value);
  }
  for (const Value::Member& member : value.members()) {
    if (std::string words = member.value.is_null() ? "" : refuse(member.value); !words.empty()) {
      return words;
    }
  }
  return "";
}

// Go's own type of OpenTelemetry's spans, a whole number in any spelling.
std::string refuse_milliseconds(const Value& value) {
  const auto number = value.is_scalar() ? number_in(value) : std::nullopt;
  return number && *number == std::trunc(*number)
             ? ""
             : fmt::format("strconv.ParseInt: parsing \"{}\": invalid syntax", value.text());
}

std::string refuse_map(const Value& value) {
  return value.is_map() ? ""
                        : fmt::format("expected a map or struct, got \"{}\"",
                                      value.is_sequence() ? "slice" : go_kind(value));
}

// encoding/json into *uint64 or *int64, then the range of 32 bits.
std::string refuse_strict_number(const Value& value, string_view type) {
  const string_view kind = value.is_sequence()             ? "array"
                           : value.is_map()                ? "object"
                           : resolve(value) == Plain::Bool ? "bool"
                           : number_of(value)              ? "number"
                                                           : "string";
  const auto number = kind == "number" ? number_of(value) : std::nullopt;
  const bool negative = number && *number < 0;
  if (!number || *number != std::trunc(*number) || (negative && type == "uint64")) {
    return fmt::format("json: cannot unmarshal {}{} into Go value of type {}", kind,
                       kind == "number" ? fmt::format(" {}", value.text()) : "", type);
  }
  const double most = type == "uint64" ? UINT32_MAX : INT32_MAX;
  return *number > most || *number < INT32_MIN
             ? fmt::format("json: {} overflows {}", value.text(),
                           type == "uint64" ? "max uint32 value" : "int32 value")
             : "";
}

std::string refuse_strict(const Value& value, bool sound, string_view type) {
  return sound ? ""
               : fmt::format("json: cannot unmarshal {} into Go value of type {}",
                             value.is_map()                  ? "object"
                             : value.is_sequence()           ? "array"
                             : is_string(value)              ? "string"
                             : resolve(value) == Plain::Bool ? "bool"
                                                             : "number",
                             type);
}

// google.protobuf.Duration in JSON: seconds with up to nine decimals and an "s".
bool is_proto_duration(string_view text) {
  if (!text.empty() && text[0] == '-') {
    text.remove_prefix(1);
  }
  if (text.size() < 2 || text.back() != 's') {
    return false;
  }
  text.remove_suffix(1);
  const std::size_t point = std::min(text.find('.'), text.size());
  const string_view whole = text.substr(0, point);
  const string_view rest = text.substr(std::min(point + 1, text.size()));
  const auto digits = [](string_view part) { return std::ranges::all_of(part, is_digit); };
  return digits(whole) && digits(rest) && rest.size() <= 9 && whole.size() <= 12 &&
         !(whole.empty() && rest.empty());
}

std::string unexpected_token(const Value& value) {
  const std::string token = value.is_map()        ? "{"
                            : value.is_sequence() ? "["
                            : is_string(value)    ? "\"...\""
                                                  : std::string(value.text());
  return "proto: syntax error: unexpected token " + token;
}

std::string invalid_proto(string_view type, const Value& value) {
  if (!value.is_scalar()) {
    return unexpected_token(value);
  }
  const bool quotes = is_string(value);
  if (type == "bytes") {
    return "proto: invalid value for bytes field";
  }
  return fmt::format("proto: invalid value for {} field: {}{}{}", type, quotes ? "\"" : "",
                     value.text(), quotes ? "\"" : "");
}

std::string refuse_proto_number(const Value& value, string_view type, double least, double most) {
  const auto number = !value.is_scalar() ? std::nullopt
                      : is_string(value) ? to_float(value.text())
                                         : number_of(value);
  const bool sound =
      number && *number == std::trunc(*number) && *number >= least && *number <= most;
  return sound ? "" : invalid_proto(type, value);
}

std::string refuse_proto_duration(const Value& value) {
  if (!is_string(value)) {
    return unexpected_token(value);
  }
  return is_proto_duration(value.text())
             ? ""
             : fmt::format("proto: invalid google.protobuf.Duration value \"{}\"", value.text());
}

std::string refuse_strict_type(const Value& value, Plain wanted, string_view type) {
  return refuse_strict(value, value.is_scalar() && resolve(value) == wanted, type);
}

std::string refuse_proto_unless(bool sound, string_view type, const Value& value) {
  return sound ? "" : invalid_proto(type, value);
}

}  // namespace

Plain resolve(const Value& value) {
  if (value.is_null()) {
    return Plain::Null;
  }
  if (value.quoted()) {
    return Plain::String;
  }
  const string_view text = value.text();
  if (text.empty() || text == "~" || text == "null" || text == "Null" || text == "NULL") {
    return Plain::Null;
  }
  constexpr std::array<string_view, 6> kBools = {"true", "True", "TRUE", "false", "False", "FALSE"};
  if (one_of(text, kBools)) {
    return Plain::Bool;
  }
  const char first = text[0];
  if (!is_digit(first) && first != '-' && first != '+' && first != '.') {
    return Plain::String;
  }
  return integer_text(text)   ? Plain::Int
         : to_float(text)     ? Plain::Float
         : is_timestamp(text) ? Plain::Timestamp
                              : Plain::String;
}

std::optional<double> number_of(const Value& value) {
  const Plain plain = resolve(value);
  return plain == Plain::Int     ? to_integer(value.text())
         : plain == Plain::Float ? to_float(value.text())
                                 : std::nullopt;
}

std::optional<double> number_in(const Value& value) {
  const auto whole = to_integer(value.text());
  return whole ? whole : to_float(value.text());
}

std::optional<bool> parse_bool(string_view text) {
  constexpr std::array<string_view, 6> kYes = {"1", "t", "T", "true", "TRUE", "True"};
  constexpr std::array<string_view, 6> kNo = {"0", "f", "F", "false", "FALSE", "False"};
  return one_of(text, kYes)  ? std::optional(true)
         : one_of(text, kNo) ? std::optional(false)
                             : std::nullopt;
}

std::string go_refusal(const Value& value, Type type) {
  if (value.is_null()) {
    return "";
  }
  switch (type) {
    case Type::Any:
      return "";
    case Type::String:
      return refuse_string(value);
    case Type::Bool:
      return refuse_bool(value);
    case Type::Int:
      return refuse_number(value, "int", "ParseInt");
    case Type::Uint:
      return refuse_number(value, "uint32", "ParseUint");
    case Type::Float:
      return refuse_number(value, "float64", "ParseFloat");
    case Type::Duration:
      return refuse_duration(value);
    case Type::Milliseconds:
      return refuse_milliseconds(value);
    case Type::Strings:
      return refuse_strings(value);
    case Type::StringMap:
      return refuse_map_of(value, refuse_string);
    case Type::BoolMap:
      return refuse_map_of(value, refuse_bool);
    case Type::Map:
      return refuse_map(value);
    case Type::StrictString:
      return refuse_strict_type(value, Plain::String, "string");
    case Type::StrictBool:
      return refuse_strict_type(value, Plain::Bool, "bool");
    case Type::StrictUint:
      return refuse_strict_number(value, "uint64");
    case Type::StrictInt:
      return refuse_strict_number(value, "int64");
    case Type::ProtoDuration:
      return refuse_proto_duration(value);
    case Type::ProtoUint32:
      return refuse_proto_number(value, "uint32", 0, UINT32_MAX);
    case Type::ProtoUint64:
      return refuse_proto_number(value, "uint64", 0, 1.8e19);
    case Type::ProtoInt64:
      return refuse_proto_number(value, "int64", -9.2e18, 9.2e18);
    case Type::ProtoBool:
      return refuse_proto_unless(value.is_scalar() && resolve(value) == Plain::Bool, "bool", value);
    case Type::ProtoString:
      return refuse_proto_unless(is_string(value), "string", value);
    case Type::ProtoBytes:
      return refuse_proto_unless(is_string(value) && decode_any_base64(value.text()), "bytes",
                                 value);
    case Type::ProtoEnum:
      return value.is_scalar() ? "" : unexpected_token(value);
    case Type::ProtoMessage:
      return value.is_map() ? "" : unexpected_token(value);
    case Type::ProtoList:
      return value.is_sequence() ? "" : unexpected_token(value);
  }
  return "";
}

}  // namespace prober::config

#include "config/fields.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "config/go_types.h"
#include "prober/ascii.h"

namespace prober::config {
namespace {

std::string_view kind_name(const Value& value) {
  if (!value.is_scalar()) {
    return value.is_map() ? "a map" : value.is_sequence() ? "a list" : "nothing";
  }
  switch (resolve(value)) {
    case Plain::Int:
    case Plain::Float:
      return "a number";
    case Plain::Bool:
      return "true or false";
    case Plain::Timestamp:
      return "a date";
    case Plain::Null:
    case Plain::String:
      break;
  }
  return "a text";
}

std::string_view type_words(Type type) {
  switch (type) {
    case Type::Bool:
    case Type::StrictBool:
    case Type::ProtoBool:
      return "must be true or false";
    case Type::Int:
    case Type::Uint:
    case Type::StrictUint:
    case Type::StrictInt:
    case Type::ProtoUint32:
    case Type::ProtoUint64:
    case Type::ProtoInt64:
      return "must be a whole number";
    case Type::Float:
      return "must be a number";
    case Type::Milliseconds:
      return "must be a whole number of milliseconds";
    case Type::Duration:
      return "must be a duration such as 30s or 1m30s";
    case Type::ProtoDuration:
      return "must be a duration in seconds such as 60s or 0.5s";
    case Type::Strings:
    case Type::ProtoList:
      return "must be a list";
    case Type::StringMap:
    case Type::BoolMap:
    case Type::Map:
    case Type::ProtoMessage:
      return "must be a map";
    case Type::ProtoBytes:
      return "must be base64";
    case Type::Any:
    case Type::String:
    case Type::StrictString:
    case Type::ProtoString:
    case Type::ProtoEnum:
      break;
  }
  return "must be a text";
}

// Texts, lists and maps may be secrets of any length; numbers, spans of time and the like are none.
bool shows_value(Type type) {
  switch (type) {
    case Type::Any:
    case Type::String:
    case Type::Strings:
    case Type::StringMap:
    case Type::BoolMap:
    case Type::Map:
    case Type::StrictString:
    case Type::ProtoString:
    case Type::ProtoBytes:
    case Type::ProtoMessage:
    case Type::ProtoList:
      return false;
    case Type::Bool:
    case Type::Int:
    case Type::Uint:
    case Type::Float:
    case Type::Duration:
    case Type::Milliseconds:
    case Type::StrictBool:
    case Type::StrictUint:
    case Type::StrictInt:
    case Type::ProtoDuration:
    case Type::ProtoUint32:
    case Type::ProtoUint64:
    case Type::ProtoInt64:
    case Type::ProtoBool:
    case Type::ProtoEnum:
      break;
  }
  return true;
}

bool is_strict(Type type) {
  return type == Type::StrictBool || type == Type::StrictUint || type == Type::StrictInt ||
         type == Type::ProtoBool;
}

bool is_text(Type type) {
  return type == Type::String || type == Type::StrictString || type == Type::ProtoString;
}

// What is wrong with a value that Pomerium's decoder does not take, and how to write it.
std::string type_fault(const Value& value, Type type) {
  const std::string_view wanted = type_words(type);
  if (value.is_sequence() && (type == Type::Strings || type == Type::ProtoList)) {
    return fmt::format("{} of texts; one of its entries is a list or a map", wanted);
  }
  if (value.is_map() && (type == Type::StringMap || type == Type::BoolMap)) {
    return fmt::format("{} of single values; one of them is a list or a map", wanted);
  }
  if (type == Type::ProtoBytes && value.is_scalar()) {
    return fmt::format("{}, and is not", wanted);
  }
  if (is_text(type) && value.is_scalar()) {
    return fmt::format("{}, not {}; put it in quotes", wanted, kind_name(value));
  }
  if (!value.is_scalar() || !shows_value(type)) {
    return fmt::format("{}, not {}", wanted, kind_name(value));
  }
  const std::string got = shown(value.text());
  const bool number = number_in(value).has_value();
  if (is_strict(type) && value.quoted() && (number || parse_bool(value.text()))) {
    return fmt::format("{}, not the text {}; in a file, leave out the quotes", wanted, got);
  }
  if ((type == Type::Duration || type == Type::ProtoDuration) && number) {
    return fmt::format("{}, not {}; write `{}s`", wanted, got, value.text());
  }
  return fmt::format("{}, not {}", wanted,
                     value.text().empty() ? "empty"
                     : got == "the value" ? "this text"
                                          : got);
}

}  // namespace

std::string shown(std::string_view text) {
  // Values may be secrets; only short ones that look like a slip are shown.
  const bool harmless = text.size() <= 24 && std::ranges::all_of(text, [](unsigned char c) {
                          return c > 0x20 && c < 0x7f;
                        });
  return harmless ? fmt::format("`{}`", text) : "the value";
}

std::string shown_key(std::string_view key) {
  const bool words = key.size() <= 64 && std::ranges::all_of(key, [](char c) {
                       return (c >= 'a' && c <= 'z') || c == '_';
                     });
  const std::string text = words ? fmt::format("`{}`", key) : shown(key);
  return text == "the value" ? "(not shown)" : text;
}

Fields::Fields(const Value& map, std::string_view name, Problems& problems, std::string_view path)
    : map_(map), name_(name), path_(path), problems_(problems), members_(map.members()) {
  if (!map.is_map() && !map.is_null()) {
    problems_.error(map, fmt::format("{} must be a map of keys, not {}", name_, kind_name(map)));
  }
}

void Fields::check_own_keys(Section section) const {
  for (const Value::Member& member : members_) {
    const std::string_view key = member.key.text();
    const Key* known = find_key(section, key);
    if (known == nullptr || known->name != key) {
      problems_.error(member.key, fmt::format("unknown key {} in {}{}", shown_key(key), name_,
                                              problems_.nearest(section, key)));
    }
  }
}

void Fields::check_pomerium_keys(Section section) {
  reported_ = true;
  for (const Value::Member& member : members_) {
    check_pomerium_key(section, member);
  }
}

void Fields::check_pomerium_key(Section section, const Value::Member& member) const {
  const std::string_view key = member.key.text();
  const Key* known = find_key(section, key);
  if (known == nullptr && (member.key.is_map() || member.key.is_sequence())) {
    return;  // reported by the parser
  }
  if (known == nullptr) {
    const std::string_view removed = removed_key(key);
    // Pomerium looks for those of a route under `routes` only.
    if (refused_key(section, key) && !problems_.inside("policy")) {
      problems_.refused(
          member.key, fmt::format("{} is a key that Pomerium has given up", shown_key(key)),
          "some configuration options are no longer supported, please check logs for details");
    } else if (!removed.empty()) {
      problems_.ignored(member.key, fmt::format("`{}`: {}", key, removed));
    } else {
      problems_.ignored(member.key, fmt::format("unknown key {} in {}{}", shown_key(key), name_,
                                                problems_.nearest(section, key)));
    }
    return;
  }
  const std::string words = go_refusal(member.value, known->type);
  if (words.empty()) {
    if (known->type == Type::Duration && number_of(member.value)) {
      note_nanoseconds(member.value, known->name);
    }
    return;
  }
  const std::string path =
      path_.empty() ? std::string(known->name) : fmt::format("{}.{}", path_, known->name);
  problems_.refused(member.value,
                    fmt::format("`{}` {}", known->name, type_fault(member.value, known->type)),
                    fmt::format("{} {}", problems_.path_of(path), words));
}

void Fields::note_nanoseconds(const Value& value, std::string_view key) const {
  if (number_of(value) != 0.0) {
    problems_.warning(value, fmt::format("`{}: {}` is {} nanoseconds to Pomerium; write `{}s` for "
                                         "seconds",
                                         key, value.text(), value.text(), value.text()));
  }
}

std::optional<Value> Fields::get(std::string_view key) const {
  const auto found = std::ranges::find_if(
      members_, [key](const Value::Member& one) { return same_letters(one.key.text(), key); });
  if (found == members_.end() || found->value.is_null()) {
    return std::nullopt;
  }
  return found->value;
}

std::optional<Value> Fields::scalar(std::string_view key, std::string_view wanted) const {
  const auto value = get(key);
  if (value && !value->is_scalar()) {
    if (!reported_) {
      problems_.error(*value,
                      fmt::format("`{}` must be {}, not {}", key, wanted, kind_name(*value)));
    }
    return std::nullopt;
  }
  return value;
}

std::optional<std::string> Fields::string(std::string_view key) const {
  const auto value = scalar(key, "a text");
  return value ? std::optional(std::string(value->text())) : std::nullopt;
}

std::optional<bool> Fields::boolean(std::string_view key) const {
  const auto value = scalar(key, "true or false");
  if (!value) {
    return std::nullopt;
  }
  if (const auto number = number_of(*value)) {
    return *number != 0;
  }
  const auto out = value->text().empty() ? std::optional(false) : parse_bool(value->text());
  if (!out && !reported_) {
    problems_.error(*value,
                    fmt::format("`{}` must be true or false, not {}", key, shown(value->text())));
  }
  return out;
}

std::optional<std::uint64_t> Fields::number(std::string_view key, std::uint64_t least,
                                            std::uint64_t most) const {
  const auto value = scalar(key, "a number");
  if (!value) {
    return std::nullopt;
  }
  const auto number = number_in(*value);
  if (number && *number == std::trunc(*number) && *number >= static_cast<double>(least) &&
      *number <= static_cast<double>(most)) {
    return static_cast<std::uint64_t>(*number);
  }
  if (!reported_) {
    problems_.error(*value, fmt::format("`{}` must be a whole number from {} to {}, not {}", key,
                                        least, most, shown(value->text())));
  }
  return std::nullopt;
}

std::optional<Duration> Fields::duration(std::string_view key) const {
  const auto value = scalar(key, "a duration such as 30s");
  if (!value) {
    return std::nullopt;
  }
  const std::string_view text = value->text();
  const auto number = value->quoted() ? std::nullopt : number_of(*value);
  if (number) {
    if (!reported_) {
      note_nanoseconds(*value, key);
    }
    return Duration(static_cast<Duration::rep>(std::clamp(*number, -9.2e18, 9.2e18)));
  }
  const auto span = parse_duration(text);
  if (!span && !reported_) {
    problems_.error(*value, fmt::format("`{}` must be a duration such as 30s or 1m30s, not {}", key,
                                        shown(text)));
  }
  return span;
}

std::vector<std::string> Fields::strings(std::string_view key) const {
  std::vector<std::string> out;
  const auto value = get(key);
  if (!value) {
    return out;
  }
  if (value->is_scalar()) {
    // viper and Pomerium's decoder split a text at its commas.
    std::string_view rest = value->text();
    while (!rest.empty()) {
      const std::size_t comma = std::min(rest.find(','), rest.size());
      out.emplace_back(rest.substr(0, comma));
      rest.remove_prefix(std::min(comma + 1, rest.size()));
    }
    return out;
  }
  if (value->is_map() && !reported_) {
    problems_.error(*value, fmt::format("`{}` must be a list, not a map", key));
  }
  for (const Value& item : value->items()) {
    if (item.is_scalar() || item.is_null()) {
      out.emplace_back(item.text());
    } else if (!reported_) {
      problems_.error(item,
                      fmt::format("an entry of `{}` must be a text, not {}", key, kind_name(item)));
    }
  }
  return out;
}

std::vector<HeaderField> Fields::headers(std::string_view key) const {
  std::vector<HeaderField> out;
  const auto value = get(key);
  if (!value) {
    return out;
  }
  if (!value->is_map() && !reported_) {
    problems_.error(*value, fmt::format("`{}` must be a map of names to values", key));
  }
  std::vector<Value::Member> members = value->members();
  for (const Value& item : value->items()) {
    const std::vector<Value::Member> more = item.members();
    members.insert(members.end(), more.begin(), more.end());
  }
  for (const Value::Member& member : members) {
    if (!member.value.is_map() && !member.value.is_sequence()) {
      out.push_back({std::string(member.key.text()), std::string(member.value.text())});
    } else if (!reported_) {
      problems_.error(member.value, fmt::format("a value in `{}` must be a text", key));
    }
  }
  return out;
}

}  // namespace prober::config

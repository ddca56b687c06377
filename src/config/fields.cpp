#include "config/fields.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace prober::config {
namespace {

// Values may be secrets; only short ones that look like a slip are shown.
std::string shown(std::string_view text) {
  const bool harmless = text.size() <= 24 && std::ranges::all_of(text, [](unsigned char c) {
                          return c > 0x20 && c < 0x7f;
                        });
  return harmless ? fmt::format("`{}`", text) : "the value";
}

std::string_view kind_name(const Value& value) {
  return value.is_map() ? "a map" : value.is_sequence() ? "a list" : "a single value";
}

std::optional<std::uint64_t> to_number(std::string_view text) {
  std::uint64_t out = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  return error == std::errc() && end == text.data() + text.size() ? std::optional(out)
                                                                  : std::nullopt;
}

}  // namespace

Fields::Fields(const Value& map, std::string name, Problems& problems)
    : map_(map), name_(std::move(name)), problems_(problems), members_(map.members()) {
  if (!map.is_map() && !map.is_null()) {
    problems_.error(map, fmt::format("{} must be a map of keys, not {}", name_, kind_name(map)));
  }
}

void Fields::check_keys(Section section, UnknownKeys unknown) const {
  for (const Value::Member& member : members_) {
    const std::string_view key = member.key.text();
    if (known_key(section, key)) {
      continue;
    }
    const std::string_view removed = removed_key(key);
    if (unknown == UnknownKeys::Error) {
      problems_.error(member.key, fmt::format("unknown key {} in {}{}", shown(key), name_,
                                              suggestion(section, key)));
    } else if (!removed.empty()) {
      problems_.warning(member.key, fmt::format("`{}` is ignored: {}", key, removed));
    } else {
      problems_.warning(member.key, fmt::format("unknown key {} in {}, which Pomerium ignores{}",
                                                shown(key), name_, suggestion(section, key)));
    }
  }
}

std::optional<Value> Fields::get(std::string_view key) const {
  const auto found = std::ranges::find_if(
      members_, [key](const Value::Member& one) { return one.key.text() == key; });
  if (found == members_.end() || found->value.is_null()) {
    return std::nullopt;
  }
  return found->value;
}

std::optional<Value> Fields::scalar(std::string_view key, std::string_view wanted) const {
  const auto value = get(key);
  if (value && !value->is_scalar()) {
    problems_.error(*value, fmt::format("`{}` must be {}, not {}", key, wanted, kind_name(*value)));
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
  // Go's strconv.ParseBool, which Pomerium's decoder falls back to.
  const std::string_view text = value->text();
  for (const std::string_view yes : {"1", "t", "T", "true", "TRUE", "True"}) {
    if (text == yes) {
      return true;
    }
  }
  for (const std::string_view no : {"0", "f", "F", "false", "FALSE", "False", ""}) {
    if (text == no) {
      return false;
    }
  }
  problems_.error(*value, fmt::format("`{}` must be true or false, not {}", key, shown(text)));
  return std::nullopt;
}

std::optional<std::uint64_t> Fields::number(std::string_view key, std::uint64_t least,
                                            std::uint64_t most) const {
  const auto value = scalar(key, "a number");
  if (!value) {
    return std::nullopt;
  }
  const auto number = to_number(value->text());
  if (!number || *number < least || *number > most) {
    problems_.error(*value, fmt::format("`{}` must be a whole number from {} to {}, not {}", key,
                                        least, most, shown(value->text())));
    return std::nullopt;
  }
  return number;
}

std::optional<Duration> Fields::duration(std::string_view key) const {
  const auto value = scalar(key, "a duration such as 30s");
  return value ? read_duration(*value, key, problems_) : std::nullopt;
}

std::vector<std::string> Fields::strings(std::string_view key) const {
  std::vector<std::string> out;
  const auto value = get(key);
  if (!value) {
    return out;
  }
  const std::vector<Value> items = value->is_scalar() ? std::vector<Value>{*value} : value->items();
  if (value->is_map()) {
    problems_.error(*value, fmt::format("`{}` must be a list, not a map", key));
  }
  for (const Value& item : items) {
    if (item.is_scalar()) {
      out.emplace_back(item.text());
    } else {
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
  if (!value->is_map()) {
    problems_.error(*value, fmt::format("`{}` must be a map of names to values", key));
  }
  for (const Value::Member& member : value->members()) {
    if (member.value.is_map() || member.value.is_sequence()) {
      problems_.error(member.value, fmt::format("a value in `{}` must be a text", key));
    } else {
      out.push_back({std::string(member.key.text()), std::string(member.value.text())});
    }
  }
  return out;
}

std::optional<Duration> read_duration(const Value& value, std::string_view key,
                                      Problems& problems) {
  const std::string_view text = value.text();
  if (const auto span = parse_duration(text)) {
    return span;
  }
  const auto number = to_number(text);
  if (number && !value.quoted()) {
    problems.warning(
        value, fmt::format("`{}: {}` is {} nanoseconds to Pomerium; write `{}s` for seconds", key,
                           text, text, text));
    return Duration(static_cast<Duration::rep>(std::min<std::uint64_t>(*number, INT64_MAX)));
  }
  problems.error(
      value, fmt::format("`{}` must be a duration such as 30s or 1m30s, not {}", key, shown(text)));
  return std::nullopt;
}

}  // namespace prober::config

#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/problems.h"
#include "config/schema.h"
#include "config/tree.h"
#include "prober/duration.h"
#include "prober/route.h"

namespace prober::config {

/// The members of one map, read by name with their types. A value of the wrong type is reported and
/// then absent; so is a null.
class Fields {
 public:
  /// `name` names the map in messages: "a route", "`probe`"; `path` is where it stands in the route
  /// or at the top, as Pomerium's decoder says it: "mcp.server". Reports a value that is no map.
  Fields(const Value& map, std::string_view name, Problems& problems, std::string_view path = "");

  /// A map of prober's own: keys that are not known are errors.
  void check_own_keys(Section section) const;
  /// A map of Pomerium's: keys that are not known are ignored, and a value that its decoder does
  /// not take keeps it from starting. After this the readers below report nothing themselves.
  void check_pomerium_keys(Section section);

  [[nodiscard]] bool has(std::string_view key) const { return get(key).has_value(); }
  [[nodiscard]] std::optional<Value> get(std::string_view key) const;
  /// Where to point at for a problem with this key: its value, or the map when it is absent.
  [[nodiscard]] Value where(std::string_view key) const { return get(key).value_or(map_); }

  [[nodiscard]] std::optional<std::string> string(std::string_view key) const;
  [[nodiscard]] std::optional<bool> boolean(std::string_view key) const;
  /// A whole number from `least` to `most`.
  [[nodiscard]] std::optional<std::uint64_t> number(std::string_view key, std::uint64_t least,
                                                    std::uint64_t most) const;
  [[nodiscard]] std::optional<Duration> duration(std::string_view key) const;
  /// A list of scalars; a single scalar counts as a list of one.
  [[nodiscard]] std::vector<std::string> strings(std::string_view key) const;
  /// A map of scalars; of Pomerium's, also a list of such maps.
  [[nodiscard]] std::vector<HeaderField> headers(std::string_view key) const;

  [[nodiscard]] Problems& problems() const { return problems_; }
  [[nodiscard]] const std::vector<Value::Member>& members() const { return members_; }

 private:
  [[nodiscard]] std::optional<Value> scalar(std::string_view key, std::string_view wanted) const;

  void note_nanoseconds(const Value& value, std::string_view key) const;
  void check_pomerium_key(Section section, const Value::Member& member) const;

  Value map_;
  std::string_view name_;
  std::string_view path_;
  bool reported_ = false;
  Problems& problems_;
  std::vector<Value::Member> members_;
};

/// The text, or "the value" where it may be a secret.
[[nodiscard]] std::string shown(std::string_view text);

/// The name of a key that is not known, or "(not shown)" where it may be a secret in the wrong
/// place.
[[nodiscard]] std::string shown_key(std::string_view key);

}  // namespace prober::config

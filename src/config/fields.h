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

/// What to do with keys that are not known.
enum class UnknownKeys { Error, Warning };

/// The members of one map, read by name with their types. A value of the wrong type is reported and
/// then absent; so is a null.
class Fields {
 public:
  /// `name` names the map in messages: "route", "`probe`". Reports a value that is no map.
  Fields(const Value& map, std::string name, Problems& problems);

  void check_keys(Section section, UnknownKeys unknown) const;

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
  /// A map of scalars.
  [[nodiscard]] std::vector<HeaderField> headers(std::string_view key) const;

  [[nodiscard]] Problems& problems() const { return problems_; }
  [[nodiscard]] const std::vector<Value::Member>& members() const { return members_; }

 private:
  [[nodiscard]] std::optional<Value> scalar(std::string_view key, std::string_view wanted) const;

  Value map_;
  std::string name_;
  Problems& problems_;
  std::vector<Value::Member> members_;
};

/// Reads a span of time as Pomerium does (Go's form; a bare number is nanoseconds there, of which
/// it warns). Reports what is wrong.
[[nodiscard]] std::optional<Duration> read_duration(const Value& value, std::string_view key,
                                                    Problems& problems);

}  // namespace prober::config

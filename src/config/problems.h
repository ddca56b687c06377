#pragma once

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "config/loader.h"
#include "config/schema.h"
#include "config/tree.h"

namespace prober::config {

/// Collects the problems of one file, and which faults they give to its routes. `words` are those
/// of Pomerium or Envoy for the same mistake, to be found in their logs; they may be empty. A
/// message may quote the file, so what would break its line is replaced.
class Problems {
 public:
  Problems(std::string file, std::vector<Diagnostic>& out)
      : file_(std::make_shared<const std::string>(std::move(file))), out_(out) {}

  /// prober's own rule.
  void error(const Value& where, std::string message) {
    add(Consequence::Invalid, position(where), std::move(message));
  }
  void error_at(int line, int column, std::string message) {
    add(Consequence::Invalid, {file_, line, column}, std::move(message));
  }
  void warning(const Value& where, std::string message) {
    add(Consequence::Note, position(where), std::move(message));
  }
  void note_at(int line, int column, std::string message) {
    add(Consequence::Note, {file_, line, column}, std::move(message));
  }
  void ignored(const Value& where, std::string message) {
    add(Consequence::Ignored, position(where), std::move(message));
  }
  void refused(const Value& where, std::string message, std::string_view words) {
    refused_at(where.line(), where.column(), std::move(message), words);
  }
  /// The same, of something that Pomerium's environment, which was not read, may make good.
  void refused_without_environment(const Value& where, std::string message, std::string_view words);
  void refused_at(int line, int column, std::string message, std::string_view words);
  /// Of the whole file: all routes of all files.
  void all_down(const Value& where, FaultEffect effect, std::string message,
                std::string_view words);
  /// Of the route that is being read.
  void route_down(const Value& where, FaultEffect effect, std::string message,
                  std::string_view words);

  /// Which entry of `routes` or `policy` is being read; "" for the keys at the top.
  void enter(std::string_view list, std::size_t index) {
    list_ = list;
    index_ = index;
  }
  /// The nearest known key, as suggestion() has it; looked for once for each key.
  [[nodiscard]] const std::string& nearest(Section section, std::string_view key);

  [[nodiscard]] bool inside(std::string_view list) const { return list_ == list; }
  /// The key as Pomerium's decoder names it: "'routes[3].timeout'".
  [[nodiscard]] std::string path_of(std::string_view key) const;

  [[nodiscard]] SourcePosition position(const Value& where) const {
    return {file_, where.line(), where.column()};
  }
  /// The route's fault since the last call, the one that comes to bear first.
  [[nodiscard]] std::shared_ptr<const ConfigFault> take_route_fault() {
    return std::exchange(route_fault_, nullptr);
  }
  /// The fault that takes all routes down.
  [[nodiscard]] const std::shared_ptr<const ConfigFault>& fault_of_all() const {
    return fault_of_all_;
  }

 private:
  void add(Consequence consequence, SourcePosition at, std::string message) {
    out_.push_back({consequence, std::move(at), one_line(std::move(message))});
  }

  static std::string one_line(std::string message) {
    const auto is_control = [](unsigned char c) { return c < 0x20 || c == 0x7f; };
    std::ranges::replace_if(message, is_control, '?');
    return message;
  }

  std::shared_ptr<const std::string> file_;
  std::vector<Diagnostic>& out_;
  std::string_view list_;  // a literal
  std::size_t index_ = 0;
  std::map<std::pair<Section, std::string>, std::string> nearest_;
  std::shared_ptr<const ConfigFault> route_fault_;
  std::shared_ptr<const ConfigFault> fault_of_all_;
};

/// Keeps the fault that comes to bear first.
void keep_stronger(std::shared_ptr<const ConfigFault>& kept,
                   const std::shared_ptr<const ConfigFault>& other);

}  // namespace prober::config

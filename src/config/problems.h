#pragma once

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "config/loader.h"
#include "config/tree.h"

namespace prober::config {

/// Collects the problems of one file. A message may quote the file, so what would break its line is
/// replaced.
class Problems {
 public:
  Problems(std::string file, std::vector<Diagnostic>& out)
      : file_(std::make_shared<const std::string>(std::move(file))), out_(out) {}

  void error(const Value& where, std::string message) {
    add(Severity::Error, where, std::move(message));
  }
  void warning(const Value& where, std::string message) {
    add(Severity::Warning, where, std::move(message));
  }
  void error_at(int line, int column, std::string message) {
    out_.push_back({Severity::Error, {file_, line, column}, one_line(std::move(message))});
  }

  [[nodiscard]] SourcePosition position(const Value& where) const {
    return {file_, where.line(), where.column()};
  }

 private:
  void add(Severity severity, const Value& where, std::string message) {
    out_.push_back({severity, position(where), one_line(std::move(message))});
  }

  static std::string one_line(std::string message) {
    const auto is_control = [](unsigned char c) { return c < 0x20 || c == 0x7f; };
    std::ranges::replace_if(message, is_control, '?');
    return message;
  }

  std::shared_ptr<const std::string> file_;
  std::vector<Diagnostic>& out_;
};

}  // namespace prober::config

#pragma once

#include <string>
#include <vector>

#include "config/loader.h"

namespace prober::config {

inline Loaded load_text(const std::string& text) {
  return load_documents({{"f", text}}, {});
}

/// The problems as a user sees them.
inline std::vector<std::string> messages(const Loaded& loaded) {
  std::vector<std::string> out;
  for (const Diagnostic& one : loaded.diagnostics) {
    out.push_back(to_string(one));
  }
  return out;
}

}  // namespace prober::config

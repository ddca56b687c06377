#include "config/environment.h"

#include <fmt/format.h>

#include <algorithm>

#include "config/schema.h"
#include "prober/ascii.h"

namespace prober::config {
namespace {

// A double-quoted scalar: everything but printable ASCII is escaped.
std::string quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (byte < 0x20 || byte == 0x7f) {
      out += fmt::format("\\x{:02x}", byte);
    } else {
      out += c;
    }
  }
  return out + "\"";
}

bool upper_of(std::string_view name, std::string_view key) {
  return same_letters(name, key) &&
         std::ranges::none_of(name, [](char c) { return c >= 'a' && c <= 'z'; });
}

}  // namespace

std::string environment_document(const Environment& environment) {
  std::string out;
  for (const Key& key : keys_of(Section::Top)) {
    if (key.name == "probe" || key.name == "proxy") {
      continue;
    }
    const auto found = std::ranges::find_if(environment, [&key](const auto& variable) {
      return upper_of(variable.first, key.name) && !variable.second.empty();
    });
    if (found != environment.end()) {
      out += fmt::format("{}: {}\n", key.name, quoted(found->second));
    }
  }
  return out;
}

}  // namespace prober::config

#include "report/access_log.h"

#include <nlohmann/json.hpp>

namespace prober::report {
namespace {

constexpr std::string_view kSpace = " \t\r\n";

// Log collectors put their own words before the JSON ("pomerium-1  | {...}"); details themselves
// have braces too, but no JSON in them.
nlohmann::json object_in(std::string_view line) {
  const std::size_t first = line.find('{');
  const std::size_t last = line.rfind('}');
  if (first == std::string_view::npos || last == std::string_view::npos || last < first) {
    return nlohmann::json();
  }
  return nlohmann::json::parse(line.substr(first, last - first + 1), nullptr, false);
}

}  // namespace

std::string details_from_log_line(std::string_view line) {
  const std::size_t first = line.find_first_not_of(kSpace);
  if (first == std::string_view::npos) {
    return "";
  }
  line = line.substr(first, line.find_last_not_of(kSpace) - first + 1);
  const nlohmann::json document = object_in(line);
  if (!document.is_object()) {
    return std::string(line);
  }
  for (const char* key : {"response-code-details", "statusText"}) {
    const auto found = document.find(key);
    if (found != document.end() && found->is_string()) {
      return found->get<std::string>();
    }
  }
  return "";
}

}  // namespace prober::report

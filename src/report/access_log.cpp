#include "report/access_log.h"

#include <nlohmann/json.hpp>

namespace prober::report {

std::string details_from_log_line(std::string_view line) {
  constexpr std::string_view kSpace = " \t\r\n";
  const std::size_t first = line.find_first_not_of(kSpace);
  if (first == std::string_view::npos) {
    return "";
  }
  line = line.substr(first, line.find_last_not_of(kSpace) - first + 1);
  if (!line.starts_with('{') || !line.ends_with('}')) {
    return std::string(line);
  }
  const auto document = nlohmann::json::parse(line, nullptr, false);
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

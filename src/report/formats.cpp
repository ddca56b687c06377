#include <algorithm>
#include <array>

#include "report/report.h"

namespace prober::report {
namespace {

constexpr std::array<std::pair<std::string_view, Format>, 2> kFormats = {{
    {"human", Format::Human},
    {"json", Format::Json},
}};

}  // namespace

std::optional<Format> format_from_name(std::string_view name) {
  const auto* found =
      std::ranges::find(kFormats, name, &std::pair<std::string_view, Format>::first);
  return found == kFormats.end() ? std::nullopt : std::optional(found->second);
}

std::string format_names() {
  std::string out;
  for (const auto& [name, format] : kFormats) {
    out += (out.empty() ? "" : ", ") + std::string(name);
  }
  return out;
}

}  // namespace prober::report

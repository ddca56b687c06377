#include "report/public_headers.h"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

#include "prober/ascii.h"

namespace prober::report {
namespace {

constexpr std::array<std::string_view, 4> kPublic = {"server", "content-type", "content-length",
                                                     "retry-after"};
constexpr std::size_t kLongest = 100;  // bytes of a value that are shown

// "https://user:secret@host:8443/path?token" -> "host:8443"; nothing for a relative reference.
std::string host_of(std::string_view location) {
  const std::size_t slashes = location.find("//");
  if (slashes == std::string_view::npos || location.substr(0, slashes).find('/') < slashes) {
    return "";
  }
  std::string_view host = location.substr(slashes + 2);
  host = host.substr(0, host.find_first_of("/\\?#"));
  const std::size_t at = host.rfind('@');
  return std::string(at == std::string_view::npos ? host : host.substr(at + 1));
}

}  // namespace

std::vector<HeaderField> public_headers(const std::vector<HeaderField>& headers) {
  std::vector<HeaderField> out;
  for (const HeaderField& field : headers) {
    const std::string name = lower_case(field.name);
    if (std::ranges::find(kPublic, name) != kPublic.end()) {
      out.push_back({name, field.value.substr(0, kLongest)});
    } else if (const std::string host = name == "location" ? host_of(field.value) : "";
               !host.empty()) {
      out.push_back({"location", host.substr(0, kLongest)});
    }
  }
  return out;
}

}  // namespace prober::report

#include "config/regex_check.h"

#include <fmt/format.h>
#include <re2/re2.h>

namespace prober::config {

std::string regex_fault(std::string_view pattern) {
  // Pomerium raises Envoy's limit to this in its bootstrap (re2.max_program_size.error_level).
  constexpr int kLargestProgram = 1024 * 1024;
  const re2::RE2 regex(re2::StringPiece(pattern.data(), pattern.size()), re2::RE2::Quiet);
  if (!regex.ok()) {
    return regex.error();
  }
  const int size = regex.ProgramSize();
  return size > kLargestProgram
             ? fmt::format("RE2 program size of {} > max program size of {}", size, kLargestProgram)
             : "";
}

}  // namespace prober::config

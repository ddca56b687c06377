// A line of an access log, or response code details from anywhere: `prober explain`.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "prober/explanation.h"
#include "report/access_log.h"
#include "require.h"

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer's name
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using prober::fuzz::require;
  const std::string_view line(reinterpret_cast<const char*>(data), size);
  const std::string details = prober::report::details_from_log_line(line);
  const auto known = prober::explain_details(details);
  if (!known) {
    return 0;
  }
  require(!known->error.empty() && !known->meaning.empty() && !known->docs.empty(),
          "an explanation with a hole");
  // What was understood is understood again, as the same error.
  const auto again = prober::explain_details(known->details);
  require(again && again->error == known->error, "an explanation of another error");
  return 0;
}

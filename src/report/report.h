#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "prober/report.h"

namespace prober::report {

enum class Format { Human, Json };

/// By the name on the command line: "human", "json".
[[nodiscard]] std::optional<Format> format_from_name(std::string_view name);
/// All names, for messages: "human, json".
[[nodiscard]] std::string format_names();

struct HumanOptions {
  int verbosity = 0;  // 1: stages and timings; 2: every attempt with its certificates
  bool colour = false;
  bool ascii = false;  // no symbols beyond ASCII
  bool quiet = false;  // nothing of what is healthy or skipped, and no summary when all is well
  int width = 80;      // columns
};

/// For people: broken routes first.
[[nodiscard]] std::string human(const Report& report, const HumanOptions& options);

/// One JSON document, the contract of config/report.schema.json. Ends with a line end.
[[nodiscard]] std::string json(const Report& report);

}  // namespace prober::report

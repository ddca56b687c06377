#pragma once

#include <string>
#include <string_view>

namespace prober::report {

/// The response code details in a line of Pomerium's access log (JSON, "response-code-details") or
/// in its error body ("statusText"), whatever stands before or after the JSON. Text without JSON is
/// returned as it is, without the white space around it; JSON without either key gives "".
[[nodiscard]] std::string details_from_log_line(std::string_view line);

}  // namespace prober::report

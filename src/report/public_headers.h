#pragma once

#include <vector>

#include "prober/route.h"

namespace prober::report {

/// The few header fields of an answer that a report may show: server, content-type, content-length,
/// retry-after, and of location only the host. All others may hold secrets. Names in lower case.
[[nodiscard]] std::vector<HeaderField> public_headers(const std::vector<HeaderField>& headers);

}  // namespace prober::report

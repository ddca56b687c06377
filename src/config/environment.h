#pragma once

#include <string>

#include "config/loader.h"

namespace prober::config {

/// The variables that Pomerium binds to its keys, as a document of YAML in which every value is a
/// text; "" when there is none. Empty variables count as unset. Source: config/options.go,
/// bindEnvs.
[[nodiscard]] std::string environment_document(const Environment& environment);

}  // namespace prober::config

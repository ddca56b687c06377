#pragma once

#include "config/fields.h"

namespace prober::config {

/// What Pomerium's Options.Validate asks of the keys at the top that do not touch the path to an
/// upstream. Files that it would read at start are left alone: on the machine where prober runs
/// they may be missing, or not be for its eyes.
void check_options(const Fields& fields);

}  // namespace prober::config

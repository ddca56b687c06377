#pragma once

#include <memory>

#include "config/fields.h"
#include "config/route_defaults.h"

namespace prober::config {

/// Reads the tls_* keys of a route whose `to` is known. Routes that say nothing share the default.
[[nodiscard]] std::shared_ptr<const TlsSettings> read_tls(const Fields& fields,
                                                          const RouteDefaults& defaults,
                                                          const Route& route);

}  // namespace prober::config

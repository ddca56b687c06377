#pragma once

#include <memory>

#include "config/fields.h"
#include "config/route_defaults.h"

namespace prober::config {

/// Reads what a route changes of a request's host, path and headers, and looks for what Envoy
/// refuses in it. Routes that say nothing share the default.
[[nodiscard]] std::shared_ptr<const RequestRewrite> read_rewrite(const Fields& fields,
                                                                 const RouteDefaults& defaults,
                                                                 const Route& route);

/// Reports a text that Envoy takes in no header and no path, which makes it refuse the whole route
/// table: one with a line break or a zero byte.
void check_line(const Fields& fields, std::string_view key);

/// Looks for what Envoy refuses in set_response_headers: the whole route table.
void check_response_headers(const Fields& fields);

/// Reports a pattern that is no regular expression to Envoy.
void check_regex(const Fields& fields, std::string_view key);

}  // namespace prober::config

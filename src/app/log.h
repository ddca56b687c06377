#pragma once

#include <string>

namespace prober::app {

/// Sends the program's own log to stderr, never to stdout, where the report goes. Levels are
/// spdlog's words: trace, debug, info, warning, error, critical, off. `json` writes one object a
/// line.
void set_up_log(const std::string& level, bool json);

}  // namespace prober::app

#pragma once

#include <optional>
#include <string>
#include <vector>

#include "command_line.h"
#include "config/loader.h"
#include "prober/route.h"

namespace prober::app {

/// The files to read: -c, else ./prober.yaml, else /etc/prober/prober.yaml. Nothing when there is
/// none.
[[nodiscard]] std::optional<std::vector<std::string>> config_files(const Options& options);

/// Reads the configuration and prints its problems to stderr. Nothing when there are errors.
[[nodiscard]] std::optional<Configuration> load_configuration(const Options& options);

/// The routes whose name matches one of the globs; all of them without a glob.
[[nodiscard]] std::vector<const Route*> chosen_routes(const Configuration& configuration,
                                                      const std::vector<std::string>& globs);

}  // namespace prober::app

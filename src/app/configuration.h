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

/// How the command line wants it read: with the environment, or without files that are missing.
[[nodiscard]] config::LoadOptions load_options(const Options& options);

/// Reads the configuration and prints its problems to stderr. Nothing when one of
/// them leaves no configuration to go by; routes that the others take down say so themselves.
[[nodiscard]] std::optional<Configuration> load_configuration(const Options& options);

/// The routes whose name matches one of the globs; all of them without a glob.
[[nodiscard]] std::vector<const Route*> chosen_routes(const Configuration& configuration,
                                                      const std::vector<std::string>& globs);

}  // namespace prober::app

#include "configuration.h"

#include <fmt/format.h>
#include <fnmatch.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>

#include "report/escape.h"

namespace prober::app {

std::optional<std::vector<std::string>> config_files(const Options& options) {
  if (!options.configs.empty()) {
    return options.configs;
  }
  for (const char* path : {"prober.yaml", "/etc/prober/prober.yaml"}) {
    std::error_code ignored;
    if (std::filesystem::exists(path, ignored)) {
      return std::vector<std::string>{path};
    }
  }
  return std::nullopt;
}

config::LoadOptions load_options(const Options& options) {
  config::LoadOptions out;
  out.files_must_exist = !options.no_files;
  for (char** variable = environ; options.environment && *variable != nullptr; ++variable) {
    const std::string_view text = *variable;
    const std::size_t equals = std::min(text.find('='), text.size());
    out.environment.emplace_back(text.substr(0, equals),
                                 text.substr(std::min(equals + 1, text.size())));
  }
  return out;
}

std::optional<Configuration> load_configuration(const Options& options) {
  const auto files = config_files(options);
  if (!files) {
    fmt::print(
        stderr,
        "prober: no configuration: neither ./prober.yaml nor /etc/prober/prober.yaml is there; "
        "name one with -c FILE, or try `prober demo`\n");
    return std::nullopt;
  }
  config::Loaded loaded = config::load_files(*files, load_options(options));
  for (const config::Diagnostic& one : loaded.diagnostics) {
    fmt::print(stderr, "{}\n", report::escape_control(config::to_string(one)));
  }
  return std::move(loaded.configuration);
}

std::vector<const Route*> chosen_routes(const Configuration& configuration,
                                        const std::vector<std::string>& globs) {
  std::vector<const Route*> out;
  for (const Route& route : configuration.routes) {
    const bool chosen =
        globs.empty() || std::ranges::any_of(globs, [&route](const std::string& glob) {
          return fnmatch(glob.c_str(), route.name.c_str(), 0) == 0;
        });
    if (chosen) {
      out.push_back(&route);
    }
  }
  return out;
}

}  // namespace prober::app

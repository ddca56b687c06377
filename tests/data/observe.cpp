// observe ... FILE: probes the first route of a configuration and writes what was observed, without
// a judgement, to FILE.facts. Other arguments are not looked at, so that it can stand for prober.
// For recordings.py.

#include <cstdio>
#include <fstream>
#include <string>

#include "config/loader.h"
#include "net/engine.h"
#include "observation_text.h"

int main(int argc, char** argv) {
  using namespace prober;
  if (argc < 2) {
    std::fputs("usage: observe FILE\n", stderr);
    return 2;
  }
  const std::string path = argv[argc - 1];
  const config::Loaded loaded = config::load_files({path}, {});
  if (!loaded.configuration || loaded.configuration->routes.empty()) {
    for (const config::Diagnostic& one : loaded.diagnostics) {
      std::fprintf(stderr, "%s\n", config::to_string(one).c_str());
    }
    return 1;
  }
  constexpr std::size_t kConnections = 64;
  net::Loop loop;
  net::Engine engine(loop, loaded.configuration->settings, kConnections);
  const auto session =
      engine.probe(loaded.configuration->routes.front(), [&](const Observation& observation) {
        std::ofstream(path + ".facts") << recordings::to_text(observation);
        loop.stop();
      });
  loop.run();
  return 0;
}

#include "demo.h"

#include <fmt/format.h>

#include <csignal>
#include <utility>

#include "config/loader.h"
#include "net/loop.h"
#include "once.h"
#include "simulator/simulator.h"

namespace prober::app {
namespace {

void wait_for_signal() {
  net::Loop loop;
  const net::SignalWatch interrupt(loop, SIGINT, [&loop] { loop.stop(); });
  const net::SignalWatch terminate(loop, SIGTERM, [&loop] { loop.stop(); });
  loop.run();
}

}  // namespace

ExitCode run_demo(const Options& options) {
  const auto simulator = simulator::Simulator::start(options.all_faults ? simulator::all_faults()
                                                                        : simulator::demo_faults());
  if (!simulator) {
    fmt::print(stderr, "prober: {}\n", simulator.error().message);
    return ExitCode::Failure;
  }
  const std::string text = (*simulator)->configuration();
  if (options.serve) {
    fmt::print("{}", text);
    std::fflush(stdout);
    fmt::print(stderr,
               "prober: serving until Ctrl-C; in another terminal: prober --once -c FILE, FILE "
               "being the lines above\n");
    wait_for_signal();
    return ExitCode::Ok;
  }
  const config::Loaded loaded = config::load_documents({{"demo.yaml", text}}, {});
  for (const config::Diagnostic& one : loaded.diagnostics) {
    fmt::print(stderr, "{}\n", config::to_string(one));
  }
  if (!loaded.configuration) {
    return ExitCode::Failure;
  }
  const ExitCode code = probe_and_report(options, *loaded.configuration);
  // Broken upstreams are what the demo is for.
  return code == ExitCode::Broken || code == ExitCode::WarningsOnly ? ExitCode::Ok : code;
}

}  // namespace prober::app

#include "engine.h"

#include <sys/resource.h>

#include <algorithm>
#include <utility>

namespace prober::net {

Engine::Engine(Loop& loop, const Settings& settings, std::size_t concurrency)
    : loop_(loop),
      settings_(settings),
      connector_(loop),
      resolver_(loop, settings.dns),
      trust_(settings.certificate_authority),
      gate_(concurrency) {}

std::unique_ptr<ProbeSession> Engine::probe(const Route& route, ProbeSession::Callback done) {
  const Shared shared{loop_, connector_, resolver_, trust_, gate_, settings_};
  return std::make_unique<ProbeSession>(shared, route, std::move(done));
}

std::size_t connections_that_fit() {
  // Standard streams, epoll, c-ares, libcurl's wake-up pipes, files being read, the report.
  constexpr rlim_t kReserve = 200;
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) {
    return 1;
  }
  if (limit.rlim_cur < limit.rlim_max) {
    rlimit raised = limit;
    raised.rlim_cur = limit.rlim_max;
    if (setrlimit(RLIMIT_NOFILE, &raised) == 0) {
      limit = raised;
    }
  }
  return limit.rlim_cur > 2 * kReserve ? limit.rlim_cur - kReserve
                                       : std::max<rlim_t>(1, limit.rlim_cur / 2);
}

}  // namespace prober::net

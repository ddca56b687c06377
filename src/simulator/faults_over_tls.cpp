// What fails in HTTP fails over TLS too: the faults of HTTP/1.1 and HTTP/2, behind a TLS server.

#include <algorithm>
#include <utility>

#include "simulator/fault.h"

namespace prober::simulator {
namespace {

bool plays_in_clear(const Fault& fault) {
  return !fault.dns && (fault.scheme == "http" || fault.scheme == "h2c") &&
         std::ranges::all_of(fault.upstreams, [](const Upstream& one) {
           return one.kind == Upstream::Kind::Plays && !one.tls;
         });
}

bool says_goodbye(const Fault& fault) {
  return std::ranges::any_of(fault.upstreams, [](const Upstream& one) {
    return std::ranges::find(one.script, Step::Kind::Fin, &Step::kind) != one.script.end();
  });
}

Fault over_tls(Fault fault) {
  TlsServer server;
  if (fault.scheme == "h2c") {
    server.alpn = {"h2"};
  }
  for (Upstream& one : fault.upstreams) {
    one.tls = server;
  }
  fault.scheme = "https";
  fault.name = "over-tls-" + fault.name;
  fault.does += ", over TLS";
  fault.demo = false;
  return fault;
}

// Ends with a FIN alone, as a server does that crashes or does not care.
Fault without_close_notify(Fault fault) {
  for (Upstream& one : fault.upstreams) {
    for (Step& step : one.script) {
      if (step.kind == Step::Kind::Fin) {
        step.kind = Step::Kind::BareFin;
      }
    }
  }
  fault.name += "-without-close-notify";
  fault.does += " that is not closed";
  return fault;
}

}  // namespace

std::vector<Fault> over_tls_faults() {
  std::vector<Fault> out;
  for (auto part : {http1_faults, http1_edge_faults, http2_faults, http2_edge_faults}) {
    for (Fault& fault : part()) {
      if (!plays_in_clear(fault)) {
        continue;
      }
      out.push_back(over_tls(std::move(fault)));
      if (says_goodbye(out.back())) {
        out.push_back(without_close_notify(out.back()));
      }
    }
  }
  return out;
}

}  // namespace prober::simulator

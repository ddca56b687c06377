#include "simulator/fault.h"

namespace prober::simulator {

const std::vector<Fault>& faults() {
  static const std::vector<Fault> kFaults = [] {
    std::vector<Fault> out;
    for (auto part :
         {dns_faults, tcp_faults, http1_faults, http1_edge_faults, timeout_faults, http2_faults,
          http2_edge_faults, tls_faults, tls_edge_faults, over_tls_faults, cluster_faults}) {
      for (Fault& fault : part()) {
        out.push_back(std::move(fault));
      }
    }
    return out;
  }();
  return kFaults;
}

}  // namespace prober::simulator

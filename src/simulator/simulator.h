#pragma once

#include <memory>
#include <string>
#include <vector>

#include "prober/error.h"
#include "simulator/fault.h"

namespace prober::simulator {

/// Runs faulty upstreams on loopback until it is destroyed. Needs no rights. Its threads block all
/// signals; its functions are called from one thread.
class Simulator {
 public:
  /// Starts the upstreams of these faults, which must outlive the simulator.
  [[nodiscard]] static Result<std::unique_ptr<Simulator>> start(
      const std::vector<const Fault*>& faults);
  Simulator(const Simulator&) = delete;
  Simulator& operator=(const Simulator&) = delete;
  ~Simulator();

  /// prober's own file to use against them: one route for each fault, of the fault's name.
  [[nodiscard]] std::string configuration() const;

 private:
  struct Running;

  Simulator();
  [[nodiscard]] Result<void> add(const Fault& fault);
  [[nodiscard]] Result<std::uint16_t> add_upstream(const Fault& fault, const Upstream& upstream,
                                                   std::uint16_t port);
  [[nodiscard]] std::string route_yaml(const Running& running) const;
  [[nodiscard]] std::string fill_in(std::string line) const;

  Pki pki_;
  std::string ca_;  // base64 of PEM, as are the next two
  std::string client_certificate_;
  std::string client_key_;
  std::unique_ptr<DnsServer> dns_;
  std::vector<ContextPtr> contexts_;
  std::vector<std::unique_ptr<TlsServer>> tls_settings_;
  std::vector<std::unique_ptr<Server>> servers_;
  std::vector<Socket> held_;  // ports kept free or full
  std::vector<Running> running_;
};

/// The faults that `prober demo` shows, the most instructive first.
[[nodiscard]] std::vector<const Fault*> demo_faults();
[[nodiscard]] std::vector<const Fault*> all_faults();

}  // namespace prober::simulator

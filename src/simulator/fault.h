#pragma once

#include <optional>
#include <string>
#include <vector>

#include "simulator/dns_server.h"
#include "simulator/script.h"
#include "simulator/server.h"

namespace prober::simulator {

/// What stands behind one port.
struct Upstream {
  enum class Kind {
    Plays,         // a server that plays `script`
    Refused,       // nobody listens
    BacklogFull,   // listens, and its queue is full: SYN packets are dropped, as by a firewall
    NeverAccepts,  // the kernel completes the connection, nobody reads
  };
  Kind kind = Kind::Plays;
  Script script;
  std::optional<TlsServer> tls;
  std::string address = "127.0.0.1";
};

/// What Envoy 1.38 answers, as its access log shows it.
struct Expected {
  int status = 0;
  std::string flags;
  std::string details;
  double share = 1;  // of the requests; alternatives of a race each have the whole
};

/// An upstream that fails in one way, and what the proxy makes of it. A new fault is one entry in
/// faults_*.cpp: the tests, the conformance run and `demo` take it from there.
struct Fault {
  std::string name;
  std::string does;  // "accepts and closes without an answer"
  std::string scheme = "http";
  std::vector<Upstream> upstreams;
  std::vector<Expected> expected;
  /// Further lines of the route in YAML ("timeout: 500ms"). {ca}, {client_cert} and {client_key}
  /// stand for base64 of PEM.
  std::vector<std::string> route;
  std::vector<std::string> probe;  // lines of its `probe:` block
  std::optional<Zone> dns;         // the upstream is known by a name, of which DNS says this
  bool second_name = false;        // the first upstream is in `to` once more, by another name
  bool race = false;               // `expected` are the alternatives of one race
  bool demo = false;               // shown by `prober demo`
};

/// All of them; names are unique.
[[nodiscard]] const std::vector<Fault>& faults();

// The parts of the table, by what fails.
[[nodiscard]] std::vector<Fault> dns_faults();
[[nodiscard]] std::vector<Fault> tcp_faults();
[[nodiscard]] std::vector<Fault> http1_faults();
[[nodiscard]] std::vector<Fault> http1_edge_faults();
[[nodiscard]] std::vector<Fault> timeout_faults();
[[nodiscard]] std::vector<Fault> http2_faults();
[[nodiscard]] std::vector<Fault> http2_edge_faults();
[[nodiscard]] std::vector<Fault> tls_faults();
[[nodiscard]] std::vector<Fault> tls_edge_faults();
[[nodiscard]] std::vector<Fault> over_tls_faults();
[[nodiscard]] std::vector<Fault> cluster_faults();

}  // namespace prober::simulator

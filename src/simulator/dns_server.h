#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include "prober/error.h"
#include "simulator/server.h"

namespace prober::simulator {

/// What the DNS server says of one name.
struct Zone {
  std::vector<std::string> a;
  std::vector<std::string> aaaa;
  int rcode = 0;           // RFC 1035: 1 FORMERR, 2 SERVFAIL, 3 NXDOMAIN, 5 REFUSED
  bool silent = false;     // no answer at all
  bool truncated = false;  // over UDP: no records, and the bit that asks for TCP
};

/// A DNS server on 127.0.0.1, UDP and TCP on the same port, on a thread of its own. Names it does
/// not know are NXDOMAIN.
class DnsServer {
 public:
  [[nodiscard]] static Result<std::unique_ptr<DnsServer>> start(std::map<std::string, Zone> zones);
  DnsServer(const DnsServer&) = delete;
  DnsServer& operator=(const DnsServer&) = delete;
  ~DnsServer();

  [[nodiscard]] std::uint16_t port() const { return port_; }

 private:
  DnsServer(Socket udp, Socket tcp, std::map<std::string, Zone> zones);
  void run();
  void answer_datagram();
  void answer_connection();
  /// "" for silence.
  [[nodiscard]] std::string answer(const std::string& query, bool udp) const;

  Socket udp_;
  Socket tcp_;
  std::map<std::string, Zone> zones_;
  std::uint16_t port_;
  Socket stop_reader_;
  Socket stop_writer_;
  std::thread thread_;
};

}  // namespace prober::simulator

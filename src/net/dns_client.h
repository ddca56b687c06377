#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "loop.h"
#include "prober/attempt.h"
#include "prober/route.h"

namespace prober::net {

enum class DnsRecord { A, Aaaa };

/// Puts questions to DNS servers, with c-ares: those of the settings, else of the system. Knows
/// nothing of search domains. Lives on the loop's thread.
class DnsClient {
 public:
  struct Answer {
    LookupStatus status = LookupStatus::NoServer;  // Ok only with addresses
    std::vector<IpAddress> addresses;
    std::optional<std::int64_t> ttl_s;  // the smallest
    std::string server;                 // the one spoken to last
  };
  using Callback = std::function<void(Answer)>;

  DnsClient(Loop& loop, const DnsSettings& settings);
  DnsClient(const DnsClient&) = delete;
  DnsClient& operator=(const DnsClient&) = delete;
  /// Questions that are open are dropped; their callbacks never run.
  ~DnsClient();

  /// The callback runs once, for a name that cannot be asked for before this returns. It must not
  /// destroy the client.
  void ask(const std::string& name, DnsRecord type, Callback done);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace prober::net

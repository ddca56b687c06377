#pragma once

#include <memory>
#include <string>
#include <vector>

#include "wire/exchange.h"

namespace prober::net {

/// Bytes to send over a fresh connection and what to wait for: a tcp health check's payloads, or
/// the banner of an SSH server.
struct Greeting {
  std::string send;
  std::vector<std::string> receive;  // to be found in this order; what lies between does not matter
  bool ssh = false;                  // wait for the line that begins with "SSH-" instead
};

/// done() once it came; what came is HttpFacts::body, for SSH the banner alone. Not more than 8 KiB
/// are kept.
[[nodiscard]] std::unique_ptr<wire::Exchange> make_greeting(Greeting greeting);

}  // namespace prober::net

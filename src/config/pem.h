#pragma once

#include <map>
#include <string>
#include <string_view>
#include <utility>

#include "prober/error.h"

namespace prober::config {

/// Why Envoy does not take the text as trusted certificates; "" when it does.
[[nodiscard]] std::string trusted_ca_fault(std::string_view pem);

/// Why Envoy does not take the text added to the system's roots: only a malformed certificate, it
/// does not mind anything else. "" when it does.
[[nodiscard]] std::string added_ca_fault(std::string_view pem);

/// Why Go's tls.X509KeyPair does not take certificate and key, in its words; "" when it does.
[[nodiscard]] std::string key_pair_fault(std::string_view certificate, std::string_view key);

/// Small files and texts that many routes may name: each is read and judged once. What is returned
/// is valid as long as this object.
class PemFiles {
 public:
  /// The text, or Go's words for why it cannot be read.
  [[nodiscard]] const Result<std::string>& read(const std::string& path);
  [[nodiscard]] const std::string& trusted_ca_fault(const std::string& pem);
  [[nodiscard]] const std::string& key_pair_fault(const std::string& certificate,
                                                  const std::string& key);

 private:
  std::map<std::string, Result<std::string>> known_;
  std::map<std::string, std::string> ca_faults_;
  std::map<std::pair<std::string, std::string>, std::string> pair_faults_;
};

}  // namespace prober::config

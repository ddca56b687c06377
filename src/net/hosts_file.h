#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "prober/address.h"

namespace prober::net {

/// /etc/hosts as the c-ares inside Envoy reads it. It merges lines that share an address or a name
/// into one entry, and a name stands for all addresses of its entry: with `10.0.0.1 a`, `10.0.0.1
/// b` and `10.0.0.2 b`, Envoy sends a's requests to both. A line whose address stands already adds
/// its names to that entry, but a name stays in the entry that had it first, so that an address can
/// get lost. Source: c-ares 1.34, src/lib/ares_hosts_file.c; held against Envoy 1.36 to 1.40 by
/// tests/conformance/resolver_test.py.
class HostsFile {
 public:
  struct Name {
    std::vector<IpAddress> addresses;  // Envoy's, in the file's order
    std::vector<IpAddress> written;    // those of the lines that have the name
  };

  [[nodiscard]] static HostsFile parse(std::string_view text);

  /// Letters' case does not matter; empty for a name that is not there.
  [[nodiscard]] Name find(std::string_view name) const;

 private:
  struct Line {
    IpAddress address;
    std::vector<std::string> names;  // lower case
  };
  struct Known {
    std::size_t entry = 0;
    std::vector<IpAddress> written;
  };

  static bool parse_line(std::string_view text, Line& out);
  void add(const Line& line);
  [[nodiscard]] std::size_t entry_for(const Line& line);

  std::vector<std::vector<IpAddress>> entries_;
  std::map<IpAddress, std::size_t> by_address_;
  std::unordered_map<std::string, Known> by_name_;
};

/// The machine's own hosts file, read again when it has changed. For one thread.
class SystemHosts {
 public:
  explicit SystemHosts(std::string path);
  /// Empty when it cannot be read.
  [[nodiscard]] const HostsFile& current();

 private:
  struct Stamp {
    std::uint64_t inode = 0;
    std::int64_t size = -1;
    std::int64_t modified_s = 0;
    std::int64_t modified_ns = 0;
    bool operator==(const Stamp&) const = default;
  };
  [[nodiscard]] Stamp stamp() const;

  std::string path_;
  Stamp read_at_;
  HostsFile hosts_;
};

}  // namespace prober::net

#include "net/hosts_file.h"

#include <doctest/doctest.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

using namespace prober;
using namespace prober::net;

namespace {

std::string text_of(const std::vector<IpAddress>& addresses) {
  std::string out;
  for (const IpAddress& address : addresses) {
    out += (out.empty() ? "" : " ") + address.to_string();
  }
  return out;
}

std::string taken(const HostsFile& hosts, std::string_view name) {
  return text_of(hosts.find(name).addresses);
}

struct Row {
  std::string_view file;
  std::string_view name;
  std::string_view addresses;
};

}  // namespace

// What Envoy 1.36 to 1.40 list at /clusters for these files; tests/conformance/resolver_test.py
// asks them again.
TEST_CASE("hosts file: names of lines that share an address or a name") {
  constexpr std::string_view kShared = "10.0.0.1 a\n10.0.0.1 b\n10.0.0.2 b\n";
  constexpr std::string_view kBridge =
      "10.0.0.1 a\n10.0.0.2 b\n10.0.0.1 b c\n10.0.0.3 c\n10.0.0.4 d\n";
  constexpr std::string_view kFamilies = "10.0.0.1 a\n::1 other\n10.0.0.1 a b\n::1 a b\n";
  for (const Row& row : std::vector<Row>{
           {kShared, "a", "10.0.0.1 10.0.0.2"},
           {kShared, "b", "10.0.0.1 10.0.0.2"},
           {kShared, "c", ""},
           {kBridge, "a", "10.0.0.1 10.0.0.3"},
           {kBridge, "b", "10.0.0.2"},
           {kBridge, "c", "10.0.0.1 10.0.0.3"},
           {kBridge, "d", "10.0.0.4"},
           {kFamilies, "a", "10.0.0.1"},
           {kFamilies, "b", "10.0.0.1"},
           {kFamilies, "other", "::1"},
       }) {
    CAPTURE(row.file);
    CAPTURE(row.name);
    CHECK(taken(HostsFile::parse(row.file), row.name) == row.addresses);
  }
  CHECK(text_of(HostsFile::parse(kShared).find("a").written) == "10.0.0.1");
  CHECK(text_of(HostsFile::parse(kBridge).find("b").written) == "10.0.0.2 10.0.0.1");
}

TEST_CASE("hosts file: what counts as a line, an address and a name") {
  const std::string too_long(256, 'x');
  const std::string longest(255, 'x');
  for (const auto& [file, name, addresses] :
       std::vector<std::tuple<std::string, std::string, std::string>>{
           {"", "a", ""},
           {"10.0.0.1 a", "a", "10.0.0.1"},
           {"  \t10.0.0.1\ta\r\n", "A", "10.0.0.1"},
           {"10.0.0.1 A.Example", "a.eXample", "10.0.0.1"},
           {"# 10.0.0.1 a\n10.0.0.2 a", "a", "10.0.0.2"},
           {"10.0.0.1 a # b", "b", ""},
           {"10.0.0.1 a #b", "a", "10.0.0.1"},
           {"10.0.0.1 a#x b", "a", ""},
           {"10.0.0.1 a#x b", "b", "10.0.0.1"},
           {"10.0.0.1#x a", "a", ""},
           {"10.0.0.1\n10.0.0.2 a", "a", "10.0.0.2"},
           {"10.1 a", "a", "10.1.0.0"},
           {"010.000.0.1 a", "a", "10.0.0.1"},
           {"10.0.0.256 a", "a", ""},
           {"::ffff:10.0.0.1 a", "a", "::ffff:10.0.0.1"},
           {"fe80::1%lo a", "a", ""},
           {"10.0.0.1 a!b c", "c", "10.0.0.1"},
           {"10.0.0.1 \xc3\xa4.test b", "b", ""},
           {"10.0.0.1 a \xc3\xa4.test b", "b", "10.0.0.1"},
           {"10.0.0.1 " + too_long + " a", "a", ""},
           {"10.0.0.1 a " + too_long + " b", "b", "10.0.0.1"},
           {"10.0.0.1 " + longest, longest, "10.0.0.1"},
           {"10.0.0.1 _a.b-c/d*", "_A.b-c/d*", "10.0.0.1"},
           {"10.0.0.1 10.0.0.1 a\n10.0.0.2 10.0.0.1 b", "a", "10.0.0.1"},
       }) {
    CAPTURE(file);
    CAPTURE(name);
    CHECK(taken(HostsFile::parse(file), name) == addresses);
  }
}

TEST_CASE("hosts file: it is read again when it has changed, and may be missing") {
  const std::string path = "hosts_file_test." + std::to_string(getpid());
  SystemHosts hosts(path);
  CHECK(taken(hosts.current(), "a").empty());
  std::ofstream(path) << "10.0.0.1 a\n";
  CHECK(taken(hosts.current(), "a") == "10.0.0.1");
  std::ofstream(path) << "10.0.0.1 a\n10.0.0.2 a\n";
  CHECK(taken(hosts.current(), "a") == "10.0.0.1 10.0.0.2");
  REQUIRE(std::remove(path.c_str()) == 0);
  CHECK(taken(hosts.current(), "a").empty());
}

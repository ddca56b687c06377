#include "net/resolver_config.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "prober/host_name.h"

using prober::is_localhost;
using prober::net::is_onion;
using prober::net::ResolverConfig;
using prober::net::ResolverFiles;

namespace {

std::string joined(const std::vector<std::string>& words) {
  std::string out;
  for (const std::string& word : words) {
    out += (out.empty() ? "" : " ") + word;
  }
  return out;
}

std::string in_words(const ResolverConfig& config) {
  return config.sources + " " + std::to_string(config.ndots) + " [" + joined(config.domains) + "]";
}

}  // namespace

// Measured on Envoy 1.38; tests/conformance/resolver_test.py asks again.
TEST_CASE("resolver config: what resolv.conf says") {
  struct Row {
    std::string resolv_conf;
    std::string config;
  };
  for (const auto& [text, config] : std::vector<Row>{
           {"", "fb 1 []"},
           {"nameserver 10.0.0.1\n", "fb 1 []"},
           {"search a.test b.test\n", "fb 1 [a.test b.test]"},
           {"search a.test,b.test\n", "fb 1 [a.test b.test]"},
           {"search a.test A.TEST b.test\n", "fb 1 [a.test b.test]"},
           {"search a.test\nsearch b.test\n", "fb 1 [b.test]"},
           {"domain a.test b.test\n", "fb 1 [a.test]"},
           {"domain a.test\nsearch b.test\n", "fb 1 [b.test]"},
           {"search b.test\ndomain a.test\n", "fb 1 [b.test]"},
           {"  search a.test\r\n", "fb 1 [a.test]"},
           {"search\ta.test\n", "fb 1 [a.test]"},
           {"search a.test\tb.test\n", "fb 1 []"},
           {"search a.test # x\n", "fb 1 [a.test # x]"},
           {"# search a.test\n; search b.test\n", "fb 1 []"},
           {"Search a.test\n", "fb 1 []"},
           {"search\n", "fb 1 []"},
           {"search " + std::string(505, 'x') + "\n", "fb 1 [" + std::string(505, 'x') + "]"},
           {"search " + std::string(512, 'x') + "\n", "fb 1 []"},
           {"options ndots:0\n", "fb 0 []"},
           {"options timeout:1 ndots:5 rotate\n", "fb 5 []"},
           {"options ndots\n", "fb 0 []"},
           {"options ndots:2 ndots:3\n", "fb 3 []"},
           {"options xndots:2\n", "fb 1 []"},
           {"lookup bind file\n", "bf 1 []"},
           {"lookup yp\n", "fb 1 []"},
       }) {
    CAPTURE(text);
    ResolverFiles files;
    files.resolv_conf = text;
    CHECK(in_words(ResolverConfig::parse(files)) == config);
  }
}

TEST_CASE("resolver config: what nsswitch.conf says") {
  struct Row {
    std::string nsswitch_conf;
    std::string sources;
  };
  for (const auto& [text, sources] : std::vector<Row>{
           {"hosts: files dns\n", "fb"},
           {"hosts:\tdns\tfiles\n", "bf"},
           {"  hosts : Files\n", "f"},
           {"hosts: dns\n", "b"},
           {"hosts: mymachines resolve [!UNAVAIL=return] files myhostname dns\n", "bf"},
           {"hosts: mdns4_minimal [NOTFOUND=return] dns\n", "b"},
           {"hosts: myhostname\n", "fb"},
           {"# hosts: dns\n", "fb"},
           {"passwd: files\n", "fb"},
           {"hosts: files\nhosts: dns\n", "b"},
       }) {
    CAPTURE(text);
    ResolverFiles files;
    files.nsswitch_conf = text;
    CHECK(ResolverConfig::parse(files).sources == sources);
  }
}

TEST_CASE("resolver config: variables win over the files, the host's own name stands behind them") {
  ResolverFiles files;
  files.resolv_conf = "search a.test\noptions ndots:2\n";
  files.host_name = "host.own.test";
  CHECK(in_words(ResolverConfig::parse(files)) == "fb 2 [a.test]");
  files.local_domain = "b.test c.test";
  files.res_options = "ndots:3";
  CHECK(in_words(ResolverConfig::parse(files)) == "fb 3 [b.test]");
  files.resolv_conf = files.local_domain = "";
  CHECK(in_words(ResolverConfig::parse(files)) == "fb 3 [own.test]");
  files.host_name = "host";
  CHECK(in_words(ResolverConfig::parse(files)) == "fb 3 []");
}

TEST_CASE("resolver config: the names that DNS is asked for") {
  ResolverConfig config;
  config.domains = {"a.test", ".", "b.test"};
  CHECK(joined(config.names_for("x")) == "x.a.test x. x.b.test x");
  CHECK(joined(config.names_for("x.y")) == "x.y x.y.a.test x.y. x.y.b.test");
  CHECK(joined(config.names_for("x.")) == "x.");
  config.ndots = 0;
  CHECK(joined(config.names_for("x")) == "x x.a.test x. x.b.test");
  config.ndots = 2;
  CHECK(joined(config.names_for("x.y")) == "x.y.a.test x.y. x.y.b.test x.y");
  config.domains = {};
  CHECK(joined(config.names_for("x")) == "x");
}

TEST_CASE("resolver config: names that DNS is never asked for") {
  for (const char* name : {"localhost", "LocalHost", "a.localhost", "a.b.LOCALHOST"}) {
    CHECK(is_localhost(name));
  }
  for (const char* name : {"", "localhost.", "a.localhost.", "mylocalhost", "localhost.test"}) {
    CHECK_FALSE(is_localhost(name));
  }
  CHECK(is_onion("a.onion"));
  CHECK(is_onion("a.ONION."));
  CHECK_FALSE(is_onion("onion"));
  CHECK_FALSE(is_onion("a.onions"));
}

#include "simulator/outcomes.h"
#include "simulator/replies.h"

namespace prober::simulator {
namespace {

Fault named(std::string name, std::string does, Zone zone, std::vector<Expected> expected,
            std::vector<Upstream> upstreams = {plain(healthy())}) {
  Fault out;
  out.name = std::move(name);
  out.does = std::move(does);
  out.dns = std::move(zone);
  out.expected = std::move(expected);
  out.upstreams = std::move(upstreams);
  return out;
}

Upstream at(std::string address) {
  Upstream out = plain(healthy());
  out.address = std::move(address);
  return out;
}

}  // namespace

std::vector<Fault> dns_faults() {
  using namespace outcomes;
  std::vector<Fault> out = {
      named("dns-nxdomain", "its name does not exist (NXDOMAIN)", {.rcode = 3}, {no_host()}),
      named("dns-servfail", "the DNS server answers SERVFAIL", {.rcode = 2}, {no_host()}),
      named("dns-refused", "the DNS server answers REFUSED", {.rcode = 5}, {no_host()}),
      named("dns-formerr", "the DNS server answers FORMERR", {.rcode = 1}, {no_host()}),
      named("dns-nodata", "its name has no address", {}, {no_host()}),
      named("dns-silent", "the DNS server does not answer", {.silent = true}, {no_host()}),
      named("dns-ok", "resolves to a healthy server", {.a = {"127.0.0.1"}}, {passed(200)}),
      named("dns-truncated", "UDP answers are truncated, TCP has the record",
            {.a = {"127.0.0.1"}, .truncated = true}, {passed(200)}),
      named("dns-only-aaaa", "has only an IPv6 address", {.aaaa = {"::1"}}, {passed(200)},
            {at("::1")}),
      named("dns-both-families", "IPv4 is healthy and IPv6 refused; IPv4 is preferred",
            {.a = {"127.0.0.1"}, .aaaa = {"::1"}}, {passed(200)}),
      named("dns-wrong-address", "resolves to an address where nothing listens",
            {.a = {"127.0.0.9"}}, {refused()}),
      named("dns-unroutable", "resolves to 0.0.0.0, where nothing listens", {.a = {"0.0.0.0"}},
            {refused()}, {of_kind(Upstream::Kind::Refused)}),
      named("dns-two-addresses-one-refused", "resolves to two addresses, of which one is refused",
            {.a = {"127.0.0.1", "127.0.0.2"}},
            {{200, "", "via_upstream", 0.5}, {503, "UF", refused().details, 0.5}}),
      named("dns-same-address-twice", "has one address twice in the answer, and a refused one",
            {.a = {"127.0.0.1", "127.0.0.1", "127.0.0.2"}},
            {{200, "", "via_upstream", 0.5}, {503, "UF", refused().details, 0.5}}),
      named("dns-two-names-one-address", "one address under two names, which are two hosts",
            {.a = {"127.0.0.1"}},
            {{200, "", "via_upstream", 2.0 / 3}, {503, "UF", refused().details, 1.0 / 3}},
            {plain(healthy()), of_kind(Upstream::Kind::Refused)}),
  };
  out.back().second_name = true;
  out.front().demo = true;
  return out;
}

}  // namespace prober::simulator

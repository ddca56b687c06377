#include "dns_answer.h"

#include <arpa/nameser.h>

#include <algorithm>

namespace prober::net {
namespace {

std::optional<IpAddress> address_of(const ns_rr& record) {
  const bool v4 = ns_rr_type(record) == ns_t_a && ns_rr_rdlen(record) == NS_INADDRSZ;
  const bool v6 = ns_rr_type(record) == ns_t_aaaa && ns_rr_rdlen(record) == NS_IN6ADDRSZ;
  if (ns_rr_class(record) != ns_c_in || (!v4 && !v6)) {
    return std::nullopt;
  }
  IpAddress out;
  out.v6 = v6;
  std::copy_n(ns_rr_rdata(record), ns_rr_rdlen(record), out.bytes.begin());
  return out;
}

}  // namespace

std::optional<DnsAnswer> read_dns_answer(std::span<const std::uint8_t> message) {
  ns_msg parsed;
  if (ns_initparse(message.data(), static_cast<int>(message.size()), &parsed) != 0) {
    return std::nullopt;
  }
  DnsAnswer out;
  for (int i = 0; i < ns_msg_count(parsed, ns_s_an); ++i) {
    ns_rr record;
    if (ns_parserr(&parsed, ns_s_an, i, &record) != 0) {
      return std::nullopt;
    }
    const auto address = address_of(record);
    if (!address) {
      continue;
    }
    if (std::ranges::find(out.addresses, *address) == out.addresses.end()) {
      out.addresses.push_back(*address);
    }
    const auto ttl = static_cast<std::int64_t>(ns_rr_ttl(record));
    out.ttl_s = std::min(out.ttl_s.value_or(ttl), ttl);
  }
  return out;
}

}  // namespace prober::net

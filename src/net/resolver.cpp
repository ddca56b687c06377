#include "resolver.h"

#include <ares.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstddef>
#include <deque>
#include <iterator>
#include <optional>
#include <utility>

#include "dns_client.h"
#include "hosts_file.h"
#include "prober/host_name.h"
#include "resolver_config.h"

namespace prober::net {
namespace {

// Envoy, source/common/upstream: which family is asked for first, and whether the other follows
// when the first gave no address.
std::pair<int, std::optional<int>> families(DnsLookupFamily family) {
  switch (family) {
    case DnsLookupFamily::V4Only:
      return {AF_INET, std::nullopt};
    case DnsLookupFamily::V6Only:
      return {AF_INET6, std::nullopt};
    case DnsLookupFamily::Auto:
      return {AF_INET6, AF_INET};
    case DnsLookupFamily::All:
      return {AF_UNSPEC, std::nullopt};
    case DnsLookupFamily::V4Preferred:
      break;
  }
  return {AF_INET, AF_INET6};
}

// An address that c-ares does not look up, "010.0.0.1" among them. c-ares, ares_getaddrinfo.c,
// fake_addrinfo.
std::optional<IpAddress> address_in(const std::string& name, int family) {
  IpAddress out;
  const bool v4 = name.find_first_not_of("0123456789.") == std::string::npos &&
                  std::ranges::count(name, '.') == 3;
  if (v4 && ares_inet_pton(AF_INET, name.c_str(), out.bytes.data()) > 0) {
    return out;
  }
  out.v6 = true;
  if (family != AF_INET && ares_inet_pton(AF_INET6, name.c_str(), out.bytes.data()) > 0) {
    return out;
  }
  return std::nullopt;
}

std::vector<IpAddress> of_family(const std::vector<IpAddress>& addresses, int family) {
  std::vector<IpAddress> out;
  std::ranges::copy_if(addresses, std::back_inserter(out), [family](const IpAddress& one) {
    return family == AF_UNSPEC || (family == AF_INET6) == one.v6;
  });
  return out;
}

// For the families that have none, as localhost's names get. RFC 6761, section 6.3.
void add_loopback(std::vector<IpAddress>& addresses) {
  constexpr IpAddress kV6{{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}, true};
  constexpr IpAddress kV4{{127, 0, 0, 1}, false};
  for (const IpAddress& loopback : {kV6, kV4}) {
    const bool has = std::ranges::any_of(
        addresses, [&loopback](const IpAddress& one) { return one.v6 == loopback.v6; });
    if (!has) {
      addresses.push_back(loopback);
    }
  }
}

}  // namespace

class Resolver::Impl : public std::enable_shared_from_this<Resolver::Impl> {
 public:
  Impl(Loop& loop, const DnsSettings& settings)
      : loop_(loop),
        most_(static_cast<std::size_t>(std::max(1, settings.udp_max_queries))),
        dns_(loop, settings) {}
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;
  ~Impl() = default;

  void resolve(const std::string& name, DnsLookupFamily family, EnvoyVersion envoy, Callback done) {
    auto query = std::make_shared<Query>();
    query->lookup.name = name;
    query->envoy = envoy;
    query->done = std::move(done);
    query->started = Clock::now();
    std::tie(query->family, query->next_family) = families(family);
    waiting_.push_back(std::move(query));
    start_waiting();
  }

 private:
  struct Query {
    Lookup lookup;
    Callback done;
    TimePoint started;
    EnvoyVersion envoy = EnvoyVersion::V1_38;
    int family = AF_INET;
    std::optional<int> next_family;
    std::size_t next_source = 0;
    std::deque<std::string> names;  // still to be asked for in DNS
    std::string asked;
    std::size_t pending = 0;  // answers to `asked`
    bool no_data = false;     // some name exists
  };

  void finish_later(std::shared_ptr<Query> query) {
    loop_.defer([self = weak_from_this(), query = std::move(query)] {
      if (!self.expired()) {
        query->done(std::move(query->lookup));
      }
    });
  }

  // A name from /etc/hosts is finished at once, which comes back to here: the outer call goes on.
  void start_waiting() {
    if (std::exchange(starting_, true)) {
      return;
    }
    while (!waiting_.empty() && running_ < most_) {
      const auto query = std::move(waiting_.front());
      waiting_.pop_front();
      ++running_;
      ask(query);
    }
    starting_ = false;
  }

  void ask(const std::shared_ptr<Query>& query) {
    const std::string& name = query->lookup.name;
    query->next_source = 0;
    query->no_data = false;
    if (const auto address = address_in(name, query->family)) {
      query->lookup.addresses = {*address};
      settle(query, LookupStatus::Ok);
    } else if (is_onion(name)) {
      settle(query, LookupStatus::NotFound);
    } else {
      ask_next_source(query, LookupStatus::NotFound);
    }
  }

  // c-ares, ares_getaddrinfo.c, next_lookup. `so_far`: what the sources before said.
  void ask_next_source(const std::shared_ptr<Query>& query, LookupStatus so_far) {
    const std::string& name = query->lookup.name;
    while (query->next_source < config_.sources.size()) {
      const bool dns = config_.sources[query->next_source++] == 'b';
      if (dns && !is_localhost(name)) {
        const std::vector<std::string> names = config_.names_for(name);
        query->names.assign(names.begin(), names.end());
        ask_next_name(query, so_far);
        return;
      }
      if (!dns && take_from_hosts(*query)) {
        settle(query, LookupStatus::Ok);
        return;
      }
    }
    settle(query, so_far);
  }

  // Before 1.40 (c-ares 1.34.4 and earlier, measured) what /etc/hosts says of localhost's names
  // does not count.
  bool take_from_hosts(Query& query) {
    Lookup& lookup = query.lookup;
    HostsFile::Name found = hosts_.current().find(lookup.name);
    lookup.hosts_file = of_family(found.written, query.family);
    if (is_localhost(lookup.name)) {
      if (query.envoy < EnvoyVersion::V1_40) {
        found.addresses.clear();
      }
      add_loopback(found.addresses);
    }
    lookup.addresses = of_family(found.addresses, query.family);
    if (lookup.addresses.empty()) {
      return false;
    }
    lookup.server = kHostsFile;
    return true;
  }

  void ask_next_name(const std::shared_ptr<Query>& query, LookupStatus so_far) {
    if (query->names.empty()) {
      ask_next_source(query, so_far);
      return;
    }
    query->asked = std::move(query->names.front());
    query->names.pop_front();
    std::vector<DnsRecord> types;
    if (query->family != AF_INET6) {
      types.push_back(DnsRecord::A);
    }
    if (query->family != AF_INET) {
      types.push_back(DnsRecord::Aaaa);
    }
    query->pending = types.size();
    for (const DnsRecord type : types) {
      dns_.ask(query->asked, type,
               [this, query](const DnsClient::Answer& answer) { take_answer(query, answer); });
    }
  }

  void take_answer(const std::shared_ptr<Query>& query, const DnsClient::Answer& answer) {
    Lookup& lookup = query->lookup;
    lookup.server = answer.server;
    for (const IpAddress& address : answer.addresses) {
      if (std::ranges::find(lookup.addresses, address) == lookup.addresses.end()) {
        lookup.addresses.push_back(address);
      }
    }
    if (answer.ttl_s) {
      lookup.ttl_s = std::min(lookup.ttl_s.value_or(*answer.ttl_s), *answer.ttl_s);
    }
    if (--query->pending == 0) {
      close_name(query, answer.status);
    }
  }

  // c-ares, ares_getaddrinfo.c, host_callback: the answer that came last counts. systemd-resolved
  // may refuse a name of one label, which therefore does not end the search.
  void close_name(const std::shared_ptr<Query>& query, LookupStatus answer) {
    if (!query->lookup.addresses.empty()) {
      settle(query, LookupStatus::Ok);
      return;
    }
    const bool absent = answer == LookupStatus::NotFound || answer == LookupStatus::NoData;
    const bool refused = answer == LookupStatus::ServerFailure || answer == LookupStatus::Refused;
    query->no_data |= answer == LookupStatus::NoData;
    if (absent || (refused && query->asked.find('.') == std::string::npos)) {
      ask_next_name(query, query->no_data ? LookupStatus::NoData : answer);
    } else {
      settle(query, answer);
    }
  }

  // One family is done.
  void settle(const std::shared_ptr<Query>& query, LookupStatus now) {
    Lookup& lookup = query->lookup;
    // Of two failures the one that says more is kept: no data is what a family without records
    // says.
    const bool first = lookup.status == LookupStatus::Literal;
    if (first || now == LookupStatus::Ok || lookup.status == LookupStatus::NoData) {
      lookup.status = now;
    }
    if (lookup.addresses.empty() && query->next_family) {
      query->family = query->next_family.value_or(AF_INET);
      query->next_family.reset();
      ask(query);
      return;
    }
    lookup.time = Clock::now() - query->started;
    --running_;
    finish_later(query);
    start_waiting();
  }

  Loop& loop_;
  const ResolverConfig config_ = ResolverConfig::of_system();
  SystemHosts hosts_{std::string(kHostsFile)};
  std::size_t most_;  // lookups at once
  std::size_t running_ = 0;
  std::deque<std::shared_ptr<Query>> waiting_;
  bool starting_ = false;
  DnsClient dns_;
};

std::optional<IpAddress> literal_address(const std::string& name) {
  const auto ip = IpAddress::parse(name == "localhost" ? "127.0.0.1" : name);
  return ip && !ip->v6 ? ip : std::nullopt;
}

Resolver::Resolver(Loop& loop, const DnsSettings& settings)
    : impl_(std::make_shared<Impl>(loop, settings)) {}

Resolver::~Resolver() = default;

void Resolver::resolve(const std::string& name, DnsLookupFamily family, EnvoyVersion envoy,
                       Callback done) {
  impl_->resolve(name, family, envoy, std::move(done));
}

}  // namespace prober::net

#include "resolver.h"

#include <ares.h>
#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstring>
#include <deque>
#include <iterator>
#include <map>
#include <new>
#include <optional>
#include <utility>

#include "hosts_file.h"

namespace prober::net {
namespace {

struct AresLibrary {
  AresLibrary() { ares_library_init(ARES_LIB_INIT_ALL); }
  AresLibrary(const AresLibrary&) = delete;
  AresLibrary& operator=(const AresLibrary&) = delete;
  ~AresLibrary() { ares_library_cleanup(); }
};

LookupStatus status_of(int ares_status) {
  switch (ares_status) {
    case ARES_SUCCESS:
      return LookupStatus::Ok;
    case ARES_ENODATA:
      return LookupStatus::NoData;
    case ARES_ENOTFOUND:
      return LookupStatus::NotFound;
    case ARES_ESERVFAIL:
      return LookupStatus::ServerFailure;
    case ARES_EREFUSED:
      return LookupStatus::Refused;
    case ARES_EFORMERR:
      return LookupStatus::FormatError;
    case ARES_ETIMEOUT:
      return LookupStatus::Timeout;
    case ARES_EBADNAME:
    case ARES_EBADQUERY:
      return LookupStatus::BadName;
    default:
      return LookupStatus::NoServer;
  }
}

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

IpAddress address_of(const sockaddr* address) {
  IpAddress out;
  if (address->sa_family == AF_INET6) {
    out.v6 = true;
    std::memcpy(out.bytes.data(), &reinterpret_cast<const sockaddr_in6*>(address)->sin6_addr, 16);
  } else {
    std::memcpy(out.bytes.data(), &reinterpret_cast<const sockaddr_in*>(address)->sin_addr, 4);
  }
  return out;
}

std::string peer_of(int fd) {
  sockaddr_storage storage{};
  socklen_t size = sizeof storage;
  auto* address = reinterpret_cast<sockaddr*>(&storage);
  if (getpeername(fd, address, &size) != 0) {
    return "";
  }
  const bool v6 = storage.ss_family == AF_INET6;
  const in_port_t port = v6 ? reinterpret_cast<sockaddr_in6*>(&storage)->sin6_port
                            : reinterpret_cast<sockaddr_in*>(&storage)->sin_port;
  return Endpoint{address_of(address), ntohs(port), ""}.to_string();
}

std::string servers_csv(const DnsSettings& settings) {
  std::string out;
  for (const DnsResolverAddress& one : settings.resolvers) {
    out += (out.empty() ? "" : ",") + Endpoint{one.ip, one.port, ""}.to_string();
  }
  return out;
}

// Where names are looked for, as nsswitch.conf and resolv.conf say: 'f' is /etc/hosts, 'b' is DNS.
std::string sources_of(ares_channel channel) {
  ares_options options{};
  int mask = 0;
  if (ares_save_options(channel, &options, &mask) != ARES_SUCCESS) {
    throw std::bad_alloc();
  }
  const std::string out = options.lookups != nullptr ? options.lookups : "fb";
  ares_destroy_options(&options);
  return out;
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
  for (const IpAddress& loopback : {*IpAddress::parse("::1"), *IpAddress::parse("127.0.0.1")}) {
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
      : loop_(loop), settings_(settings), timer_(loop, [this] { process_timeouts(); }) {}
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;
  ~Impl() {
    closing_ = true;
    if (channel_ != nullptr) {
      ares_destroy(channel_);
    }
    if (diagnosis_ != nullptr) {
      ares_destroy(diagnosis_);
    }
  }

  void resolve(const std::string& name, DnsLookupFamily family, EnvoyVersion envoy, Callback done) {
    auto query = std::make_shared<Query>();
    query->impl = this;
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
    Impl* impl = nullptr;
    Lookup lookup;
    Callback done;
    TimePoint started;
    EnvoyVersion envoy = EnvoyVersion::V1_38;
    int family = AF_INET;
    std::optional<int> next_family;
    std::size_t next_source = 0;
    std::shared_ptr<Query> self;  // keeps the query alive while c-ares has it
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
    const auto most = static_cast<std::size_t>(std::max(1, settings_.udp_max_queries));
    while (!waiting_.empty() && running_ < most) {
      auto query = std::move(waiting_.front());
      waiting_.pop_front();
      ++running_;
      query->self = query;
      ask(*query);
    }
    starting_ = false;
  }

  void ask(Query& query) {
    if (channel_ == nullptr) {
      open_channel();
    }
    query.next_source = 0;
    ask_next_source(query, LookupStatus::NotFound);
  }

  // c-ares, ares_getaddrinfo.c, next_lookup. `so_far`: what the sources before said.
  void ask_next_source(Query& query, LookupStatus so_far) {
    while (query.next_source < sources_.size()) {
      const bool dns = sources_[query.next_source++] == 'b';
      if (dns && !is_localhost(query.lookup.name)) {
        ask_dns(query);
        return;
      }
      if (!dns && take_from_hosts(query)) {
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
    settle(query, LookupStatus::Ok);
    return true;
  }

  void ask_dns(Query& query) {
    ares_addrinfo_hints hints{};
    hints.ai_family = query.family;
    hints.ai_flags = ARES_AI_NOSORT;
    ares_getaddrinfo(channel_, query.lookup.name.c_str(), nullptr, &hints, &Impl::on_answer,
                     &query);
    schedule();
  }

  static void on_answer(void* argument, int status, int, ares_addrinfo* result) {
    auto* query = static_cast<Query*>(argument);
    query->impl->take_answer(*query, status, result);
    if (result != nullptr) {
      ares_freeaddrinfo(result);
    }
  }

  void take_answer(Query& query, int status, const ares_addrinfo* result) {
    if (closing_ || status == ARES_EDESTRUCTION) {
      query.self.reset();
      return;
    }
    Lookup& lookup = query.lookup;
    lookup.server = last_server_;
    for (const ares_addrinfo_node* node = result != nullptr ? result->nodes : nullptr;
         node != nullptr; node = node->ai_next) {
      const IpAddress address = address_of(node->ai_addr);
      if (std::ranges::find(lookup.addresses, address) == lookup.addresses.end()) {
        lookup.addresses.push_back(address);
      }
      lookup.ttl_s = std::min<std::int64_t>(lookup.ttl_s.value_or(node->ai_ttl), node->ai_ttl);
    }
    const LookupStatus now = status_of(status);
    if (now == LookupStatus::NotFound || now == LookupStatus::NoData) {
      ask_next_source(query, now);
    } else {
      settle(query, now);
    }
  }

  // One family is done.
  void settle(Query& query, LookupStatus now) {
    Lookup& lookup = query.lookup;
    // Of two failures the one that says more is kept: no data is what a family without records
    // says.
    const bool first = lookup.status == LookupStatus::Literal;
    if (first || now == LookupStatus::Ok || lookup.status == LookupStatus::NoData) {
      lookup.status = now;
    }
    if (lookup.addresses.empty() && query.next_family) {
      query.family = query.next_family.value_or(AF_INET);
      query.next_family.reset();
      ask(query);
      return;
    }
    if (lookup.addresses.empty() && lookup.status == LookupStatus::Ok) {
      lookup.status = LookupStatus::NoData;
    }
    if (lookup.status == LookupStatus::NoServer) {
      diagnose(query);
      return;
    }
    finish(query);
  }

  void finish(Query& query) {
    query.lookup.time = Clock::now() - query.started;
    --running_;
    finish_later(std::exchange(query.self, nullptr));
    start_waiting();
  }

  // c-ares says "connection refused" for SERVFAIL, REFUSED and a dead server alike. Its flag
  // NOCHECKRESP tells them apart, but also stops the change to the next server, so it is for the
  // diagnosis only.
  void diagnose(Query& query) {
    if (diagnosis_ == nullptr) {
      diagnosis_ = make_channel(ARES_FLAG_NOCHECKRESP, "b");
    }
    ares_query(
        diagnosis_, query.lookup.name.c_str(), 1 /* IN */, 1 /* A */,
        [](void* argument, int status, int, unsigned char*, int) {
          auto* one = static_cast<Query*>(argument);
          if (one->impl->closing_) {
            one->self.reset();
            return;
          }
          if (status != ARES_SUCCESS && status != ARES_ENODATA && status != ARES_ENOTFOUND) {
            one->lookup.status = status_of(status);
          }
          one->impl->finish(*one);
        },
        &query);
    schedule();
  }

  // The first channel only tells what the system's files say; /etc/hosts is read here, not there.
  void open_channel() {
    ares_channel system = make_channel(0, nullptr);
    sources_ = sources_of(system);
    ares_destroy(system);
    channel_ = make_channel(0, "b");
  }

  // `lookups`: null for what the system's files say.
  ares_channel make_channel(int flags, const char* lookups) {
    static const AresLibrary kLibrary;
    ares_options options{};
    options.flags = flags | (settings_.use_tcp ? ARES_FLAG_USEVC : 0);
    options.timeout = static_cast<int>(
        std::chrono::ceil<std::chrono::milliseconds>(settings_.query_timeout).count());
    options.tries = settings_.query_tries;
    options.sock_state_cb = &Impl::on_socket_state;
    options.sock_state_cb_data = this;
    int mask = ARES_OPT_FLAGS | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_SOCK_STATE_CB;
    std::string sources = lookups != nullptr ? lookups : "";
    if (lookups != nullptr) {
      options.lookups = sources.data();
      mask |= ARES_OPT_LOOKUPS;
    }
    ares_channel out = nullptr;
    if (ares_init_options(&out, &options, mask) != ARES_SUCCESS) {
      throw std::bad_alloc();
    }
    const std::string servers = servers_csv(settings_);
    if (!servers.empty()) {
      ares_set_servers_ports_csv(out, servers.c_str());
    }
    ares_set_socket_callback(
        out,
        [](ares_socket_t fd, int, void* self) {
          static_cast<Impl*>(self)->last_server_ = peer_of(fd);
          return 0;
        },
        this);
    return out;
  }

  static void on_socket_state(void* argument, ares_socket_t fd, int readable, int writable) {
    auto* self = static_cast<Impl*>(argument);
    if (self->closing_) {
      return;
    }
    if (readable == 0 && writable == 0) {
      if (auto found = self->watches_.extract(fd)) {
        found.mapped()->want(false, false);
        self->loop_.destroy_later(std::shared_ptr<SocketWatch>(std::move(found.mapped())));
      }
      return;
    }
    auto& watch = self->watches_[fd];
    if (!watch) {
      watch = std::make_unique<SocketWatch>(self->loop_, fd, [self, fd](bool read, bool write) {
        self->process(read ? fd : ARES_SOCKET_BAD, write ? fd : ARES_SOCKET_BAD);
      });
    }
    watch->want(readable != 0, writable != 0);
  }

  void process(ares_socket_t readable, ares_socket_t writable) {
    const auto keep = shared_from_this();
    if (readable != ARES_SOCKET_BAD) {
      last_server_ = peer_of(readable);
    }
    for (ares_channel one : {channel_, diagnosis_}) {
      if (one != nullptr) {
        ares_process_fd(one, readable, writable);
      }
    }
    schedule();
  }

  void process_timeouts() { process(ARES_SOCKET_BAD, ARES_SOCKET_BAD); }

  void schedule() {
    std::optional<Duration> soonest;
    for (ares_channel one : {channel_, diagnosis_}) {
      timeval wait{};
      if (one != nullptr && ares_timeout(one, nullptr, &wait) != nullptr) {
        const Duration span =
            std::chrono::seconds(wait.tv_sec) + std::chrono::microseconds(wait.tv_usec);
        soonest = std::min(soonest.value_or(span), span);
      }
    }
    if (soonest) {
      // c-ares looks at whole milliseconds; a little later finds the timeout over.
      timer_.arm(Clock::now() + *soonest + std::chrono::milliseconds(1));
    } else {
      timer_.cancel();
    }
  }

  Loop& loop_;
  DnsSettings settings_;
  Timer timer_;
  SystemHosts hosts_{std::string(kHostsFile)};
  std::string sources_;
  ares_channel channel_ = nullptr;
  ares_channel diagnosis_ = nullptr;
  std::map<ares_socket_t, std::unique_ptr<SocketWatch>> watches_;
  std::deque<std::shared_ptr<Query>> waiting_;
  std::size_t running_ = 0;
  std::string last_server_;
  bool starting_ = false;
  bool closing_ = false;
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

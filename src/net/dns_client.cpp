#include "dns_client.h"

#include <ares.h>
#include <arpa/nameser.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <chrono>
#include <cstddef>
#include <cstring>
#include <map>
#include <new>
#include <span>
#include <utility>

#include "dns_answer.h"

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

}  // namespace

class DnsClient::Impl {
 public:
  Impl(Loop& loop, const DnsSettings& settings)
      : loop_(loop), settings_(settings), timer_(loop, [this] { process_timeouts(); }) {}
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;
  ~Impl() {
    closing_ = true;
    for (ares_channel one : {channel_, diagnosis_}) {
      if (one != nullptr) {
        ares_destroy(one);
      }
    }
  }

  void ask(const std::string& name, DnsRecord type, Callback done) {
    if (channel_ == nullptr) {
      channel_ = make_channel(0);
    }
    auto question = std::make_unique<Question>(*this, name, type, std::move(done));
    send(channel_, std::move(question),
         [](void* argument, int status, int, unsigned char* bytes, int size) {
           std::unique_ptr<Question> one(static_cast<Question*>(argument));
           Impl& self = one->impl;
           if (!self.closing_) {
             self.take_answer(std::move(one), status,
                              {bytes, bytes != nullptr ? static_cast<std::size_t>(size) : 0});
           }
         });
  }

 private:
  // c-ares has it until its callback, which is the last thing that c-ares does with it.
  struct Question {
    Impl& impl;
    std::string name;
    DnsRecord type;
    Callback done;
  };

  void send(ares_channel channel, std::unique_ptr<Question> question, ares_callback callback) {
    const std::string name = question->name;
    const int type = question->type == DnsRecord::A ? ns_t_a : ns_t_aaaa;
    ares_query(channel, name.c_str(), ns_c_in, type, callback, question.release());
    schedule();
  }

  void take_answer(std::unique_ptr<Question> question, int status,
                   std::span<const std::uint8_t> message) {
    Answer answer{status_of(status), {}, std::nullopt, last_server_};
    if (answer.status == LookupStatus::Ok) {
      answer.status = LookupStatus::NoServer;  // unless it can be read
      if (auto found = read_dns_answer(message)) {
        answer.status = found->addresses.empty() ? LookupStatus::NoData : LookupStatus::Ok;
        answer.addresses = std::move(found->addresses);
        answer.ttl_s = found->ttl_s;
      }
    }
    if (answer.status == LookupStatus::NoServer) {
      diagnose(std::move(question));
    } else {
      question->done(std::move(answer));
    }
  }

  // c-ares says "connection refused" for SERVFAIL, REFUSED and a dead server alike. Its flag
  // NOCHECKRESP tells them apart, but also stops the change to the next server, so it is for the
  // diagnosis only.
  void diagnose(std::unique_ptr<Question> question) {
    if (diagnosis_ == nullptr) {
      diagnosis_ = make_channel(ARES_FLAG_NOCHECKRESP);
    }
    send(diagnosis_, std::move(question), [](void* argument, int status, int, unsigned char*, int) {
      const std::unique_ptr<Question> one(static_cast<Question*>(argument));
      if (!one->impl.closing_) {
        one->done({failure_of(status), {}, std::nullopt, one->impl.last_server_});
      }
    });
  }

  // An answer now, where there was none, does not change the outcome.
  static LookupStatus failure_of(int status) {
    const LookupStatus out = status_of(status);
    const bool answered =
        out == LookupStatus::Ok || out == LookupStatus::NoData || out == LookupStatus::NotFound;
    return answered ? LookupStatus::NoServer : out;
  }

  ares_channel make_channel(int flags) {
    static const AresLibrary kLibrary;
    ares_options options{};
    options.flags = flags | (settings_.use_tcp ? ARES_FLAG_USEVC : 0);
    options.timeout = static_cast<int>(
        std::chrono::ceil<std::chrono::milliseconds>(settings_.query_timeout).count());
    options.tries = settings_.query_tries;
    options.sock_state_cb = &Impl::on_socket_state;
    options.sock_state_cb_data = this;
    const int mask = ARES_OPT_FLAGS | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_SOCK_STATE_CB;
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
  ares_channel channel_ = nullptr;
  ares_channel diagnosis_ = nullptr;
  std::map<ares_socket_t, std::unique_ptr<SocketWatch>> watches_;
  std::string last_server_;
  bool closing_ = false;
};

DnsClient::DnsClient(Loop& loop, const DnsSettings& settings)
    : impl_(std::make_unique<Impl>(loop, settings)) {}

DnsClient::~DnsClient() = default;

void DnsClient::ask(const std::string& name, DnsRecord type, Callback done) {
  impl_->ask(name, type, std::move(done));
}

}  // namespace prober::net

#include "simulator/simulator.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <openssl/evp.h>
#include <sys/socket.h>

#include <map>
#include <utility>

namespace prober::simulator {

struct Simulator::Running {
  const Fault* fault;
  std::vector<std::uint16_t> ports;
};

namespace {

std::string base64(const std::string& text) {
  std::string out(4 * ((text.size() + 2) / 3) + 1, '\0');
  const int length = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                                     reinterpret_cast<const unsigned char*>(text.data()),
                                     static_cast<int>(text.size()));
  out.resize(static_cast<std::size_t>(length));
  return out;
}

std::string dns_name(const Fault& fault) {
  return fault.name + ".demo.test";
}

// Another name for the same address.
std::string second_name(const Fault& fault) {
  return "also." + dns_name(fault);
}

// A listener whose queue is full drops SYN packets, as a firewall does. The kernel lets one more
// than the backlog in, and counts those that have not finished; four fill it surely.
std::vector<Socket> fill_backlog(std::uint16_t port) {
  std::vector<Socket> out;
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  for (int i = 0; i < 4; ++i) {
    Socket filler(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    const int begun =
        connect(filler.fd(), reinterpret_cast<const sockaddr*>(&address), sizeof address);
    static_cast<void>(begun);  // the last ones never complete: that is the point
    out.push_back(std::move(filler));
  }
  return out;
}

}  // namespace

Simulator::Simulator()
    : ca_(base64(pki_.ca_pem())),
      client_certificate_(base64(pki_.client_pem())),
      client_key_(base64(pki_.client_key_pem())) {}

Simulator::~Simulator() = default;

Result<std::unique_ptr<Simulator>> Simulator::start(const std::vector<const Fault*>& faults) {
  std::unique_ptr<Simulator> out(new Simulator());
  std::map<std::string, Zone> zones;
  for (const Fault* fault : faults) {
    if (fault->dns) {
      zones[dns_name(*fault)] = *fault->dns;
      zones[second_name(*fault)] = *fault->dns;
    }
  }
  auto dns = DnsServer::start(std::move(zones));
  if (!dns) {
    return std::unexpected(dns.error());
  }
  out->dns_ = std::move(*dns);
  for (const Fault* fault : faults) {
    if (const auto added = out->add(*fault); !added) {
      return std::unexpected(added.error());
    }
  }
  return out;
}

Result<void> Simulator::add(const Fault& fault) {
  Running running{&fault, {}};
  for (const Upstream& upstream : fault.upstreams) {
    auto port = add_upstream(fault, upstream, 0);
    if (!port) {
      return std::unexpected(port.error());
    }
    running.ports.push_back(*port);
  }
  running_.push_back(std::move(running));
  return {};
}

Result<std::uint16_t> Simulator::add_upstream(const Fault& fault, const Upstream& upstream,
                                              std::uint16_t port) {
  using Kind = Upstream::Kind;
  const int backlog = upstream.kind == Kind::Refused       ? -1
                      : upstream.kind == Kind::BacklogFull ? 0
                                                           : 64;
  auto listener = listen_on(upstream.address, port, backlog);
  if (!listener) {
    return std::unexpected(Error{fmt::format("{}: {}", fault.name, listener.error().message)});
  }
  const std::uint16_t taken = port_of(listener->fd());
  if (upstream.kind != Kind::Plays) {
    held_.push_back(std::move(*listener));
    if (upstream.kind == Kind::BacklogFull) {
      for (Socket& filler : fill_backlog(taken)) {
        held_.push_back(std::move(filler));
      }
    }
    return taken;
  }
  SSL_CTX* context = nullptr;
  if (upstream.tls) {
    // OpenSSL keeps a pointer to the ALPN list.
    const TlsServer& settings =
        *tls_settings_.emplace_back(std::make_unique<TlsServer>(*upstream.tls));
    context = contexts_.emplace_back(make_context(settings, pki_)).get();
  }
  servers_.push_back(std::make_unique<Server>(std::move(*listener), upstream.script, context));
  return taken;
}

std::string Simulator::fill_in(std::string line) const {
  const std::pair<std::string_view, const std::string*> places[] = {
      {"{ca}", &ca_}, {"{client_cert}", &client_certificate_}, {"{client_key}", &client_key_}};
  for (const auto& [place, value] : places) {
    const std::size_t at = line.find(place);
    if (at != std::string::npos) {
      line.replace(at, place.size(), *value);
    }
  }
  return line;
}

std::string Simulator::route_yaml(const Running& running) const {
  const Fault& fault = *running.fault;
  std::string out = fmt::format("  # {}\n  - name: {}\n    from: https://{}.example.com\n    to:\n",
                                fault.does, fault.name, fault.name);
  for (std::size_t i = 0; i < running.ports.size(); ++i) {
    const std::string host = fault.dns ? dns_name(fault) : fault.upstreams[i].address;
    out += fmt::format("      - {}://{}:{}\n", fault.scheme, host, running.ports[i]);
  }
  if (fault.second_name) {
    out += fmt::format("      - {}://{}:{}\n", fault.scheme, second_name(fault),
                       running.ports.front());
  }
  if (fault.scheme == "https") {
    out += fmt::format("    tls_custom_ca: {}\n", ca_);
    bool named = false;
    for (const std::string& line : fault.route) {
      named = named || line.starts_with("tls_upstream_server_name");
    }
    out += named ? "" : fmt::format("    tls_upstream_server_name: {}\n", kHost);
  }
  for (const std::string& line : fault.route) {
    out += "    " + fill_in(line) + "\n";
  }
  if (!fault.probe.empty()) {
    out += "    probe:\n";
    for (const std::string& line : fault.probe) {
      out += "      " + line + "\n";
    }
  }
  return out;
}

std::string Simulator::configuration() const {
  std::string out = fmt::format(
      "# Upstreams that fail on purpose, as long as `prober demo --serve` runs. Timeouts are "
      "scaled down:\n"
      "# Pomerium's are 10 s to connect and 30 s for an answer.\n"
      "dns_resolvers: [\"udp://127.0.0.1:{}\"]\n"
      "dns_query_timeout: 1s\n"
      "dns_query_tries: 1\n"
      "default_upstream_timeout: 1500ms\n"
      "proxy:\n"
      "  connect_timeout: 1s\n"
      "routes:\n",
      dns_->port());
  for (const Running& running : running_) {
    out += route_yaml(running);
  }
  return out;
}

std::vector<const Fault*> demo_faults() {
  std::vector<const Fault*> out;
  for (const Fault& fault : faults()) {
    if (fault.demo) {
      out.push_back(&fault);
    }
  }
  return out;
}

std::vector<const Fault*> all_faults() {
  std::vector<const Fault*> out;
  for (const Fault& fault : faults()) {
    out.push_back(&fault);
  }
  return out;
}

}  // namespace prober::simulator

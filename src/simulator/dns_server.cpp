#include "simulator/dns_server.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>

#include "prober/address.h"
#include "prober/ascii.h"

namespace prober::simulator {
namespace {

constexpr std::size_t kHeader = 12;
constexpr int kNxdomain = 3;
constexpr int kTypeA = 1;
constexpr int kTypeAaaa = 28;
constexpr std::uint32_t kTtl = 60;

std::string two(unsigned value) {
  return {static_cast<char>(value >> 8), static_cast<char>(value & 0xff)};
}

// The question of a query: its bytes, its name in lower case, and its type. An empty name when
// malformed.
struct Question {
  std::string bytes;
  std::string name;
  int type = 0;
};

Question question_of(const std::string& query) {
  Question out;
  std::size_t at = kHeader;
  while (at < query.size() && query[at] != 0) {
    const auto length = static_cast<unsigned char>(query[at]);
    if (at + 1 + length > query.size()) {
      return {};
    }
    out.name += (out.name.empty() ? "" : ".") + query.substr(at + 1, length);
    at += 1U + length;
  }
  if (at + 5 > query.size()) {
    return {};
  }
  out.type =
      static_cast<unsigned char>(query[at + 1]) << 8 | static_cast<unsigned char>(query[at + 2]);
  out.bytes = query.substr(kHeader, at + 5 - kHeader);
  out.name = lower_case(out.name);
  return out;
}

// A pointer to the question's name, type, class IN, TTL and the address.
std::string record(int type, const std::string& address) {
  const IpAddress ip = IpAddress::parse(address).value_or(IpAddress{});
  const std::size_t size = ip.v6 ? 16 : 4;
  return two(0xc00c) + two(static_cast<unsigned>(type)) + two(1) + two(0) + two(kTtl) +
         two(static_cast<unsigned>(size)) +
         std::string(reinterpret_cast<const char*>(ip.bytes.data()), size);
}

}  // namespace

Result<std::unique_ptr<DnsServer>> DnsServer::start(std::map<std::string, Zone> zones) {
  auto tcp = listen_on("127.0.0.1", 0, 16);
  if (!tcp) {
    return std::unexpected(tcp.error());
  }
  Socket udp(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port_of(tcp->fd()));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (udp.fd() < 0 ||
      bind(udp.fd(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    return std::unexpected(Error{fmt::format("cannot open a DNS port: {}", std::strerror(errno))});
  }
  return std::unique_ptr<DnsServer>(
      new DnsServer(std::move(udp), std::move(*tcp), std::move(zones)));
}

DnsServer::DnsServer(Socket udp, Socket tcp, std::map<std::string, Zone> zones)
    : udp_(std::move(udp)),
      tcp_(std::move(tcp)),
      zones_(std::move(zones)),
      port_(port_of(tcp_.fd())) {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) == 0) {
    stop_reader_ = Socket(ends[0]);
    stop_writer_ = Socket(ends[1]);
  }
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  thread_ = std::thread([this] { run(); });
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

DnsServer::~DnsServer() {
  stop_writer_.close();
  thread_.join();
}

void DnsServer::run() {
  while (true) {
    std::array<pollfd, 3> fds = {
        {{udp_.fd(), POLLIN, 0}, {tcp_.fd(), POLLIN, 0}, {stop_reader_.fd(), POLLIN, 0}}};
    poll(fds.data(), fds.size(), -1);
    if (fds[2].revents != 0) {
      return;
    }
    if (fds[0].revents != 0) {
      answer_datagram();
    }
    if (fds[1].revents != 0) {
      answer_connection();
    }
  }
}

void DnsServer::answer_datagram() {
  std::array<char, 1500> buffer{};
  sockaddr_in peer{};
  socklen_t size = sizeof peer;
  const ssize_t count = recvfrom(udp_.fd(), buffer.data(), buffer.size(), 0,
                                 reinterpret_cast<sockaddr*>(&peer), &size);
  if (count <= 0) {
    return;
  }
  const std::string reply =
      answer(std::string(buffer.data(), static_cast<std::size_t>(count)), true);
  if (!reply.empty()) {
    sendto(udp_.fd(), reply.data(), reply.size(), 0, reinterpret_cast<const sockaddr*>(&peer),
           size);
  }
}

// One question for each connection; a client that dawdles is left after a second.
void DnsServer::answer_connection() {
  const Socket connection(accept4(tcp_.fd(), nullptr, nullptr, SOCK_CLOEXEC));
  const timeval patience = {1, 0};
  setsockopt(connection.fd(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  std::string input;
  const auto wanted = [&input] {
    return input.size() < 2
               ? 2
               : 2 + (static_cast<std::size_t>(static_cast<unsigned char>(input[0])) << 8 |
                      static_cast<unsigned char>(input[1]));
  };
  std::array<char, 1500> buffer{};
  while (input.size() < wanted() || input.size() < 2) {
    const ssize_t count = recv(connection.fd(), buffer.data(), buffer.size(), 0);
    if (count <= 0) {
      return;
    }
    input.append(buffer.data(), static_cast<std::size_t>(count));
  }
  const std::string reply = answer(input.substr(2), false);
  if (!reply.empty()) {
    const std::string framed = two(static_cast<unsigned>(reply.size())) + reply;
    send(connection.fd(), framed.data(), framed.size(), MSG_NOSIGNAL);
  }
}

std::string DnsServer::answer(const std::string& query, bool udp) const {
  const Question question = question_of(query);
  if (question.name.empty()) {
    return "";
  }
  const auto found = zones_.find(question.name);
  static const Zone kUnknown{{}, {}, kNxdomain, false, false};
  const Zone& zone = found == zones_.end() ? kUnknown : found->second;
  if (zone.silent) {
    return "";
  }
  const bool truncated = udp && zone.truncated;
  std::vector<std::string> records;
  if (!truncated && zone.rcode == 0) {
    const auto& addresses = question.type == kTypeA ? zone.a : zone.aaaa;
    for (const std::string& address : addresses) {
      if (question.type == kTypeA || question.type == kTypeAaaa) {
        records.push_back(record(question.type, address));
      }
    }
  }
  std::string out = query.substr(0, 2);
  // QR, AA, RD; TC when truncated; RA and the rcode.
  out += static_cast<char>(0x85 | (truncated ? 0x02 : 0));
  out += static_cast<char>(0x80 | zone.rcode);
  out += two(1) + two(static_cast<unsigned>(records.size())) + two(0) + two(0) + question.bytes;
  for (const std::string& one : records) {
    out += one;
  }
  return out;
}

}  // namespace prober::simulator

#include "socket.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace prober::net {

int tcp_state(int fd) {
  tcp_info info{};
  socklen_t size = sizeof info;
  return getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &size) == 0 ? info.tcpi_state : 0;
}

SocketAddress socket_address(const Endpoint& endpoint) {
  SocketAddress out;
  if (!endpoint.path.empty()) {
    auto* address = reinterpret_cast<sockaddr_un*>(&out.storage);
    address->sun_family = AF_UNIX;
    const std::size_t most = sizeof address->sun_path - 1;
    std::memcpy(address->sun_path, endpoint.path.data(), std::min(endpoint.path.size(), most));
    out.size = sizeof(sockaddr_un);
  } else if (endpoint.ip.v6) {
    auto* address = reinterpret_cast<sockaddr_in6*>(&out.storage);
    address->sin6_family = AF_INET6;
    address->sin6_port = htons(endpoint.port);
    std::memcpy(&address->sin6_addr, endpoint.ip.bytes.data(), 16);
    out.size = sizeof(sockaddr_in6);
  } else {
    auto* address = reinterpret_cast<sockaddr_in*>(&out.storage);
    address->sin_family = AF_INET;
    address->sin_port = htons(endpoint.port);
    std::memcpy(&address->sin_addr, endpoint.ip.bytes.data(), 4);
    out.size = sizeof(sockaddr_in);
  }
  return out;
}

namespace {

bool bind_source(int fd, const Endpoint& source, bool freebind, int family) {
  if (freebind) {
    const int on = 1;
    setsockopt(fd, IPPROTO_IP, IP_FREEBIND, &on, sizeof on);
  }
  if (source.ip.v6 != (family == AF_INET6)) {
    errno = EINVAL;  // what Envoy reports of a source of the other family
    return false;
  }
  const SocketAddress address = socket_address(source);
  return bind(fd, reinterpret_cast<const sockaddr*>(&address.storage), address.size) == 0;
}

}  // namespace

int open_socket(const ConnectionSpec& spec, int family, int protocol, ConnectReport& report) {
  const int fd = socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, protocol);
  if (fd < 0) {
    report.result = ConnectResult::ImmediateError;
    report.os_error = errno;
    return -1;
  }
  if (!spec.bind_address || family == AF_UNIX) {
    return fd;
  }
  const Endpoint source{*spec.bind_address, 0, ""};
  if (!bind_source(fd, source, spec.freebind, family)) {
    report.result = ConnectResult::BindError;
    report.os_error = errno;
    report.bind_address = source.to_string();
    ::close(fd);
    return -1;
  }
  return fd;
}

}  // namespace prober::net

#include "socket.h"

#include <grp.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pwd.h>
#include <sys/stat.h>
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

namespace {

char kind_of(mode_t mode) {
  if (S_ISSOCK(mode)) {
    return 's';
  }
  if (S_ISDIR(mode)) {
    return 'd';
  }
  return S_ISREG(mode) ? '-' : '?';
}

std::string mode_text(mode_t mode) {
  constexpr std::string_view kLetters = "rwxrwxrwx";
  std::string out(1, kind_of(mode));
  for (std::size_t i = 0; i < kLetters.size(); ++i) {
    const bool set = (mode & (1U << (kLetters.size() - 1 - i))) != 0;
    out += set ? kLetters[i] : '-';
  }
  return out;
}

std::string user_name(uid_t id) {
  const passwd* found = getpwuid(id);
  return found != nullptr ? found->pw_name : std::to_string(id);
}

std::string group_name(gid_t id) {
  const group* found = getgrgid(id);
  return found != nullptr ? found->gr_name : std::to_string(id);
}

}  // namespace

std::string describe_socket_file(const std::string& path) {
  struct stat found{};
  if (stat(path.c_str(), &found) != 0) {
    return std::strerror(errno);
  }
  return mode_text(found.st_mode) + " " + user_name(found.st_uid) + ":" + group_name(found.st_gid);
}

int open_socket(const ConnectionSpec& spec, int family, ConnectReport& report, int type) {
  const int fd = socket(family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) {
    report.result = ConnectResult::ImmediateError;
    report.os_error = errno;
    return -1;
  }
  if (family == AF_INET6) {
    // As Envoy's sockets: a mapped IPv4 address is unreachable from them.
    const int on = 1;
    setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
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

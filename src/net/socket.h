#pragma once

#include <sys/socket.h>

#include "connection.h"

namespace prober::net {

/// TCP_INFO's states that tell how a connection ended.
inline constexpr int kTcpClose = 7;      // reset
inline constexpr int kTcpCloseWait = 8;  // the peer sent FIN

/// TCP_INFO's state; 0 when it cannot be known.
[[nodiscard]] int tcp_state(int fd);

/// A non-blocking socket, bound to the source address of the spec. -1 with result and errno in the
/// report when that fails.
[[nodiscard]] int open_socket(const ConnectionSpec& spec, int family, ConnectReport& report,
                              int type = SOCK_STREAM);

/// What stands at the path of a unix socket, as `ls -l` would show it: "srwxr-x--- root:www"; the
/// error when nothing can be seen there.
[[nodiscard]] std::string describe_socket_file(const std::string& path);

/// The address of an endpoint as the system calls take it.
struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t size = 0;
};
[[nodiscard]] SocketAddress socket_address(const Endpoint& endpoint);

}  // namespace prober::net

#pragma once

#include "connection.h"

namespace prober::net {

/// A connection without TLS, straight on a socket. libcurl would add nothing here but its own cost:
/// with it a plain probe took 3.4 times the CPU of a raw client, without it half of that
/// (tests/bench).
[[nodiscard]] std::unique_ptr<Connection> make_plain_connection(Loop& loop,
                                                                const ConnectionSpec& spec,
                                                                ConnectionListener& listener);

}  // namespace prober::net

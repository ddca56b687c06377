#pragma once

#include <string>

namespace prober::net {

/// "libcurl 7.88.1", "OpenSSL 3.0.17", nghttp2, c-ares and libevent, a line for each: the ones that
/// are loaded, which may be newer than those compiled with.
[[nodiscard]] std::string library_versions();

}  // namespace prober::net

#pragma once

#include <expected>
#include <string>

namespace prober {

/// Why prober itself could not do something. A broken upstream is never an Error: it is data (see
/// attempt.h). The message is one line, without a full stop.
struct Error {
  std::string message;
};

template <class T>
using Result = std::expected<T, Error>;

}  // namespace prober

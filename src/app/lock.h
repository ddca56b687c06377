#pragma once

#include <string>

#include "prober/error.h"

namespace prober::app {

/// A lock that only one process holds at a time (flock(2)), until it is destroyed or the process
/// ends, however it ends. The file stays: a lock file that is removed lets two runs in, each with a
/// file of the same name.
class Lock {
 public:
  Lock(const Lock&) = delete;
  Lock& operator=(const Lock&) = delete;
  Lock(Lock&& other) noexcept;
  Lock& operator=(Lock&&) = delete;
  ~Lock();

  /// Makes the file when it is not there (mode 0644) and writes the process id into it, unless it
  /// has other content. Does not wait: an Error when another process has the lock, or the file
  /// cannot be opened.
  [[nodiscard]] static Result<Lock> take(const std::string& path);

 private:
  explicit Lock(int fd) : fd_(fd) {}
  int fd_;
};

}  // namespace prober::app

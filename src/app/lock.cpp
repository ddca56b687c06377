#include "lock.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <string_view>
#include <utility>

namespace prober::app {
namespace {

// " (process 123)", by what the holder wrote; "" when there is something else.
std::string holder(int fd) {
  std::array<char, 16> buffer{};
  const ssize_t count = ::pread(fd, buffer.data(), buffer.size(), 0);
  const std::string_view text(buffer.data(), static_cast<std::size_t>(std::max<ssize_t>(count, 0)));
  const std::string_view digits = text.substr(0, text.find_first_not_of("0123456789"));
  const bool ours = !digits.empty() && text.substr(digits.size()) == "\n";
  return ours ? fmt::format(" (process {})", digits) : "";
}

// Only for the message of the next run. A file with other content was named by mistake, perhaps: it
// is left as it is.
void sign(int fd) {
  struct stat info{};
  if (::fstat(fd, &info) != 0 || !S_ISREG(info.st_mode) ||
      (info.st_size > 0 && holder(fd).empty())) {
    return;
  }
  const std::string pid = fmt::format("{}\n", ::getpid());
  if (::ftruncate(fd, 0) == 0) {
    [[maybe_unused]] const ssize_t written = ::pwrite(fd, pid.data(), pid.size(), 0);
  }
}

}  // namespace

Lock::Lock(Lock&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}

Lock::~Lock() {
  if (fd_ >= 0) {
    ::close(fd_);
  }
}

Result<Lock> Lock::take(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOCTTY, 0644);
  if (fd < 0) {
    return std::unexpected(
        Error{fmt::format("cannot open the lock {}: {}", path, std::strerror(errno))});
  }
  Lock out(fd);
  int result = 0;
  do {
    result = ::flock(fd, LOCK_EX | LOCK_NB);
  } while (result != 0 && errno == EINTR);
  if (result != 0) {
    return std::unexpected(Error{
        errno == EWOULDBLOCK
            ? fmt::format("another run{} holds the lock {}; nothing was probed", holder(fd), path)
            : fmt::format("cannot lock {}: {}", path, std::strerror(errno))});
  }
  sign(fd);
  return out;
}

}  // namespace prober::app

#include "output.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <utility>

namespace prober::app {
namespace {

std::unexpected<Error> failure(const std::string& path, const char* what) {
  return std::unexpected(
      Error{"cannot " + std::string(what) + " " + path + ": " + std::strerror(errno)});
}

bool write_all(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t count = ::write(fd, text.data(), text.size());
    if (count < 0) {
      if (errno == EINTR) {
        continue;
      }
      return false;
    }
    text.remove_prefix(static_cast<std::size_t>(count));
  }
  return true;
}

}  // namespace

Output::Output(Output&& other) noexcept
    : target_(std::exchange(other.target_, {})),
      temporary_(std::move(other.temporary_)),
      fd_(std::exchange(other.fd_, 1)),
      pending_(std::exchange(other.pending_, {})),
      sent_(std::exchange(other.sent_, 0)) {}

Output& Output::operator=(Output&& other) noexcept {
  std::swap(target_, other.target_);
  std::swap(temporary_, other.temporary_);
  std::swap(fd_, other.fd_);
  std::swap(pending_, other.pending_);
  std::swap(sent_, other.sent_);
  return *this;
}

Output::~Output() {
  if (fd_ > 2) {
    ::close(fd_);
  }
}

Result<Output> Output::open(const std::string& path) {
  Output out;
  out.target_ = path;
  struct stat info{};
  const bool exists = ::stat(path.c_str(), &info) == 0;
  if (exists && !S_ISREG(info.st_mode)) {
    // Opening a FIFO for writing waits for its reader, as a shell's redirection does.
    out.fd_ = ::open(path.c_str(), O_WRONLY | O_CLOEXEC | O_NOCTTY);
    return out.fd_ < 0 ? Result<Output>(failure(path, "write")) : Result<Output>(std::move(out));
  }
  std::error_code ignored;
  const std::filesystem::path real = std::filesystem::weakly_canonical(path, ignored);
  out.target_ = real.empty() ? path : real.string();
  if (exists && ::access(out.target_.c_str(), W_OK) != 0) {
    return failure(path, "write");
  }
  out.temporary_ = TemporaryFile::make_beside(out.target_);
  if (out.temporary_ == nullptr) {
    return failure(path, "write beside");
  }
  out.fd_ = out.temporary_->fd();
  if (::fchmod(out.fd_, 0644) != 0) {
    return failure(path, "set the mode of");
  }
  return out;
}

Result<Output> Output::open_to_append(const std::string& path) {
  Output out;
  out.target_ = path;
  out.fd_ = ::open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY, 0644);
  return out.fd_ < 0 ? Result<Output>(failure(path, "append to")) : Result<Output>(std::move(out));
}

Result<void> Output::send(std::string_view text) const {
  if (write_all(fd_, text) || (target_.empty() && errno == EPIPE)) {
    return {};  // EPIPE: who reads has seen enough: `| head -1`
  }
  return failure(target_.empty() ? "standard output" : target_, "write");
}

Result<void> Output::append(std::string_view text) {
  pending_ += text;
  // A pipe that is ready takes PIPE_BUF bytes without blocking (pipe(7)).
  pollfd ready{fd_, POLLOUT, 0};
  while (sent_ < pending_.size() && ::poll(&ready, 1, 0) == 1) {
    const auto part = std::string_view(pending_).substr(sent_, PIPE_BUF);
    if (auto sent = send(part); !sent) {
      return sent;
    }
    sent_ += part.size();
  }
  if (sent_ == pending_.size()) {
    pending_.clear();
    sent_ = 0;
  }
  return {};
}

Result<void> Output::commit(std::string_view text) {
  if (auto sent = send(std::string_view(pending_).substr(sent_)); !sent) {
    return sent;
  }
  if (auto sent = send(text); !sent) {
    return sent;
  }
  if (temporary_ != nullptr && (::fsync(fd_) != 0 || !temporary_->rename_to(target_))) {
    return failure(target_, "replace");
  }
  return {};
}

}  // namespace prober::app

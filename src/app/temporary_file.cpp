#include "temporary_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <utility>

namespace prober::app {
namespace {

constexpr std::array kEnding = {SIGHUP, SIGINT, SIGQUIT, SIGTERM};

sigset_t ending_signals() {
  sigset_t out;
  sigemptyset(&out);
  for (const int signal : kEnding) {
    sigaddset(&out, signal);
  }
  return out;
}

// While it lives, no signal comes between a file and the list of them. Keeps errno.
class SignalsHeld {
 public:
  SignalsHeld() {
    const sigset_t ending = ending_signals();
    pthread_sigmask(SIG_BLOCK, &ending, &before_);
  }
  SignalsHeld(const SignalsHeld&) = delete;
  SignalsHeld& operator=(const SignalsHeld&) = delete;
  ~SignalsHeld() {
    const int kept = errno;
    pthread_sigmask(SIG_SETMASK, &before_, nullptr);
    errno = kept;
  }

 private:
  sigset_t before_{};
};

}  // namespace

TemporaryFile* TemporaryFile::newest = nullptr;

// Only what may be called in a signal handler (signal-safety(7)). The list is whole: it changes
// while signals are held.
void TemporaryFile::end_by(int signal) {
  for (const TemporaryFile* one = newest; one != nullptr; one = one->older_) {
    ::unlink(one->path_.c_str());
  }
  ::raise(signal);  // by now it has its default action; it comes when this handler returns
}

std::unique_ptr<TemporaryFile> TemporaryFile::make_beside(const std::string& target) {
  struct sigaction clean_up{};
  clean_up.sa_handler = &TemporaryFile::end_by;
  clean_up.sa_mask = ending_signals();
  clean_up.sa_flags = static_cast<int>(SA_RESETHAND);
  for (const int signal : kEnding) {
    struct sigaction now{};
    if (::sigaction(signal, nullptr, &now) == 0 && now.sa_handler == SIG_DFL) {
      ::sigaction(signal, &clean_up, nullptr);
    }
  }
  std::unique_ptr<TemporaryFile> out(new TemporaryFile());
  std::string path = target + ".XXXXXX";
  const SignalsHeld held;
  out->fd_ = ::mkostemp(path.data(), O_CLOEXEC);
  if (out->fd_ < 0) {
    return nullptr;
  }
  out->path_ = std::move(path);
  out->older_ = std::exchange(newest, out.get());
  return out;
}

TemporaryFile::~TemporaryFile() {
  const SignalsHeld held;
  if (!path_.empty()) {
    ::unlink(path_.c_str());
  }
  for (TemporaryFile** place = &newest; *place != nullptr; place = &(*place)->older_) {
    if (*place == this) {
      *place = older_;
      break;
    }
  }
}

bool TemporaryFile::rename_to(const std::string& target) {
  const SignalsHeld held;
  if (::rename(path_.c_str(), target.c_str()) != 0) {
    return false;
  }
  path_.clear();
  return true;
}

}  // namespace prober::app

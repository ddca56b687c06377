#pragma once

#include <memory>
#include <string>

namespace prober::app {

/// A file that does not outlive the program under its first name, however that ends: SIGHUP,
/// SIGINT, SIGQUIT and SIGTERM, where they would end it, take the file away first. (While a signal
/// is watched by a loop or ignored, it is not ours.) Belongs to the main thread; others must have
/// these signals blocked.
class TemporaryFile {
 public:
  /// Makes `target`.XXXXXX with mode 0600; null when it cannot, with errno.
  [[nodiscard]] static std::unique_ptr<TemporaryFile> make_beside(const std::string& target);
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
  ~TemporaryFile();

  /// Open for writing; the caller closes it.
  [[nodiscard]] int fd() const { return fd_; }

  /// Replaces `target` and lets go of the file. False when it cannot, with errno; it stays then.
  [[nodiscard]] bool rename_to(const std::string& target);

 private:
  TemporaryFile() = default;
  static void end_by(int signal);

  static TemporaryFile* newest;

  std::string path_;  // empty: renamed
  int fd_ = -1;
  TemporaryFile* older_ = nullptr;
};

}  // namespace prober::app

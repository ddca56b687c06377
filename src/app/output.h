#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "prober/error.h"
#include "temporary_file.h"

namespace prober::app {

/// Where one report goes. Opened before anything is probed, so that an unwritable target is found
/// first.
///
/// A regular file is written beside itself and renamed when complete (mode 0644, never half of
/// one); a link is followed. A device, a FIFO or /dev/stdout is written in place: a rename onto
/// /dev/null by root would replace the device.
class Output {
 public:
  /// Standard output.
  Output() = default;
  Output(const Output&) = delete;
  Output& operator=(const Output&) = delete;
  Output(Output&& other) noexcept;
  Output& operator=(Output&& other) noexcept;
  /// Takes away what was not committed; a signal that ends the program does so too.
  ~Output();

  [[nodiscard]] static Result<Output> open(const std::string& path);
  /// Adds to the file in place, whatever it is; makes it when there is none.
  [[nodiscard]] static Result<Output> open_to_append(const std::string& path);

  /// Writes a part ahead of commit(). What is written in place shows at once, unless its reader is
  /// slow: probes are not kept waiting for that, what it does not take yet is kept.
  [[nodiscard]] Result<void> append(std::string_view text);
  /// Writes the rest. Call once. An Error names the file and the system's reason.
  [[nodiscard]] Result<void> commit(std::string_view text);

 private:
  [[nodiscard]] Result<void> send(std::string_view text) const;

  std::string target_;                        // empty: standard output
  std::unique_ptr<TemporaryFile> temporary_;  // null: written in place
  int fd_ = 1;
  std::string pending_;   // appended
  std::size_t sent_ = 0;  // bytes of it that are written
};

}  // namespace prober::app

#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace prober::wire {

/// Counts an upstream's frames as Envoy's protection against floods does. Pure.
/// Source: Envoy, source/common/http/http2/protocol_constraints.cc; the numbers were measured on
/// Envoy 1.38.2.
class FloodGuard {
 public:
  struct Frame {
    std::uint8_t type = 0;
    std::uint8_t flags = 0;
    std::size_t content = 0;  // bytes of payload, for DATA without the padding
  };

  /// A frame came. Says in words which limit it is beyond; nothing when all is well.
  [[nodiscard]] std::optional<std::string_view> received(const Frame& frame);
  /// We sent a DATA frame, for which WINDOW_UPDATEs may come.
  void data_sent() { ++data_frames_sent_; }
  /// Frames that must be answered, with nothing of an answer between them, are judged only when all
  /// that was read is dealt with.
  [[nodiscard]] std::optional<std::string_view> end_of_read() const;

 private:
  std::uint32_t empty_frames_ = 0;  // in a row
  std::uint32_t priority_frames_ = 0;
  std::uint32_t window_updates_ = 0;
  std::uint32_t data_frames_sent_ = 0;
  std::uint32_t answers_owed_ = 0;
};

}  // namespace prober::wire

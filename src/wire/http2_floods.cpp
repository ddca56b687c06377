#include "wire/http2_floods.h"

#include <nghttp2/nghttp2.h>

namespace prober::wire {
namespace {

constexpr std::uint32_t kMostEmptyFrames = 1;       // in a row, of those that carry something
constexpr std::uint32_t kMostPriorityFrames = 200;  // 100 for each stream and the connection
constexpr std::uint32_t kMostAnswersOwed = 1000;

}  // namespace

std::optional<std::string_view> FloodGuard::received(const Frame& frame) {
  switch (frame.type) {
    case NGHTTP2_DATA:
    case NGHTTP2_HEADERS:
    case NGHTTP2_CONTINUATION: {
      const bool ends =
          frame.type != NGHTTP2_CONTINUATION && (frame.flags & NGHTTP2_FLAG_END_STREAM) != 0;
      const bool empty = frame.content == 0 && !ends;
      empty_frames_ = empty ? empty_frames_ + 1 : 0;
      answers_owed_ = 0;
      break;
    }
    case NGHTTP2_PRIORITY:
      ++priority_frames_;
      break;
    case NGHTTP2_WINDOW_UPDATE:
      ++window_updates_;
      break;
    case NGHTTP2_PING:
    case NGHTTP2_SETTINGS:
      answers_owed_ += (frame.flags & NGHTTP2_FLAG_ACK) == 0 ? 1 : 0;
      break;
    default:
      break;
  }
  if (empty_frames_ > kMostEmptyFrames) {
    return "empty frames in a row";
  }
  if (priority_frames_ > kMostPriorityFrames) {
    return "a flood of PRIORITY frames";
  }
  // For one stream: 5 + 2 x (streams + 10 x DATA frames).
  if (window_updates_ > 5 + 2 * (1 + 10 * data_frames_sent_)) {
    return "a flood of WINDOW_UPDATE frames";
  }
  return std::nullopt;
}

std::optional<std::string_view> FloodGuard::end_of_read() const {
  return answers_owed_ > kMostAnswersOwed
             ? std::optional<std::string_view>("a flood of PING or SETTINGS frames")
             : std::nullopt;
}

}  // namespace prober::wire

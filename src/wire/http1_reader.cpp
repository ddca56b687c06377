#include "wire/http1_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "wire/http1_syntax.h"

namespace prober::wire {
namespace {

// Envoy's defaults for upstream answers: max_response_headers_kb 80, max_headers_count 100.
constexpr std::size_t kMostHeadBytes = std::size_t{80} * 1024;
constexpr std::size_t kMostHeaderLines = 100;

bool is_interim(int status) {
  return status >= 100 && status <= 199 && status != 101;
}

int hex_value(char c) {
  if (c >= '0' && c <= '9') {
    return c - '0';
  }
  if (c >= 'a' && c <= 'f') {
    return c - 'a' + 10;
  }
  return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

}  // namespace

Http1Reader::Http1Reader(const Options& options, HttpFacts& facts)
    : options_(options), facts_(facts) {}

void Http1Reader::feed(std::string_view bytes) {
  if (state_ == State::Done) {
    return;
  }
  facts_.bytes += bytes.size();
  while (!bytes.empty() && state_ != State::Done) {
    switch (state_) {
      case State::Head:
        read_head(bytes);
        break;
      case State::SizedBody:
      case State::BodyUntilClose:
      case State::ChunkData:
        read_body(bytes);
        break;
      case State::ChunkSize:
        read_chunk_size(bytes);
        break;
      case State::ChunkExtension:
      case State::ChunkEnd:
        skip_line(bytes);
        break;
      case State::Trailers:
        read_trailers(bytes);
        break;
      case State::Done:
        break;
    }
  }
}

void Http1Reader::closed() {
  switch (state_) {
    case State::Done:
      return;
    case State::Head:
      // Without a byte of a head there is nothing to refuse: the connection ended, that is all.
      if (!block_.empty()) {
        refuse("the connection ended within the head");
      }
      break;
    case State::BodyUntilClose:
      complete();
      return;
    case State::SizedBody:
      refuse(fmt::format(
          "the connection ended {} bytes before the end that content-length announced", left_));
      break;
    case State::ChunkSize:
    case State::ChunkExtension:
    case State::ChunkData:
    case State::ChunkEnd:
    case State::Trailers:
      refuse("the connection ended before the last chunk");
      break;
  }
  state_ = State::Done;
}

void Http1Reader::refuse(std::string what) {
  facts_.violation = Violation{std::move(what), facts_.status.has_value()};
  state_ = State::Done;
}

void Http1Reader::complete() {
  facts_.complete = true;
  state_ = State::Done;
}

void Http1Reader::read_head(std::string_view& bytes) {
  if (block_.empty() && bytes.front() != 'H') {
    refuse("the answer does not begin with an HTTP/1 status line");
    return;
  }
  // One byte beyond the limit is enough to know that it is too long.
  const std::size_t before = block_.size();
  const std::size_t room = kMostHeadBytes + 1 - before;
  const std::size_t taken = std::min(room, bytes.size());
  block_ += bytes.substr(0, taken);
  if (!status_line_seen_) {
    const std::size_t end = block_.find('\n', before);
    if (end != std::string::npos) {
      status_line_seen_ = true;
      const auto status = parse_status_line(std::string_view(block_).substr(0, end));
      if (!status) {
        refuse(status.error().message);
        return;
      }
      status_ = *status;
    }
  }
  const std::size_t length = head_length(block_, before < 2 ? 0 : before - 2);
  if (length == 0 ? block_.size() > kMostHeadBytes : length > kMostHeadBytes) {
    refuse(fmt::format("the head is larger than {} bytes", kMostHeadBytes));
    return;
  }
  if (length == 0) {
    bytes.remove_prefix(taken);
    return;
  }
  bytes.remove_prefix(length - before);
  block_.resize(length);
  take_head();
}

void Http1Reader::take_head() {
  const std::size_t first = block_.find('\n') + 1;
  auto fields = parse_fields(std::string_view(block_).substr(first));
  if (!fields) {
    refuse(fields.error().message);
    return;
  }
  if (fields->size() > kMostHeaderLines) {
    refuse(fmt::format("more than {} header lines", kMostHeaderLines));
    return;
  }
  fields_ = std::move(*fields);
  block_.clear();
  status_line_seen_ = false;
  choose_framing();
}

// RFC 9112, section 6.3, where Envoy leaves no choice: both ways of framing together, a length
// twice and any other coding are refused.
void Http1Reader::choose_framing() {
  const HeaderField* length = nullptr;
  const HeaderField* coding = nullptr;
  for (const HeaderField& field : fields_) {
    const HeaderField** seen = same_name(field.name, "content-length")      ? &length
                               : same_name(field.name, "transfer-encoding") ? &coding
                                                                            : nullptr;
    if (seen == nullptr) {
      continue;
    }
    if (*seen != nullptr) {
      refuse(fmt::format("{} is there twice", field.name));
      return;
    }
    *seen = &field;
  }
  std::uint64_t size = 0;
  if (length != nullptr) {
    const auto parsed = parse_content_length(length->value);
    if (!parsed) {
      refuse("content-length is not a number");
      return;
    }
    size = *parsed;
  }
  if (coding != nullptr && !same_name(coding->value, "chunked")) {
    refuse("transfer-encoding is not chunked");
    return;
  }
  if (coding != nullptr && length != nullptr) {
    refuse("content-length and transfer-encoding together");
    return;
  }
  const bool bodiless = (status_ >= 100 && status_ <= 199) || status_ == 204;
  if (bodiless && (coding != nullptr || size != 0)) {
    refuse(fmt::format("{} with a body", status_));
    return;
  }
  ++activity_;
  if (is_interim(status_)) {
    facts_.interim.push_back(status_);
    return;  // the next head follows
  }
  facts_.status = status_;
  facts_.headers = std::move(fields_);
  if (options_.head_request || bodiless || status_ == 304) {
    complete();
  } else if (coding != nullptr) {
    state_ = State::ChunkSize;
  } else if (length != nullptr) {
    left_ = size;
    state_ = State::SizedBody;
    if (left_ == 0) {
      complete();
    }
  } else {
    facts_.close_delimited = true;
    left_ = std::numeric_limits<std::uint64_t>::max();
    state_ = State::BodyUntilClose;
  }
}

void Http1Reader::take_body(std::string_view piece) {
  ++activity_;
  facts_.body_bytes += piece.size();
  const std::uint64_t room =
      options_.max_body - std::min<std::uint64_t>(options_.max_body, facts_.body.size());
  facts_.body +=
      piece.substr(0, static_cast<std::size_t>(std::min<std::uint64_t>(room, piece.size())));
}

void Http1Reader::read_body(std::string_view& bytes) {
  const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(left_, bytes.size()));
  take_body(bytes.substr(0, count));
  bytes.remove_prefix(count);
  left_ -= state_ == State::BodyUntilClose ? 0 : count;
  if (left_ == 0) {
    if (state_ == State::SizedBody) {
      complete();
      return;
    }
    state_ = State::ChunkEnd;
  }
  if (facts_.body_bytes >= options_.max_body) {
    state_ = State::Done;  // enough was read; what follows is not looked at
  }
}

void Http1Reader::read_chunk_size(std::string_view& bytes) {
  while (!bytes.empty()) {
    const char c = bytes.front();
    const int digit = hex_value(c);
    if (digit < 0) {
      break;
    }
    if (chunk_size_ > std::numeric_limits<std::uint64_t>::max() >> 4) {
      refuse("a chunk's size does not fit 64 bits");
      return;
    }
    chunk_size_ = chunk_size_ * 16 + static_cast<std::uint64_t>(digit);
    chunk_digit_seen_ = true;
    bytes.remove_prefix(1);
  }
  if (bytes.empty()) {
    return;
  }
  const char next = bytes.front();
  const bool ends = next == '\r' || next == '\n' || next == ';' || next == ' ' || next == '\t';
  if (!chunk_digit_seen_ || !ends) {
    refuse("a chunk's size is not a hexadecimal number");
    return;
  }
  state_ = State::ChunkExtension;
}

// The rest of the line after a chunk's size, and whatever stands between a chunk's data and the end
// of its line: Envoy skips both.
void Http1Reader::skip_line(std::string_view& bytes) {
  const std::size_t end = bytes.find('\n');
  if (end == std::string_view::npos) {
    bytes = {};
    return;
  }
  bytes.remove_prefix(end + 1);
  if (state_ == State::ChunkEnd) {
    state_ = State::ChunkSize;
  } else {
    finish_chunk_size();
  }
}

void Http1Reader::finish_chunk_size() {
  left_ = chunk_size_;
  chunk_size_ = 0;
  chunk_digit_seen_ = false;
  state_ = left_ > 0 ? State::ChunkData : State::Trailers;
}

void Http1Reader::read_trailers(std::string_view& bytes) {
  const std::size_t before = block_.size();
  const std::size_t taken = std::min(kMostHeadBytes + 1 - before, bytes.size());
  block_ += bytes.substr(0, taken);
  // Without trailers the block is just the blank line.
  const std::size_t none = block_.starts_with('\n') ? 1 : block_.starts_with("\r\n") ? 2 : 0;
  const std::size_t length = none > 0 ? none : head_length(block_, before < 2 ? 0 : before - 2);
  if (length == 0 && block_.size() > kMostHeadBytes) {
    refuse(fmt::format("trailers of more than {} bytes", kMostHeadBytes));
    return;
  }
  if (length == 0) {
    bytes.remove_prefix(taken);
    return;
  }
  bytes.remove_prefix(length - before);
  block_.resize(length);
  auto fields = parse_fields(block_);
  if (!fields) {
    refuse("in a trailer: " + fields.error().message);
    return;
  }
  facts_.trailers = std::move(*fields);
  complete();
}

}  // namespace prober::wire

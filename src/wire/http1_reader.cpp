#include "wire/http1_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <utility>

#include "wire/http1_syntax.h"

namespace prober::wire {
namespace {

// Envoy's defaults for upstream answers: max_response_headers_kb 80, max_headers_count 100.
constexpr std::size_t kMostHeadBytes = std::size_t{80} * 1024;
constexpr std::size_t kMostHeaderLines = 100;

// Envoy drops them, which matters only to what is shown.
void drop_bare_cr(std::vector<HeaderField>& fields) {
  for (HeaderField& field : fields) {
    std::erase(field.value, '\r');
  }
}

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
        read_chunk_extension(bytes);
        break;
      case State::ChunkEnd:
        read_chunk_end(bytes);
        break;
      case State::LastLine:
        read_last_line(bytes);
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
    case State::LastLine:
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
  const std::size_t before = block_.size();
  const std::size_t room = kMostHeadBytes - before;
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
  if (length == 0 && block_.size() == kMostHeadBytes) {
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
  const std::string block = std::exchange(block_, {});
  status_line_seen_ = false;
  if (has_control(block)) {
    refuse("a control character in the head");
    return;
  }
  auto fields = parse_fields(std::string_view(block).substr(block.find('\n') + 1));
  if (!fields) {
    refuse(fields.error().message);
    return;
  }
  if (fields->size() > kMostHeaderLines) {
    refuse(fmt::format("more than {} header lines", kMostHeaderLines));
    return;
  }
  const auto framing = choose_framing(status_, *fields, options_.head_request);
  if (!framing) {
    refuse(framing.error().message);
    return;
  }
  ++activity_;
  if (is_interim(status_)) {
    facts_.interim.push_back(status_);
    return;  // the next head follows
  }
  facts_.status = status_;
  facts_.headers = std::move(*fields);
  drop_bare_cr(facts_.headers);
  frame(*framing);
}

void Http1Reader::frame(const Framing& framing) {
  switch (framing.kind) {
    case Framing::Kind::NoBody:
      complete();
      return;
    case Framing::Kind::Sized:
      left_ = framing.size;
      state_ = State::SizedBody;
      if (left_ == 0) {
        complete();
      }
      return;
    case Framing::Kind::Chunked:
      state_ = State::ChunkSize;
      return;
    case Framing::Kind::UntilClose:
      facts_.close_delimited = true;
      left_ = std::numeric_limits<std::uint64_t>::max();
      state_ = State::BodyUntilClose;
      return;
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
  // No further than wanted, so that what counts does not depend on how the bytes came.
  const std::uint64_t wanted = std::min(left_, options_.max_body - facts_.body_bytes);
  const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(wanted, bytes.size()));
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
  last_ = '\0';
  state_ = State::ChunkExtension;
}

// The rest of the line after a chunk's size is skipped, but its end must be CR and LF.
void Http1Reader::read_chunk_extension(std::string_view& bytes) {
  while (!bytes.empty()) {
    const char c = bytes.front();
    bytes.remove_prefix(1);
    if ((c == '\n') != (last_ == '\r')) {
      refuse("a chunk's line with a bare CR or LF");
      return;
    }
    last_ = c;
    if (c == '\n') {
      finish_chunk_line();
      return;
    }
  }
}

void Http1Reader::finish_chunk_line() {
  left_ = chunk_size_;
  chunk_size_ = 0;
  chunk_digit_seen_ = false;
  before_last_ = '\r';
  state_ = left_ > 0 ? State::ChunkData : State::LastLine;
}

// Whatever stands between a chunk's data and the end of its line is skipped.
void Http1Reader::read_chunk_end(std::string_view& bytes) {
  const std::size_t end = bytes.find('\n');
  if (end == std::string_view::npos) {
    bytes = {};
    return;
  }
  bytes.remove_prefix(end + 1);
  state_ = State::ChunkSize;
}

// A blank line after the last chunk ends the answer; CRs beyond the one of its end are skipped.
void Http1Reader::read_last_line(std::string_view& bytes) {
  while (!bytes.empty()) {
    const char c = bytes.front();
    if (c != '\r' && c != '\n') {
      state_ = State::Trailers;
      return;
    }
    bytes.remove_prefix(1);
    if (c == '\n' && (last_ == '\n' || before_last_ == '\n')) {
      complete();
      return;
    }
    before_last_ = std::exchange(last_, c);
  }
}

void Http1Reader::read_trailers(std::string_view& bytes) {
  const std::size_t before = block_.size();
  const std::size_t taken = std::min(kMostHeadBytes + 1 - before, bytes.size());
  block_ += bytes.substr(0, taken);
  const std::size_t length = head_length(block_, before < 2 ? 0 : before - 2);
  if ((length == 0 ? block_.size() : length) > kMostHeadBytes) {
    refuse(fmt::format("trailers of more than {} bytes", kMostHeadBytes));
    return;
  }
  if (length == 0) {
    bytes.remove_prefix(taken);
    return;
  }
  bytes.remove_prefix(length - before);
  block_.resize(length);
  if (has_control(block_)) {
    refuse("a control character in a trailer");
    return;
  }
  auto fields = parse_fields(block_);
  if (!fields) {
    refuse("in a trailer: " + fields.error().message);
    return;
  }
  facts_.trailers = std::move(*fields);
  drop_bare_cr(facts_.trailers);
  complete();
}

}  // namespace prober::wire

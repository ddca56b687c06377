// One HTTP/2 request over nghttp2, judged by its events: frames and codes, who refused whom, never
// an error text. The limits are Envoy 1.38's, where they are tighter than nghttp2's.

#include <fmt/format.h>
#include <nghttp2/nghttp2.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <new>
#include <string>
#include <utility>

#include "wire/exchange.h"
#include "wire/http1_syntax.h"

namespace prober::wire {
namespace {

// Pomerium: config/envoyconfig/protocols.go.
constexpr std::uint32_t kStreamWindow = 64 * 1024;
constexpr std::int32_t kConnectionWindow = 1024 * 1024;
constexpr std::uint32_t kMostStreams = 100;
// Envoy: the list of names and values, and the number of fields with :status.
constexpr std::size_t kMostHeaderBytes = std::size_t{60} * 1024;
constexpr std::size_t kMostHeaderFields = 100;
// Envoy's protection against floods: source/common/http/http2/protocol_constraints.cc.
constexpr std::uint32_t kMostEmptyFrames = 1;       // in a row
constexpr std::uint32_t kMostPriorityFrames = 100;  // for each stream, and for the connection
constexpr std::uint32_t kMostControlFrames = 1000;

constexpr std::size_t kMostOutput = std::size_t{64} * 1024;
constexpr std::size_t kFrameHead = 9;  // RFC 9113, section 4.1

bool hop_by_hop(std::string_view name, std::string_view value) {
  constexpr std::array<std::string_view, 6> kNames = {
      "connection", "keep-alive", "proxy-connection", "transfer-encoding", "upgrade", "host"};
  const bool listed =
      std::ranges::any_of(kNames, [name](std::string_view one) { return same_name(one, name); });
  return listed || (same_name(name, "te") && value != "trailers");
}

std::string lower(std::string text) {
  std::ranges::transform(text, text.begin(),
                         [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

class Http2Exchange : public Exchange {
 public:
  Http2Exchange(const HttpRequest& request, const ExchangeOptions& options);
  Http2Exchange(const Http2Exchange&) = delete;
  Http2Exchange& operator=(const Http2Exchange&) = delete;
  ~Http2Exchange() override { nghttp2_session_del(session_); }

  std::string_view output() override;
  void sent(std::size_t count) override;
  void feed(std::string_view bytes) override;
  void closed() override { done_ = true; }
  [[nodiscard]] bool done() const override { return done_; }
  [[nodiscard]] bool request_sent() const override {
    return end_stream_sent_ && output_.size() == taken_;
  }
  [[nodiscard]] std::uint64_t body_sent() const override {
    // Bytes that nghttp2 framed but the connection has not taken are not sent.
    const std::uint64_t waiting = output_.size() - taken_;
    return body_framed_ > waiting ? body_framed_ - waiting : 0;
  }
  [[nodiscard]] std::uint64_t activity() const override { return activity_; }
  [[nodiscard]] const HttpFacts& facts() const override { return facts_; }

 private:
  static Http2Exchange& of(void* user) { return *static_cast<Http2Exchange*>(user); }
  void set_callbacks(nghttp2_session_callbacks* callbacks);
  void submit();
  void fill_output();
  void hand_over(std::string_view bytes);
  ssize_t read_body(std::uint8_t* buffer, std::size_t length, std::uint32_t* flags);

  void on_header(const nghttp2_frame& frame, std::string_view name, std::string_view value);
  void on_frame(const nghttp2_frame& frame);
  void on_head_complete(const nghttp2_frame& frame);
  void on_data(std::string_view piece);
  void on_invalid(const nghttp2_frame& frame, int error);
  void on_own_frame(const nghttp2_frame& frame);
  void count_flood(const nghttp2_frame& frame);
  void refuse(std::string what);

  HttpRequest request_;
  ExchangeOptions options_;
  HttpFacts facts_;
  nghttp2_session* session_ = nullptr;
  std::int32_t stream_ = 0;
  std::string output_;
  std::size_t taken_ = 0;
  // A frame's head is handed over in one piece: Debian 12's nghttp2 counts a CONTINUATION frame
  // once for each piece of its head, and refuses after eight.
  std::string frame_head_;
  std::size_t payload_left_ = 0;
  std::uint64_t body_left_;
  std::size_t body_at_ = 0;
  std::uint64_t body_framed_ = 0;
  bool end_stream_sent_ = false;
  bool done_ = false;
  std::uint64_t activity_ = 0;
  std::vector<HeaderField> fields_;  // of the head or trailers that are coming in
  std::size_t field_bytes_ = 0;
  int status_ = 0;
  std::uint32_t empty_frames_ = 0;
  std::uint32_t priority_frames_ = 0;
  std::uint32_t window_updates_ = 0;
  std::uint32_t data_frames_sent_ = 0;
  std::uint32_t control_frames_ = 0;
};

Http2Exchange::Http2Exchange(const HttpRequest& request, const ExchangeOptions& options)
    : request_(request), options_(options), body_left_(request.body_size()) {
  facts_.version = HttpVersion::Http2;
  facts_.grpc_request = request.grpc();
  nghttp2_session_callbacks* callbacks = nullptr;
  nghttp2_session_callbacks_new(&callbacks);
  set_callbacks(callbacks);
  const int made = nghttp2_session_client_new(&session_, callbacks, this);
  nghttp2_session_callbacks_del(callbacks);
  if (made != 0) {
    throw std::bad_alloc();
  }
  submit();
}

void Http2Exchange::set_callbacks(nghttp2_session_callbacks* callbacks) {
  nghttp2_session_callbacks_set_on_header_callback(
      callbacks, [](nghttp2_session*, const nghttp2_frame* frame, const std::uint8_t* name,
                    std::size_t name_length, const std::uint8_t* value, std::size_t value_length,
                    std::uint8_t, void* user) {
        of(user).on_header(*frame, {reinterpret_cast<const char*>(name), name_length},
                           {reinterpret_cast<const char*>(value), value_length});
        return 0;
      });
  nghttp2_session_callbacks_set_on_frame_recv_callback(
      callbacks, [](nghttp2_session*, const nghttp2_frame* frame, void* user) {
        of(user).on_frame(*frame);
        return 0;
      });
  nghttp2_session_callbacks_set_on_data_chunk_recv_callback(
      callbacks, [](nghttp2_session*, std::uint8_t, std::int32_t, const std::uint8_t* data,
                    std::size_t length, void* user) {
        of(user).on_data({reinterpret_cast<const char*>(data), length});
        return 0;
      });
  nghttp2_session_callbacks_set_on_invalid_frame_recv_callback(
      callbacks, [](nghttp2_session*, const nghttp2_frame* frame, int error, void* user) {
        of(user).on_invalid(*frame, error);
        return 0;
      });
  nghttp2_session_callbacks_set_on_frame_send_callback(
      callbacks, [](nghttp2_session*, const nghttp2_frame* frame, void* user) {
        of(user).on_own_frame(*frame);
        return 0;
      });
}

void Http2Exchange::submit() {
  const std::array<nghttp2_settings_entry, 3> settings = {{
      {NGHTTP2_SETTINGS_ENABLE_PUSH, 0},
      {NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, kMostStreams},
      {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, kStreamWindow},
  }};
  nghttp2_submit_settings(session_, NGHTTP2_FLAG_NONE, settings.data(), settings.size());
  nghttp2_session_set_local_window_size(session_, NGHTTP2_FLAG_NONE, 0, kConnectionWindow);
  std::vector<HeaderField> fields = {{":method", request_.method},
                                     {":scheme", request_.scheme},
                                     {":authority", request_.authority},
                                     {":path", request_.path}};
  for (const HeaderField& field : request_.headers) {
    if (!hop_by_hop(field.name, field.value)) {
      fields.push_back({lower(field.name), field.value});
    }
  }
  std::vector<nghttp2_nv> list;
  list.reserve(fields.size());
  for (HeaderField& field : fields) {
    list.push_back({reinterpret_cast<std::uint8_t*>(field.name.data()),
                    reinterpret_cast<std::uint8_t*>(field.value.data()), field.name.size(),
                    field.value.size(), NGHTTP2_NV_FLAG_NONE});
  }
  nghttp2_data_provider provider{};
  provider.source.ptr = this;
  provider.read_callback = [](nghttp2_session*, std::int32_t, std::uint8_t* buffer,
                              std::size_t length, std::uint32_t* flags, nghttp2_data_source* source,
                              void*) {
    return static_cast<Http2Exchange*>(source->ptr)->read_body(buffer, length, flags);
  };
  stream_ = nghttp2_submit_request(session_, nullptr, list.data(), list.size(),
                                   body_left_ > 0 ? &provider : nullptr, nullptr);
}

ssize_t Http2Exchange::read_body(std::uint8_t* buffer, std::size_t length, std::uint32_t* flags) {
  const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(body_left_, length));
  if (request_.body_bytes > 0) {
    std::fill_n(buffer, count, static_cast<std::uint8_t>('x'));
  } else {
    std::copy_n(request_.body.data() + body_at_, count, buffer);
    body_at_ += count;
  }
  body_left_ -= count;
  body_framed_ += count;
  if (body_left_ == 0) {
    *flags |= NGHTTP2_DATA_FLAG_EOF;
  }
  return static_cast<ssize_t>(count);
}

void Http2Exchange::fill_output() {
  while (output_.size() - taken_ < kMostOutput) {
    const std::uint8_t* bytes = nullptr;
    const ssize_t count = nghttp2_session_mem_send(session_, &bytes);
    if (count <= 0) {
      return;
    }
    output_.append(reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(count));
  }
}

std::string_view Http2Exchange::output() {
  fill_output();
  return std::string_view(output_).substr(taken_, kMostOutput);
}

void Http2Exchange::sent(std::size_t count) {
  taken_ += count;
  if (taken_ == output_.size()) {
    output_.clear();
    taken_ = 0;
  }
}

void Http2Exchange::feed(std::string_view bytes) {
  facts_.bytes += done_ ? 0 : bytes.size();
  while (!bytes.empty() && !done_) {
    if (payload_left_ == 0) {
      const std::size_t missing = kFrameHead - frame_head_.size();
      frame_head_ += bytes.substr(0, missing);
      bytes.remove_prefix(std::min(missing, bytes.size()));
      if (frame_head_.size() < kFrameHead) {
        return;
      }
      const auto byte = [this](std::size_t i) {
        return static_cast<std::size_t>(static_cast<unsigned char>(frame_head_[i]));
      };
      payload_left_ = byte(0) << 16 | byte(1) << 8 | byte(2);
      hand_over(std::exchange(frame_head_, {}));
      continue;
    }
    const std::size_t count = std::min(payload_left_, bytes.size());
    payload_left_ -= count;
    hand_over(bytes.substr(0, count));
    bytes.remove_prefix(count);
  }
}

void Http2Exchange::hand_over(std::string_view bytes) {
  const ssize_t count = nghttp2_session_mem_recv(
      session_, reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
  if (count < 0) {
    refuse(fmt::format("the bytes are not HTTP/2: {}", nghttp2_strerror(static_cast<int>(count))));
    return;
  }
  fill_output();  // shows, among others, the GOAWAY or RST_STREAM with which nghttp2 refuses
}

void Http2Exchange::refuse(std::string what) {
  if (!done_) {
    facts_.violation = Violation{std::move(what), facts_.status.has_value()};
    done_ = true;
  }
}

void Http2Exchange::on_header(const nghttp2_frame& frame, std::string_view name,
                              std::string_view value) {
  if (done_ || frame.hd.stream_id != stream_) {
    return;
  }
  field_bytes_ += name.size() + value.size();
  fields_.push_back({std::string(name), std::string(value)});
  if (field_bytes_ > kMostHeaderBytes || fields_.size() > kMostHeaderFields) {
    facts_.head_too_large = true;
    done_ = true;
  }
  if (name == ":status") {
    status_ = std::atoi(std::string(value).c_str());  // nghttp2 has seen to the three digits
  }
}

void Http2Exchange::on_head_complete(const nghttp2_frame& frame) {
  ++activity_;
  if (frame.headers.cat == NGHTTP2_HCAT_HEADERS && facts_.status) {
    facts_.trailers = std::move(fields_);
  } else if (status_ >= 100 && status_ < 200) {
    facts_.interim.push_back(status_);
  } else {
    facts_.status = status_;
    facts_.headers = std::move(fields_);
    std::erase_if(facts_.headers, [](const HeaderField& one) { return one.name.starts_with(':'); });
  }
  fields_.clear();
  field_bytes_ = 0;
}

void Http2Exchange::on_frame(const nghttp2_frame& frame) {
  if (done_) {
    return;
  }
  count_flood(frame);
  if (frame.hd.type == NGHTTP2_GOAWAY) {
    facts_.goaway_code = frame.goaway.error_code;
    if (frame.goaway.last_stream_id < stream_) {
      facts_.refused_by_goaway = true;
      done_ = true;
    }
    return;
  }
  if (frame.hd.stream_id != stream_ || done_) {
    return;
  }
  if (frame.hd.type == NGHTTP2_RST_STREAM) {
    facts_.reset_code = frame.rst_stream.error_code;
    done_ = true;
    return;
  }
  if (frame.hd.type == NGHTTP2_HEADERS) {
    on_head_complete(frame);
  }
  const bool ends = (frame.hd.type == NGHTTP2_HEADERS || frame.hd.type == NGHTTP2_DATA) &&
                    (frame.hd.flags & NGHTTP2_FLAG_END_STREAM) != 0;
  if (ends && facts_.status) {
    facts_.complete = true;
    done_ = true;
  }
}

void Http2Exchange::count_flood(const nghttp2_frame& frame) {
  const bool carries = frame.hd.type == NGHTTP2_DATA || frame.hd.type == NGHTTP2_HEADERS;
  const bool empty =
      carries && frame.hd.length == 0 && (frame.hd.flags & NGHTTP2_FLAG_END_STREAM) == 0;
  empty_frames_ = empty ? empty_frames_ + 1 : carries ? 0 : empty_frames_;
  priority_frames_ += frame.hd.type == NGHTTP2_PRIORITY ? 1 : 0;
  window_updates_ += frame.hd.type == NGHTTP2_WINDOW_UPDATE ? 1 : 0;
  const bool answered = (frame.hd.type == NGHTTP2_PING || frame.hd.type == NGHTTP2_SETTINGS) &&
                        (frame.hd.flags & NGHTTP2_FLAG_ACK) == 0;
  control_frames_ += answered ? 1 : 0;
  if (empty_frames_ > kMostEmptyFrames) {
    refuse("empty DATA frames in a row");
  } else if (priority_frames_ > kMostPriorityFrames * 2) {
    refuse("a flood of PRIORITY frames");
  } else if (window_updates_ > 5 + 2 * (1 + 10 * data_frames_sent_)) {
    refuse("a flood of WINDOW_UPDATE frames");
  } else if (control_frames_ > kMostControlFrames) {
    refuse("a flood of PING or SETTINGS frames");
  }
}

void Http2Exchange::on_data(std::string_view piece) {
  if (done_) {
    return;
  }
  ++activity_;
  facts_.body_bytes += piece.size();
  const std::uint64_t room =
      options_.max_body - std::min<std::uint64_t>(options_.max_body, facts_.body.size());
  facts_.body +=
      piece.substr(0, static_cast<std::size_t>(std::min<std::uint64_t>(room, piece.size())));
  if (facts_.body_bytes >= options_.max_body) {
    done_ = true;  // enough was read
  }
}

void Http2Exchange::on_invalid(const nghttp2_frame&, int error) {
  refuse(fmt::format("nghttp2 refuses a frame: {}", nghttp2_strerror(error)));
}

void Http2Exchange::on_own_frame(const nghttp2_frame& frame) {
  const bool ours = frame.hd.stream_id == stream_;
  if (ours && frame.hd.type == NGHTTP2_DATA) {
    ++data_frames_sent_;
  }
  const bool request = frame.hd.type == NGHTTP2_HEADERS || frame.hd.type == NGHTTP2_DATA;
  if (ours && request && (frame.hd.flags & NGHTTP2_FLAG_END_STREAM) != 0) {
    end_stream_sent_ = true;
  }
  if (frame.hd.type == NGHTTP2_GOAWAY && frame.goaway.error_code != NGHTTP2_NO_ERROR) {
    refuse(fmt::format("nghttp2 ends the connection: {}",
                       nghttp2_http2_strerror(frame.goaway.error_code)));
  } else if (ours && frame.hd.type == NGHTTP2_RST_STREAM) {
    refuse(fmt::format("nghttp2 resets the stream: {}",
                       nghttp2_http2_strerror(frame.rst_stream.error_code)));
  }
}

}  // namespace

std::unique_ptr<Exchange> make_http2_exchange(const HttpRequest& request,
                                              const ExchangeOptions& options) {
  return std::make_unique<Http2Exchange>(request, options);
}

}  // namespace prober::wire

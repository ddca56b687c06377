// One HTTP/2 request over nghttp2, judged by its events: frames and codes, who refused whom, never
// an error text. The limits are Envoy 1.38's, where they are tighter than nghttp2's.

#include <fmt/format.h>
#include <nghttp2/nghttp2.h>

#include <algorithm>
#include <array>
#include <new>
#include <optional>
#include <string>
#include <utility>

#include "prober/ascii.h"
#include "wire/exchange.h"
#include "wire/http1_syntax.h"
#include "wire/http2_floods.h"

namespace prober::wire {
namespace {

// Pomerium: config/envoyconfig/protocols.go.
constexpr std::uint32_t kStreamWindow = 64 * 1024;
constexpr std::int32_t kConnectionWindow = 1024 * 1024;
constexpr std::uint32_t kMostStreams = 100;
// Envoy: the list of names and values, and the number of fields with :status.
constexpr std::size_t kMostHeaderBytes = std::size_t{60} * 1024;
constexpr std::size_t kMostHeaderFields = 100;
constexpr std::size_t kMostContinuations = 1000;  // Envoy: http2/codec_impl.cc

constexpr std::size_t kMostOutput = std::size_t{64} * 1024;
constexpr std::size_t kMostInput = std::size_t{32} * 1024;  // that Envoy deals with at a time
constexpr std::size_t kFrameHead = 9;                       // RFC 9113, section 4.1

bool hop_by_hop(std::string_view name, std::string_view value) {
  constexpr std::array<std::string_view, 6> kNames = {
      "connection", "keep-alive", "proxy-connection", "transfer-encoding", "upgrade", "host"};
  const bool listed =
      std::ranges::any_of(kNames, [name](std::string_view one) { return same_letters(one, name); });
  return listed || (same_letters(name, "te") && value != "trailers");
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
  void closed() override {
    if (!done_) {
      keep_body();
      done_ = true;
    }
  }
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
  void feed_piece(std::string_view bytes);
  bool begin_frame();
  void keep_body();
  void refuse_if(std::optional<std::string_view> what);
  void refuse(std::string what);

  HttpRequest request_;
  ExchangeOptions options_;
  HttpFacts facts_;
  nghttp2_session* session_ = nullptr;
  std::int32_t stream_ = 0;
  std::string output_;
  std::size_t taken_ = 0;
  // A frame's head is handed over in one piece, so that PRIORITY frames can be left out.
  std::string frame_head_;
  std::size_t payload_left_ = 0;
  bool skips_payload_ = false;
  bool first_frame_seen_ = false;
  bool in_header_block_ = false;
  std::uint64_t body_left_;
  std::size_t body_at_ = 0;
  std::uint64_t body_framed_ = 0;
  bool end_stream_sent_ = false;
  bool done_ = false;
  std::uint64_t activity_ = 0;
  std::vector<HeaderField> fields_;  // of the head or trailers that are coming in
  std::size_t field_bytes_ = 0;
  int status_ = 0;
  std::string data_;  // of the DATA frame that is coming in
  FloodGuard floods_;
};

Http2Exchange::Http2Exchange(const HttpRequest& request, const ExchangeOptions& options)
    : request_(request), options_(options), body_left_(request.body_size()) {
  facts_.version = HttpVersion::Http2;
  facts_.grpc_request = request.grpc();
  nghttp2_session_callbacks* callbacks = nullptr;
  nghttp2_session_callbacks_new(&callbacks);
  set_callbacks(callbacks);
  nghttp2_option* option = nullptr;
  nghttp2_option_new(&option);
  // Where Envoy is more lenient than nghttp2's defaults.
  nghttp2_option_set_no_rfc9113_leading_and_trailing_ws_validation(option, 1);
  nghttp2_option_set_max_continuations(option, kMostContinuations);
  const int made = nghttp2_session_client_new2(&session_, callbacks, this, option);
  nghttp2_option_del(option);
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
      fields.push_back({lower_case(field.name), field.value});
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
  while (!bytes.empty() && !done_) {
    const std::string_view piece = bytes.substr(0, kMostInput);
    bytes.remove_prefix(piece.size());
    facts_.bytes += piece.size();
    feed_piece(piece);
    refuse_if(floods_.end_of_read());
  }
}

void Http2Exchange::feed_piece(std::string_view bytes) {
  while (!bytes.empty() && !done_) {
    if (payload_left_ == 0) {
      const std::size_t missing = kFrameHead - frame_head_.size();
      frame_head_ += bytes.substr(0, missing);
      bytes.remove_prefix(std::min(missing, bytes.size()));
      if (frame_head_.size() == kFrameHead) {
        skips_payload_ = !begin_frame();
        const std::string head = std::exchange(frame_head_, {});
        if (!skips_payload_) {
          hand_over(head);
        }
      }
      continue;
    }
    const std::size_t count = std::min(payload_left_, bytes.size());
    payload_left_ -= count;
    if (!skips_payload_) {
      hand_over(bytes.substr(0, count));
    }
    bytes.remove_prefix(count);
  }
}

// Whether nghttp2 is to see the frame. Envoy takes any PRIORITY of the right length, nghttp2 not.
bool Http2Exchange::begin_frame() {
  const auto byte = [this](std::size_t i) { return static_cast<std::uint8_t>(frame_head_[i]); };
  constexpr std::size_t kPriorityLength = 5;
  const std::size_t length =
      std::size_t{byte(0)} << 16 | std::size_t{byte(1)} << 8 | std::size_t{byte(2)};
  const std::uint8_t type = byte(3);
  const std::uint8_t flags = byte(4);
  payload_left_ = length;
  if (type != NGHTTP2_DATA) {
    refuse_if(floods_.received({type, flags, length}));
  }
  const bool left_out = type == NGHTTP2_PRIORITY && length == kPriorityLength &&
                        first_frame_seen_ && !in_header_block_;
  first_frame_seen_ = true;
  if (type == NGHTTP2_HEADERS || type == NGHTTP2_CONTINUATION) {
    in_header_block_ = (flags & NGHTTP2_FLAG_END_HEADERS) == 0;
  }
  return !left_out;
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

void Http2Exchange::refuse_if(std::optional<std::string_view> what) {
  if (what) {
    refuse(std::string(*what));
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
  if (frame.hd.type == NGHTTP2_DATA) {
    refuse_if(
        floods_.received({NGHTTP2_DATA, frame.hd.flags, frame.hd.length - frame.data.padlen}));
  }
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
  } else if (frame.hd.type == NGHTTP2_DATA) {
    keep_body();
  }
  const bool ends = (frame.hd.type == NGHTTP2_HEADERS || frame.hd.type == NGHTTP2_DATA) &&
                    (frame.hd.flags & NGHTTP2_FLAG_END_STREAM) != 0;
  if (ends && facts_.status) {
    facts_.complete = true;
    done_ = true;
  } else if (facts_.body_bytes >= options_.max_body) {
    done_ = true;  // enough was read
  }
}

// Body bytes count with their frame, so that a frame that is refused counts as one, however it
// came.
void Http2Exchange::keep_body() {
  facts_.body_bytes += data_.size();
  const std::uint64_t room =
      options_.max_body - std::min<std::uint64_t>(options_.max_body, facts_.body.size());
  facts_.body +=
      data_.substr(0, static_cast<std::size_t>(std::min<std::uint64_t>(room, data_.size())));
  data_.clear();
}

void Http2Exchange::on_data(std::string_view piece) {
  if (!done_) {
    ++activity_;
    data_ += piece;
  }
}

void Http2Exchange::on_invalid(const nghttp2_frame&, int error) {
  refuse(fmt::format("nghttp2 refuses a frame: {}", nghttp2_strerror(error)));
}

void Http2Exchange::on_own_frame(const nghttp2_frame& frame) {
  const bool ours = frame.hd.stream_id == stream_;
  if (ours && frame.hd.type == NGHTTP2_DATA) {
    floods_.data_sent();
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

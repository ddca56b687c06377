#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "prober/attempt.h"
#include "wire/http1_framing.h"

namespace prober::wire {

/// Reads the answer to one HTTP/1 request as Envoy 1.38's parser (Balsa) does, no more lenient and
/// no stricter. Pure and incremental: any splitting of the bytes gives the same facts.
///
/// Source: Envoy, source/common/http/http1/balsa_parser.cc and codec_impl.cc; QUICHE's BalsaFrame;
/// each rule was measured on Envoy 1.38.2 (tests/data/recordings.txt).
class Http1Reader {
 public:
  struct Options {
    bool head_request = false;
    std::uint64_t max_body = 0;  // body bytes that are kept, and after which reading stops
  };

  /// Fills `facts`, which must outlive the reader.
  Http1Reader(const Options& options, HttpFacts& facts);

  void feed(std::string_view bytes);
  /// The peer's bytes are at an end.
  void closed();

  /// Complete, refused, or enough has been read.
  [[nodiscard]] bool done() const { return state_ == State::Done; }
  /// Rises with each complete head and each piece of body.
  [[nodiscard]] std::uint64_t activity() const { return activity_; }

 private:
  enum class State {
    Head,
    SizedBody,
    BodyUntilClose,
    ChunkSize,
    ChunkExtension,
    ChunkData,
    ChunkEnd,
    LastLine,
    Trailers,
    Done,
  };

  // Each takes what it can of `bytes` and moves on.
  void read_head(std::string_view& bytes);
  void read_body(std::string_view& bytes);
  void read_chunk_size(std::string_view& bytes);
  void read_chunk_extension(std::string_view& bytes);
  void read_chunk_end(std::string_view& bytes);
  void read_last_line(std::string_view& bytes);
  void read_trailers(std::string_view& bytes);

  void take_head();
  void frame(const Framing& framing);
  void take_body(std::string_view piece);
  void finish_chunk_line();
  void refuse(std::string what);
  void complete();

  Options options_;
  HttpFacts& facts_;
  State state_ = State::Head;
  std::string block_;  // the head or the trailers, as far as they have come
  bool status_line_seen_ = false;
  int status_ = 0;
  std::uint64_t left_ = 0;  // of the body or the chunk
  std::uint64_t chunk_size_ = 0;
  bool chunk_digit_seen_ = false;
  char last_ = '\n';  // of a chunk's line or the line after the last chunk
  char before_last_ = '\n';
  std::uint64_t activity_ = 0;
};

}  // namespace prober::wire

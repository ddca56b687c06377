#include <fmt/format.h>

#include <algorithm>
#include <string>

#include "prober/ascii.h"
#include "wire/exchange.h"
#include "wire/http1_reader.h"
#include "wire/http1_syntax.h"

namespace prober::wire {
namespace {

constexpr std::size_t kMostOutput = std::size_t{64} * 1024;

bool has_header(const HttpRequest& request, std::string_view name) {
  return std::ranges::any_of(
      request.headers, [name](const HeaderField& one) { return same_letters(one.name, name); });
}

// Line ends in a value would make further header lines of it.
std::string one_line(std::string value) {
  std::erase_if(value, [](char c) { return c == '\r' || c == '\n'; });
  return value;
}

std::string head_of(const HttpRequest& request) {
  std::string out = fmt::format("{} {} HTTP/1.1\r\nhost: {}\r\n", request.method,
                                one_line(request.path), one_line(request.authority));
  for (const HeaderField& field : request.headers) {
    out += fmt::format("{}: {}\r\n", one_line(field.name), one_line(field.value));
  }
  const bool may_have_body = request.method != "GET" && request.method != "HEAD" &&
                             request.method != "OPTIONS" && request.method != "DELETE";
  const bool framed =
      has_header(request, "content-length") || has_header(request, "transfer-encoding");
  if (!framed && (request.body_size() > 0 || may_have_body)) {
    out += fmt::format("content-length: {}\r\n", request.body_size());
  }
  return out + "\r\n";
}

class Http1Exchange : public Exchange {
 public:
  Http1Exchange(const HttpRequest& request, const ExchangeOptions& options)
      :  // What follows the head of an answer to CONNECT is the tunnel's.
        reader_({request.method == "HEAD" || request.method == "CONNECT", options.max_body},
                facts_),
        pending_(head_of(request)),
        head_left_(pending_.size()),
        body_size_(request.body_size()),
        filler_left_(request.body_bytes) {
    facts_.version = HttpVersion::Http1;
    facts_.grpc_request = request.grpc();
    if (request.body_bytes == 0) {
      pending_ += request.body;
    }
  }

  std::string_view output() override {
    if (pending_.empty() && filler_left_ > 0) {
      const std::uint64_t count = std::min<std::uint64_t>(filler_left_, kMostOutput);
      pending_.assign(static_cast<std::size_t>(count), 'x');
      filler_left_ -= count;
      taken_ = 0;
    }
    return std::string_view(pending_).substr(taken_, kMostOutput);
  }

  void sent(std::size_t count) override {
    const std::uint64_t of_head = std::min<std::uint64_t>(count, head_left_);
    head_left_ -= of_head;
    body_sent_ += count - of_head;
    taken_ += count;
    if (taken_ == pending_.size()) {
      pending_.clear();
      taken_ = 0;
    }
  }

  void feed(std::string_view bytes) override { reader_.feed(bytes); }
  void closed() override { reader_.closed(); }
  [[nodiscard]] bool done() const override { return reader_.done(); }
  [[nodiscard]] bool request_sent() const override {
    return head_left_ == 0 && body_sent_ == body_size_;
  }
  [[nodiscard]] std::uint64_t body_sent() const override { return body_sent_; }
  [[nodiscard]] std::uint64_t activity() const override { return reader_.activity(); }
  [[nodiscard]] const HttpFacts& facts() const override { return facts_; }

 private:
  HttpFacts facts_;
  Http1Reader reader_;
  std::string pending_;
  std::size_t taken_ = 0;  // of pending_
  std::uint64_t head_left_;
  std::uint64_t body_size_;
  std::uint64_t filler_left_;
  std::uint64_t body_sent_ = 0;
};

}  // namespace

std::unique_ptr<Exchange> make_http1_exchange(const HttpRequest& request,
                                              const ExchangeOptions& options) {
  return std::make_unique<Http1Exchange>(request, options);
}

}  // namespace prober::wire

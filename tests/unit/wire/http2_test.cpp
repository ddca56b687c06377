// HTTP/2 by its events: what nghttp2 accepts, what it refuses, and Envoy's tighter limits.

#include <doctest/doctest.h>

#include "feeding.h"
#include "simulator/h2_frames.h"

using namespace prober;
using namespace prober::wire;
namespace h2 = prober::simulator::h2;

namespace {

const h2::Fields kOk = {{":status", "200"}};

struct Case {
  const char* name;
  std::string bytes;
  const char* want;
};

HttpFacts read(const std::string& bytes, std::size_t step) {
  HttpRequest request;
  request.authority = "host";
  const auto exchange = make_http2_exchange(request, {1 << 20});
  return facts_of(*exchange, bytes, step, true);
}

h2::Fields many(std::size_t count, std::size_t size) {
  h2::Fields out = kOk;
  for (std::size_t i = 0; i < count; ++i) {
    out.emplace_back("x" + std::to_string(i), std::string(size, 'a'));
  }
  return out;
}

}  // namespace

TEST_CASE("http2: answers, resets and refusals") {
  const Case cases[] = {
      {"head and body", h2::settings() + h2::headers(kOk, false) + h2::data("ok", true),
       "200 complete"},
      {"head alone", h2::settings() + h2::headers(kOk, true), "200 complete"},
      {"interim",
       h2::settings() + h2::headers({{":status", "103"}}, false) + h2::headers(kOk, true),
       "103 200 complete"},
      {"trailers",
       h2::settings() + h2::headers(kOk, false) + h2::headers({{"grpc-status", "0"}}, true),
       "200 complete"},
      {"nothing", "", "nothing"},
      {"settings alone", h2::settings(), "open"},
      {"not ended", h2::settings() + h2::headers(kOk, false) + h2::data("part", false), "200 open"},
      {"reset", h2::settings() + h2::rst_stream(2), "reset 2"},
      {"reset NO_ERROR in the body", h2::settings() + h2::headers(kOk, false) + h2::rst_stream(0),
       "200 reset 0"},
      {"reset after the end changes nothing",
       h2::settings() + h2::headers(kOk, true) + h2::rst_stream(2), "200 complete"},
      {"GOAWAY without us", h2::settings() + h2::goaway(0, 0), "goaway"},
      {"GOAWAY with us", h2::settings() + h2::goaway(1, 0), "open"},
      {"GOAWAY with us, then the answer",
       h2::settings() + h2::goaway(1, 0) + h2::headers(kOk, true), "200 complete"},
      {"no settings", h2::headers(kOk, true), "refused"},
      {"HTTP/1", "HTTP/1.1 400 Bad Request\r\n\r\n", "refused"},
      {"no status", h2::settings() + h2::headers({{"x", "y"}}, true), "refused"},
      {"upper case", h2::settings() + h2::headers({{":status", "200"}, {"X", "y"}}, true),
       "refused"},
      {"connection header",
       h2::settings() + h2::headers({{":status", "200"}, {"connection", "close"}}, true),
       "refused"},
      {"data first", h2::settings() + h2::data("x", false), "refused"},
      {"short of its length",
       h2::settings() + h2::headers({{":status", "200"}, {"content-length", "100"}}, false) +
           h2::data("x", true),
       "200 refused"},
      {"frame too large", h2::settings() + h2::data(std::string(20000, 'x'), false), "refused"},
      {"settings on a stream", h2::settings() + h2::frame(h2::kSettings, 0, 1, ""), "refused"},
      {"50 headers of 1 KiB", h2::settings() + h2::headers(many(50, 1000), true), "200 complete"},
      {"70 headers of 1 KiB", h2::settings() + h2::headers(many(70, 1000), true), "too large"},
      {"100 fields with :status", h2::settings() + h2::headers(many(99, 1), true), "200 complete"},
      {"101 fields", h2::settings() + h2::headers(many(100, 1), true), "too large"},
  };
  for (const Case& c : cases) {
    for (const std::size_t step : {std::size_t{1}, std::size_t{13}, c.bytes.size() + 1}) {
      CAPTURE(c.name);
      CAPTURE(step);
      CHECK(in_words(read(c.bytes, step)) == c.want);
    }
  }
}

TEST_CASE("http2: preface, settings and request come as one piece") {
  HttpRequest request;
  request.authority = "host";
  request.headers = {{"X-A", "b"}, {"Connection", "close"}, {"te", "gzip"}};
  const auto exchange = make_http2_exchange(request, {1 << 20});
  const std::string output(exchange->output());
  CHECK(output.starts_with("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"));
  exchange->sent(output.size());
  CHECK(exchange->request_sent());
  CHECK(exchange->output().empty());
}

TEST_CASE("http2: a body waits for the window") {
  HttpRequest request;
  request.method = "POST";
  request.authority = "host";
  request.body_bytes = 1'000'000;
  const auto exchange = make_http2_exchange(request, {1 << 20});
  take_output(*exchange);
  CHECK(exchange->body_sent() <= 65535);
  CHECK_FALSE(exchange->request_sent());
}

TEST_CASE("http2: a PING is no activity, a head and body bytes are") {
  HttpRequest request;
  request.authority = "host";
  const auto exchange = make_http2_exchange(request, {1 << 20});
  take_output(*exchange);
  exchange->feed(h2::settings() + h2::frame(h2::kPing, 0, 0, "12345678"));
  CHECK(exchange->activity() == 0);
  exchange->feed(h2::headers(kOk, false));
  CHECK(exchange->activity() == 1);
  exchange->feed(h2::data("x", false));
  CHECK(exchange->activity() == 2);
}

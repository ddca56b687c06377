// HTTP/2 by its events: what nghttp2 accepts, what it refuses, and Envoy's tighter limits.

#include <doctest/doctest.h>

#include <span>

#include "feeding.h"
#include "simulator/h2_frames.h"

using namespace prober;
using namespace prober::wire;
namespace h2 = prober::simulator::h2;

namespace {

constexpr std::uint8_t kPriority = 2;
constexpr std::uint8_t kWindowUpdate = 8;
constexpr std::uint8_t kPadded = 8;

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

std::string repeated(const std::string& piece, int count) {
  std::string out;
  for (int i = 0; i < count; ++i) {
    out += piece;
  }
  return out;
}
std::string ping() {
  return h2::frame(h2::kPing, 0, 0, "12345678");
}
std::string priority(char dependency) {
  return h2::frame(kPriority, 0, 1, std::string({0, 0, 0, dependency, 15}));
}
std::string window_update() {
  return h2::frame(kWindowUpdate, 0, 0, std::string({0, 0, 0, 1}));
}
// A head whose last field's value comes in CONTINUATIONs of one byte each.
std::string continued(int count) {
  std::string block = "\x88";  // RFC 7541, appendix A: ":status: 200"
  block += std::string("\0\1x", 3) + static_cast<char>(count);
  std::string out = h2::frame(h2::kHeaders, h2::kEndStream, 1, block);
  for (int i = 1; i <= count; ++i) {
    out += h2::frame(h2::kContinuation, i == count ? h2::kEndHeaders : 0, 1, "a");
  }
  return out;
}

void check(std::span<const Case> cases, bool whole_only = false) {
  for (const Case& c : cases) {
    for (const std::size_t step : {std::size_t{1}, std::size_t{13}, c.bytes.size() + 1}) {
      if (whole_only && step <= c.bytes.size()) {
        continue;
      }
      CAPTURE(c.name);
      CAPTURE(step);
      CHECK(in_words(read(c.bytes, step)) == c.want);
    }
  }
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
  check(cases);
}

TEST_CASE("http2: what Envoy takes though nghttp2 by itself does not, and the reverse") {
  const auto with = [](const std::string& name, const std::string& value) {
    return h2::settings() + h2::headers({{":status", "200"}, {name, value}}, true);
  };
  const std::string open_head = h2::settings() + h2::headers(kOk, false);
  const Case cases[] = {
      {"a value with white space around", with("x", " \ta\t "), "200 complete"},
      {"white space alone", with("x", " "), "200 complete"},
      {"NUL in a value", with("x", std::string("a\0b", 3)), "refused"},
      {"te: trailers", with("te", "trailers"), "200 complete"},
      {"100 CONTINUATIONs", h2::settings() + continued(100), "200 complete"},
      {"PRIORITY of a stream on itself", h2::settings() + priority(1) + h2::headers(kOk, true),
       "200 complete"},
      {"PRIORITY on stream 0",
       h2::settings() + h2::frame(kPriority, 0, 0, std::string(5, '\0')) + h2::headers(kOk, true),
       "200 complete"},
      {"PRIORITY too short",
       h2::settings() + h2::frame(kPriority, 0, 1, std::string(4, '\0')) + h2::headers(kOk, true),
       "refused"},
      {"PRIORITY before SETTINGS", priority(0) + h2::settings(), "refused"},
      {"more than content-length",
       h2::settings() + h2::headers({{":status", "200"}, {"content-length", "2"}}, false) +
           h2::data("abc", true),
       "200 refused"},
      {"a field of 66 KiB", with("x", std::string(66 * 1024, 'a')), "refused"},
      {"61,440 bytes of names and values", with("x", std::string(61'440 - 11, 'a')),
       "200 complete"},
      {"61,441 bytes of names and values", with("x", std::string(61'441 - 11, 'a')), "too large"},
      {"one empty DATA frame", open_head + h2::data("", false) + h2::data("x", true),
       "200 complete"},
      {"two empty DATA frames", open_head + repeated(h2::data("", false), 2), "200 refused"},
      {"empty DATA frames apart",
       open_head + repeated(h2::data("", false) + h2::data("x", false), 3), "200 open"},
      {"empty DATA frames with padding",
       open_head + repeated(h2::frame(h2::kData, kPadded, 1, std::string("\2\0\0", 3)), 2),
       "200 refused"},
      {"an empty CONTINUATION and an empty DATA frame",
       h2::settings() + h2::frame(h2::kHeaders, 0, 1, "\x88") +
           h2::frame(h2::kContinuation, h2::kEndHeaders, 1, "") + h2::data("", false),
       "200 refused"},
  };
  check(cases);
}

TEST_CASE("http2: floods are refused at Envoy's numbers") {
  const std::string ok = h2::headers(kOk, true);
  const Case cases[] = {
      {"200 PRIORITYs", h2::settings() + repeated(priority(0), 200) + ok, "200 complete"},
      {"201 PRIORITYs", h2::settings() + repeated(priority(0), 201) + ok, "refused"},
      {"7 WINDOW_UPDATEs", h2::settings() + repeated(window_update(), 7) + ok, "200 complete"},
      {"8 WINDOW_UPDATEs", h2::settings() + repeated(window_update(), 8) + ok, "refused"},
      {"999 PINGs", h2::settings() + repeated(ping(), 999) + ok, "200 complete"},
  };
  check(cases);
  const Case at_once[] = {
      {"1,900 PINGs and the answer in one read", h2::settings() + repeated(ping(), 1900) + ok,
       "200 complete"},
      {"1,927 PINGs, the answer beyond the read", h2::settings() + repeated(ping(), 1927) + ok,
       "refused"},
      {"1,100 PINGs without an answer", h2::settings() + repeated(ping(), 1100), "refused"},
      {"3,600 SETTINGS", repeated(h2::settings(), 3600) + ok, "200 complete"},
      {"3,700 SETTINGS", repeated(h2::settings(), 3700) + ok, "refused"},
  };
  check(at_once, true);
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

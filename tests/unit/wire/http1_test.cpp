// The rules of Envoy 1.38.2's HTTP/1 parser, as measured. Every row is fed at once and byte by
// byte.

#include <doctest/doctest.h>

#include "feeding.h"

using namespace prober;
using namespace prober::wire;

namespace {

constexpr std::uint64_t kMaxBody = 1 << 20;

struct Case {
  const char* name;
  std::string bytes;
  const char* open;    // while the connection stays open
  const char* closed;  // after it has ended; the same when null
};

HttpFacts read(const std::string& bytes, std::size_t step, bool closes,
               const std::string& method = "GET") {
  HttpRequest request;
  request.method = method;
  request.authority = "host";
  const auto exchange = make_http1_exchange(request, {kMaxBody});
  return facts_of(*exchange, bytes, step, closes);
}

void check(const std::vector<Case>& cases, const std::string& method = "GET") {
  for (const Case& c : cases) {
    for (const std::size_t step : {std::size_t{1}, std::size_t{7}, c.bytes.size() + 1}) {
      CAPTURE(c.name);
      CAPTURE(step);
      CHECK(in_words(read(c.bytes, step, false, method)) == c.open);
      CHECK(in_words(read(c.bytes, step, true, method)) ==
            (c.closed == nullptr ? c.open : c.closed));
    }
  }
}

std::string head(const std::string& lines) {
  return "HTTP/1.1 200 OK\r\n" + lines + "\r\n";
}
std::string empty_with(const std::string& line) {
  return head(line + "\r\ncontent-length: 0\r\n");
}
std::string chunked(const std::string& body) {
  return head("transfer-encoding: chunked\r\n") + body;
}
std::string lines(int count) {
  std::string out;
  for (int i = 0; i < count; ++i) {
    out += "x: y\r\n";
  }
  return out;
}
std::string folds(int count) {
  std::string out;
  for (int i = 0; i < count; ++i) {
    out += " z\r\n";
  }
  return out;
}
// A whole head of exactly that many bytes.
std::string head_of(std::size_t size) {
  const std::string start = "HTTP/1.1 200 OK\r\ncontent-length: 0\r\nx: ";
  return start + std::string(size - start.size() - 4, 'a') + "\r\n\r\n";
}

// Trailers of exactly that many bytes, blank line included.
std::string trailer_of(std::size_t size) {
  return "x: " + std::string(size - 7, 'a') + "\r\n\r\n";
}

}  // namespace

TEST_CASE("http1: the status line") {
  check({
      {"good", "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n", "200 complete", nullptr},
      {"no reason", "HTTP/1.1 200\r\ncontent-length: 0\r\n\r\n", "200 complete", nullptr},
      {"other versions", "HTTP/2.0 200 OK\r\ncontent-length: 0\r\n\r\n", "200 complete", nullptr},
      {"0.9", "HTTP/0.9 200 OK\r\ncontent-length: 0\r\n\r\n", "200 complete", nullptr},
      {"two spaces", "HTTP/1.1  200 OK\r\ncontent-length: 0\r\n\r\n", "200 complete", nullptr},
      {"a tab", "HTTP/1.1\t200 OK\r\ncontent-length: 0\r\n\r\n", "200 complete", nullptr},
      {"status 099", "HTTP/1.1 099 Odd\r\ncontent-length: 0\r\n\r\n", "99 complete", nullptr},
      {"two digits", "HTTP/1.1 20 OK\r\ncontent-length: 0\r\n\r\n", "20 complete", nullptr},
      {"a plus sign", "HTTP/1.1 +200 OK\r\ncontent-length: 0\r\n\r\n", "200 complete", nullptr},
      {"a minus sign", "HTTP/1.1 -200 OK\r\ncontent-length: 0\r\n\r\n", "refused", nullptr},
      {"CR for a space", "HTTP/1.1\r200\rOK\r\ncontent-length: 0\r\n\r\n", "200 complete", nullptr},
      {"16 bits of it count", "HTTP/1.1 65736 X\r\ncontent-length: 0\r\n\r\n", "200 complete",
       nullptr},
      {"64 bits are read", "HTTP/1.1 4294967496 X\r\ncontent-length: 0\r\n\r\n", "200 complete",
       nullptr},
      {"2^64", "HTTP/1.1 18446744073709551616 X\r\n", "refused", nullptr},
      {"a vertical tab is refused with the head", "HTTP/1.1\v200 OK\r\n", "open", "refused"},
      {"a control character in the reason", "HTTP/1.1 200 O\x01K\r\n\r\n", "refused", nullptr},
      {"DEL in the reason", "HTTP/1.1 200 O\x7fK\r\n\r\n", "refused", nullptr},
      {"a high byte in the reason", "HTTP/1.1 200 O\xe9K\r\ncontent-length: 0\r\n\r\n",
       "200 complete", nullptr},
      {"999", "HTTP/1.1 999 Odd\r\ncontent-length: 0\r\n\r\n", "999 complete", nullptr},
      {"four digits", "HTTP/1.1 1000 Odd\r\ncontent-length: 0\r\n\r\n", "1000 complete", nullptr},
      {"lower case", "http/1.1 200 OK\r\ncontent-length: 0\r\n\r\n", "refused", nullptr},
      {"no minor version", "HTTP/1 200 OK\r\ncontent-length: 0\r\n\r\n", "refused", nullptr},
      {"two digits of a version", "HTTP/1.10 200 OK\r\ncontent-length: 0\r\n\r\n", "refused",
       nullptr},
      {"something before it", "\r\nHTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n", "refused",
       nullptr},
      {"no number", "HTTP/1.1 abc OK\r\ncontent-length: 0\r\n\r\n", "refused", nullptr},
      {"garbage is refused at its first byte", "garbage", "refused", nullptr},
      {"another banner", "220 mail ESMTP\r\n", "refused", nullptr},
      {"an SSH banner is refused at the end of its line", "Hello there\r\n", "refused", nullptr},
      {"nothing yet", "", "nothing", nullptr},
      {"a part of it", "HTTP/1.1 2", "open", "refused"},
  });
}

TEST_CASE("http1: header lines") {
  check({
      {"bare LF", "HTTP/1.1 200 OK\ncontent-length: 3\n\nok\n", "200 complete", nullptr},
      {"folded", empty_with("x: a\r\n b"), "200 complete", nullptr},
      {"high byte", empty_with("x: a\xe9"), "200 complete", nullptr},
      {"tab in a value", empty_with("x: a\tb"), "200 complete", nullptr},
      {"CR in a value", empty_with("x: a\rb"), "200 complete", nullptr},
      {"odd names", empty_with("x_%: a"), "200 complete", nullptr},
      {"NUL", empty_with(std::string("x: a\0b", 6)), "refused", nullptr},
      {"control",
       empty_with("x: a\x01"
                  "b"),
       "refused", nullptr},
      {"DEL", empty_with("x: a\x7f"), "refused", nullptr},
      {"space in a name", empty_with("x y: a"), "refused", nullptr},
      {"space before the colon", empty_with("x : a"), "refused", nullptr},
      {"no colon", empty_with("nocolon"), "refused", nullptr},
      {"empty name", empty_with(": a"), "refused", nullptr},
      {"first line folded", "HTTP/1.1 200 OK\r\n x: a\r\n\r\n", "refused", nullptr},
      {"a bad line is not refused before the head is complete", "HTTP/1.1 200 OK\r\nnocolon\r\n",
       "open", "refused"},
      {"half of the headers", "HTTP/1.1 200 OK\r\ncontent-le", "open", "refused"},
  });
}

TEST_CASE("http1: limits of the head, to the byte") {
  check({
      {"81,920 bytes", head_of(81'920), "200 complete", nullptr},
      {"81,921 bytes", head_of(81'921), "refused", nullptr},
      {"81,920 bytes of an unfinished head", head_of(81'921).substr(0, 81'920), "refused", nullptr},
      {"81,919 bytes of an unfinished head", head_of(81'921).substr(0, 81'919), "open", "refused"},
      {"each head by itself", "HTTP/1.1 103 X\r\n" + lines(100) + "\r\n" + head_of(81'920),
       "103 200 complete", nullptr},
      {"folded lines are not counted", head("x: y\r\n" + folds(150) + "content-length: 0\r\n"),
       "200 complete", nullptr},
      {"an endless line", "HTTP/1.1 200 OK\r\nx: " + std::string(90'000, 'a'), "refused", nullptr},
      {"100 lines", head(lines(99) + "content-length: 0\r\n"), "200 complete", nullptr},
      {"101 lines", head(lines(100) + "content-length: 0\r\n"), "refused", nullptr},
  });
}

TEST_CASE("http1: how the body is framed") {
  check({
      {"leading zeros", head("content-length: 0003\r\n") + "ok\n", "200 complete", nullptr},
      {"a trailing space", head("content-length: 3 \r\n") + "ok\n", "200 complete", nullptr},
      {"empty", head("content-length:\r\n"), "refused", nullptr},
      {"signed", head("content-length: +3\r\n"), "refused", nullptr},
      {"negative", head("content-length: -1\r\n"), "refused", nullptr},
      {"a list", head("content-length: 3, 3\r\n"), "refused", nullptr},
      {"words", head("content-length: abc\r\n"), "refused", nullptr},
      {"2^64", head("content-length: 18446744073709551616\r\n"), "refused", nullptr},
      {"2^63", head("content-length: 9223372036854775808\r\n"), "200 open", "200 refused"},
      {"twice, equal", head("content-length: 0\r\ncontent-length: 0\r\n"), "refused", nullptr},
      {"beside chunked", head("content-length: 3\r\ntransfer-encoding: chunked\r\n"), "refused",
       nullptr},
      {"twice, equal, both bad", head("content-length: x\r\ncontent-length: x\r\n"), "refused",
       nullptr},
      {"chunked twice", head("transfer-encoding: chunked\r\ntransfer-encoding: chunked\r\n"),
       "refused", nullptr},
      {"identity, then chunked",
       head("transfer-encoding: identity\r\ntransfer-encoding: chunked\r\n"), "refused", nullptr},
      {"empty, then chunked",
       head("transfer-encoding:\r\ntransfer-encoding: chunked\r\n") + "0\r\n\r\n", "200 complete",
       nullptr},
      {"chunked, then empty: until the end",
       head("transfer-encoding: chunked\r\ntransfer-encoding:\r\n") + "0\r\n\r\n", "200 open",
       "200 complete"},
      {"an empty coding", head("transfer-encoding:\r\n"), "refused", nullptr},
      {"a list", head("transfer-encoding: gzip, chunked\r\n"), "refused", nullptr},
      {"identity", head("transfer-encoding: identity\r\n"), "refused", nullptr},
      {"status 99 with a body", "HTTP/1.1 99 X\r\ncontent-length: 3\r\n\r\nok\n", "refused",
       nullptr},
      {"204 with another zero", "HTTP/1.1 204 X\r\ncontent-length: 00\r\n\r\n", "refused", nullptr},
      {"304 with a bad length", "HTTP/1.1 304 X\r\ncontent-length: x\r\n\r\n", "304 complete",
       nullptr},
      {"304 with a bad length twice",
       "HTTP/1.1 304 X\r\ncontent-length: x\r\ncontent-length: x\r\n\r\n", "304 complete", nullptr},
      {"304 with two lengths", "HTTP/1.1 304 X\r\ncontent-length: 3\r\ncontent-length: 3\r\n\r\n",
       "refused", nullptr},
      {"another coding", head("transfer-encoding: gzip\r\n"), "refused", nullptr},
      {"chunked in capitals", head("Transfer-Encoding: CHUNKED\r\n") + "0\r\n\r\n", "200 complete",
       nullptr},
      {"until the end", head(""), "200 open", "200 complete"},
      {"short", head("content-length: 100\r\n") + "0123456789", "200 open", "200 refused"},
      {"surplus", head("content-length: 3\r\n") + "ok\nsurplus", "200 complete", nullptr},
      {"204", "HTTP/1.1 204 No Content\r\n\r\n", "204 complete", nullptr},
      {"204 with a length", "HTTP/1.1 204 No Content\r\ncontent-length: 3\r\n\r\nok\n", "refused",
       nullptr},
      {"204 with chunks", "HTTP/1.1 204 No Content\r\ntransfer-encoding: chunked\r\n\r\n",
       "refused", nullptr},
      {"304 with a length", "HTTP/1.1 304 Not Modified\r\ncontent-length: 3\r\n\r\n",
       "304 complete", nullptr},
      {"304 with chunks", "HTTP/1.1 304 Not Modified\r\ntransfer-encoding: chunked\r\n\r\n",
       "304 complete", nullptr},
      {"101", "HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\n\r\n", "101 complete",
       nullptr},
      {"100 and 200", "HTTP/1.1 100 Continue\r\n\r\n" + head("content-length: 0\r\n"),
       "100 200 complete", nullptr},
      {"100 alone", "HTTP/1.1 100 Continue\r\n\r\n", "100 open", nullptr},
      {"100 and garbage", "HTTP/1.1 100 Continue\r\n\r\ngarbage", "100 refused", nullptr},
      {"103 with chunks", "HTTP/1.1 103 Early Hints\r\ntransfer-encoding: chunked\r\n\r\n",
       "refused", nullptr},
  });
  check({{"HEAD", head("content-length: 100\r\n"), "200 complete", nullptr}}, "HEAD");
}

TEST_CASE("http1: chunks and trailers") {
  check({
      {"good", chunked("3\r\nok\n\r\n0\r\n\r\n"), "200 complete", nullptr},
      {"capital digits and extension", chunked("A;x=y\r\n0123456789\r\n0;z\r\n\r\n"),
       "200 complete", nullptr},
      {"surplus in a chunk is skipped", chunked("3\r\nok\nmore\r\n0\r\n\r\n"), "200 complete",
       nullptr},
      {"bare LF after a size", chunked("3\nok\n\r\n0\r\n\r\n"), "200 refused", nullptr},
      {"bare LF after data", chunked("3\r\nok\n\n0\r\n\r\n"), "200 complete", nullptr},
      {"bare LF after the last size", chunked("0\n\r\n"), "200 refused", nullptr},
      {"bare LF at the end", chunked("0\r\n\n"), "200 complete", nullptr},
      {"bare CR in a size's line", chunked("3\rx\r\nok\n\r\n0\r\n\r\n"), "200 refused", nullptr},
      {"CR twice after a size", chunked("3\r\r\nok\n\r\n0\r\n\r\n"), "200 refused", nullptr},
      {"bare CR in an extension", chunked("3;a\rb\r\nok\n\r\n0\r\n\r\n"), "200 refused", nullptr},
      {"NUL in an extension", chunked(std::string("0;\0\r\n\r\n", 7)), "200 complete", nullptr},
      {"words after a size", chunked("3 foo\r\nok\n\r\n0\r\n\r\n"), "200 complete", nullptr},
      {"white space before a size", chunked(" 3\r\nok\n\r\n"), "200 refused", nullptr},
      {"an empty line for a size", chunked("\r\n"), "200 refused", nullptr},
      {"leading zeros", chunked(std::string(100, '0') + "\r\n\r\n"), "200 complete", nullptr},
      {"2^64 - 1", chunked("ffffffffffffffff\r\nabc"), "200 open", "200 refused"},
      {"a second CR before the last LF needs a blank line more", chunked("0\r\n\r\r\n"), "200 open",
       "200 refused"},
      {"and then is complete", chunked("0\r\n\r\r\n\r\n"), "200 complete", nullptr},
      {"CR before a trailer", chunked("0\r\n\rx: y\r\n\r\n"), "200 complete", nullptr},
      {"no last chunk", chunked("3\r\nok\n\r\n"), "200 open", "200 refused"},
      {"not a number", chunked("zz\r\nok\n\r\n"), "200 refused", nullptr},
      {"too large", chunked("fffffffffffffffff\r\n"), "200 refused", nullptr},
      {"trailers", chunked("0\r\na: b\r\nc: d\r\n\r\n"), "200 complete", nullptr},
      {"200 trailers", chunked("0\r\n" + lines(200) + "\r\n"), "200 complete", nullptr},
      {"a bad trailer", chunked("0\r\nnocolon\r\n\r\n"), "200 refused", nullptr},
      {"trailers of 81,920 bytes", chunked("0\r\n" + trailer_of(81'920)), "200 complete", nullptr},
      {"trailers of 81,921 bytes", chunked("0\r\n" + trailer_of(81'921)), "200 refused", nullptr},
      {"a folded trailer", chunked("0\r\na: b\r\n c\r\n\r\n"), "200 complete", nullptr},
      {"a trailer that begins with white space", chunked("0\r\n a: b\r\n\r\n"), "200 refused",
       nullptr},
      {"NUL in a trailer", chunked(std::string("0\r\na: \0\r\n\r\n", 11)), "200 refused", nullptr},
      {"90 KiB of trailers", chunked("0\r\nx: " + std::string(90 * 1024, 'a') + "\r\n\r\n"),
       "200 refused", nullptr},
  });
}

TEST_CASE("http1: values lose what surrounds them and bare CRs, folded lines are joined") {
  struct Value {
    const char* line;
    const char* want;
  };
  const Value values[] = {
      {"x:  a b \t", "a b"},           {"x: a\rb", "ab"},
      {"x: a\r\n b", "a b"},           {"x: a  \r\n    b", "a      b"},
      {"x: a\r\n\tb\r\n c", "a\tb c"}, {"x:", ""},
  };
  for (const Value& v : values) {
    CAPTURE(v.line);
    const HttpFacts facts = read(empty_with(v.line), 1, false);
    REQUIRE(facts.headers.size() == 2);
    CHECK(facts.headers[0].value == v.want);
  }
}

TEST_CASE("http1: reading stops where the check has enough, and that is no error") {
  HttpRequest request;
  const auto exchange = make_http1_exchange(request, {10});
  const HttpFacts facts =
      facts_of(*exchange, head("content-length: 100\r\n") + "0123456789abc", 1, true);
  CHECK(exchange->done());
  CHECK(facts.body == "0123456789");
  CHECK_FALSE(facts.complete);
  CHECK_FALSE(facts.violation.has_value());
}

TEST_CASE("http1: where reading stops does not depend on how the bytes came") {
  constexpr std::uint64_t kMostBody = 4;
  for (const char* head :
       {"HTTP/1.1 200 OK\r\n\r\n", "HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n",
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n9\r\n"}) {
    CAPTURE(head);
    for (const std::size_t step : {std::size_t{1}, std::size_t{3}, std::size_t{1000}}) {
      CAPTURE(step);
      const auto exchange = make_http1_exchange({}, {kMostBody});
      const HttpFacts facts = facts_of(*exchange, std::string(head) + "abcdefghi", step, false);
      CHECK(exchange->done());
      CHECK(facts.body_bytes == kMostBody);
      CHECK(facts.body == "abcd");
    }
  }
}

TEST_CASE("http1: the request as it is sent") {
  HttpRequest request;
  request.method = "POST";
  request.path = "/a?b";
  request.authority = "host:80";
  request.headers = {{"x", "y\r\nevil: 1"}};
  request.body = "body";
  const auto exchange = make_http1_exchange(request, {kMaxBody});
  CHECK(exchange->output() ==
        "POST /a?b HTTP/1.1\r\nhost: host:80\r\nx: yevil: 1\r\ncontent-length: 4\r\n\r\nbody");
  exchange->sent(exchange->output().size() - 2);
  CHECK(exchange->body_sent() == 2);
  CHECK_FALSE(exchange->request_sent());
  CHECK(exchange->output() == "dy");
  exchange->sent(2);
  CHECK(exchange->request_sent());
  CHECK(exchange->output().empty());
}

TEST_CASE("http1: a large body is made as it is sent") {
  HttpRequest request;
  request.method = "POST";
  request.body_bytes = 1'000'000;
  const auto exchange = make_http1_exchange(request, {kMaxBody});
  std::uint64_t total = 0;
  for (auto bytes = exchange->output(); !bytes.empty(); bytes = exchange->output()) {
    CHECK(bytes.size() <= 65536);
    total += bytes.size();
    exchange->sent(bytes.size());
  }
  CHECK(exchange->body_sent() == 1'000'000);
  CHECK(total > 1'000'000);
  CHECK(exchange->request_sent());
}

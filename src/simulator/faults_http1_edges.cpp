// Answers at the edge of what Envoy takes: lengths, lines, codings and limits, each on both sides.

#include "simulator/outcomes.h"
#include "simulator/replies.h"

namespace prober::simulator {
namespace {

using namespace outcomes;

// Reads the request, sends the bytes and keeps the connection open.
Fault answers(std::string name, std::string does, std::string bytes, Expected expected) {
  Fault out;
  out.name = std::move(name);
  out.does = std::move(does);
  out.upstreams = {plain({steps::read_request(), steps::send(std::move(bytes)), steps::hang()})};
  out.expected = {std::move(expected)};
  return out;
}

// A part of the answer, then the end of the connection.
Fault ends(std::string name, std::string does, std::string bytes, const Step& end,
           Expected expected) {
  Fault out = answers(std::move(name), std::move(does), "", std::move(expected));
  out.upstreams = {
      plain({steps::read_request(), steps::send(std::move(bytes)), steps::sleep(100), end})};
  return out;
}

Fault asked_by(std::string method, Fault fault) {
  fault.probe = {"method: " + std::move(method)};
  return fault;
}

std::string with(const std::string& line) {
  return reply("200 OK", {line}, "ok\n");
}

std::string ok(const std::string& first_line) {
  return first_line + "\r\ncontent-length: 3\r\n\r\nok\n";
}

std::string length(const std::string& value, const std::string& body = "ok\n") {
  return "HTTP/1.1 200 OK\r\ncontent-length:" + value + "\r\n\r\n" + body;
}

std::string coding(const std::string& value, const std::string& body = "3\r\nok\n\r\n0\r\n\r\n") {
  return "HTTP/1.1 200 OK\r\ntransfer-encoding: " + value + "\r\n\r\n" + body;
}

std::string chunks(const std::string& body) {
  return coding("chunked", body);
}

// A whole head, status line and blank line included, of so many bytes.
std::string head_of(std::size_t bytes) {
  const std::string rest = "HTTP/1.1 200 OK\r\ncontent-length: 0\r\nx: \r\n\r\n";
  return "HTTP/1.1 200 OK\r\ncontent-length: 0\r\nx: " + std::string(bytes - rest.size(), 'a') +
         "\r\n\r\n";
}

std::vector<Fault> status_lines() {
  return {
      answers("version-09", "'HTTP/0.9 200'", ok("HTTP/0.9 200 OK"), passed(200)),
      answers("version-12", "'HTTP/1.2 200'", ok("HTTP/1.2 200 OK"), passed(200)),
      answers("version-30", "'HTTP/3.0 200'", ok("HTTP/3.0 200 OK"), passed(200)),
      answers("version-lower-case", "'http/1.1 200'", ok("http/1.1 200 OK"), protocol_error()),
      answers("version-no-minor", "'HTTP/1 200'", ok("HTTP/1 200 OK"), protocol_error()),
      answers("version-two-digits", "'HTTP/1.10 200'", ok("HTTP/1.10 200 OK"), protocol_error()),
      answers("blank-line-first", "a blank line before the status line", ok("\r\nHTTP/1.1 200 OK"),
              protocol_error()),
      answers("status-two-spaces", "two spaces before the status", ok("HTTP/1.1  200 OK"),
              passed(200)),
      answers("status-tab", "a tab before the status", ok("HTTP/1.1\t200 OK"), passed(200)),
      answers("status-600", "answers status 600", ok("HTTP/1.1 600 Odd"), passed(600)),
      answers("status-1000", "answers status 1000", ok("HTTP/1.1 1000 Odd"), passed(1000)),
      answers("status-letters", "answers status 2x0", ok("HTTP/1.1 2x0 Odd"), protocol_error()),
      answers("status-negative", "answers status -200", ok("HTTP/1.1 -200 Odd"), protocol_error()),
      answers("reason-high-byte", "a byte above 0x7f in the reason", ok("HTTP/1.1 200 \xe9"),
              passed(200)),
      answers("reason-nul", "NUL in the reason", ok(std::string("HTTP/1.1 200 a\0b", 16)),
              protocol_error()),
      answers("reason-long", "a reason of 4 KiB", ok("HTTP/1.1 200 " + std::string(4096, 'r')),
              passed(200)),
  };
}

std::vector<Fault> header_lines() {
  return {
      answers("head-81920", "a head of exactly 81,920 bytes", head_of(81920), passed(200)),
      answers("head-81921", "a head of 81,921 bytes", head_of(81921), protocol_error()),
      answers("tab-in-value", "a tab in a header", with("x: a\tb"), passed(200)),
      answers("bare-cr-in-value", "a bare CR in a header", with("x: a\rb"), passed(200)),
      answers("del-in-value", "DEL in a header", with("x: a\x7f"), protocol_error()),
      answers("percent-in-name", "'%' in a header name", with("x%y: a"), passed(200)),
      answers("underscore-in-name", "'_' in a header name", with("x_y: a"), passed(200)),
      answers("slash-in-name", "'/' in a header name", with("x/y: a"), protocol_error()),
      answers("high-byte-in-name", "a byte above 0x7f in a header name", with("x\xe9: a"),
              protocol_error()),
      answers("tab-before-colon", "a tab before the colon", with("x\t: a"), protocol_error()),
      answers("fold-first", "a folded line before any header",
              "HTTP/1.1 200 OK\r\n folded\r\ncontent-length: 0\r\n\r\n", protocol_error()),
      answers("empty-value", "a header without a value", with("x:"), passed(200)),
      answers("lf-in-crlf-head", "LF alone among CRLF lines",
              "HTTP/1.1 200 OK\r\nx: y\ncontent-length: 3\r\n\r\nok\n", passed(200)),
      answers("colon-in-name-field", "':status' as a header", with(":status: 500"),
              protocol_error()),
      answers("connection-upgrade", "connection: upgrade without 101", with("connection: upgrade"),
              passed(200)),
  };
}

std::vector<Fault> lengths() {
  return {
      answers("length-zeros", "content-length: 0003", length(" 0003"), passed(200)),
      answers("length-no-space", "content-length:3", length("3"), passed(200)),
      answers("length-trailing-space", "a space after content-length", length(" 3 "), passed(200)),
      answers("length-empty", "content-length without a value", length(" "), protocol_error()),
      answers("length-plus", "content-length: +3", length(" +3"), protocol_error()),
      answers("length-list", "content-length: 3, 3", length(" 3, 3"), protocol_error()),
      answers("length-hexadecimal", "content-length: 0x3", length(" 0x3"), protocol_error()),
      answers("length-decimal-point", "content-length: 3.0", length(" 3.0"), protocol_error()),
      answers("length-2-64", "content-length: 2^64", length(" 18446744073709551616"),
              protocol_error()),
      ends("length-2-63", "content-length: 2^63, then FIN", length(" 9223372036854775808"),
           steps::fin(), cut()),
      answers("304-without-length", "304 without a length", "HTTP/1.1 304 Not Modified\r\n\r\n",
              passed(304)),
      answers("204-with-length-0", "204 with content-length: 0",
              "HTTP/1.1 204 No Content\r\ncontent-length: 0\r\n\r\n", passed(204)),
      answers("205-with-body", "205 with a body",
              "HTTP/1.1 205 Reset Content\r\ncontent-length: 3\r\n\r\nok\n", passed(205)),
      asked_by("HEAD", answers("head-with-length", "HEAD: content-length and no body",
                               length(" 1000", ""), passed(200))),
      asked_by("HEAD",
               answers("head-with-body", "HEAD: a body all the same", length(" 3"), passed(200))),
      asked_by("HEAD",
               answers("head-chunked", "HEAD: chunked and no body", chunks(""), passed(200))),
      asked_by("HEAD", answers("head-no-length", "HEAD: no length and an open connection",
                               "HTTP/1.1 200 OK\r\n\r\n", passed(200))),
      asked_by("OPTIONS", answers("options-204", "OPTIONS: 204",
                                  "HTTP/1.1 204 No Content\r\nallow: GET\r\n\r\n", passed(204))),
  };
}

std::vector<Fault> codings() {
  return {
      answers("coding-upper-case", "transfer-encoding: CHUNKED", coding("CHUNKED"), passed(200)),
      answers("coding-identity", "transfer-encoding: identity", coding("identity", "ok\n"),
              protocol_error()),
      answers("coding-two", "transfer-encoding: gzip, chunked", coding("gzip, chunked"),
              protocol_error()),
      answers("coding-twice", "chunked twice",
              "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\ntransfer-encoding: chunked\r\n\r\n",
              protocol_error()),
      answers("coding-quoted", "transfer-encoding: \"chunked\"", coding("\"chunked\""),
              protocol_error()),
      answers("coding-empty", "transfer-encoding without a value", coding(""), protocol_error()),
      answers("coding-on-204", "204, chunked",
              "HTTP/1.1 204 No Content\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
              protocol_error()),
      answers("coding-on-304", "304, chunked",
              "HTTP/1.1 304 Not Modified\r\ntransfer-encoding: chunked\r\n\r\n", passed(304)),
      answers("coding-on-103", "103, chunked, then 200",
              "HTTP/1.1 103 Early Hints\r\ntransfer-encoding: chunked\r\n\r\n" + ok_reply(),
              protocol_error()),
      answers("length-on-103", "103 with content-length, then 200",
              "HTTP/1.1 103 Early Hints\r\ncontent-length: 0\r\n\r\n" + ok_reply(), passed(200)),
      answers("coding-in-10", "HTTP/1.0, chunked",
              "HTTP/1.0 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nok\n\r\n0\r\n\r\n",
              passed(200)),
      answers("chunk-surplus", "bytes between a chunk and its end of line",
              chunks("3\r\nok\nsurplus\r\n0\r\n\r\n"), passed(200)),
      answers("chunk-size-upper-case", "a chunk's size in upper case",
              chunks("A\r\n0123456789\r\n0\r\n\r\n"), passed(200)),
      answers("chunk-size-zeros", "a chunk's size with leading zeros",
              chunks("0003\r\nok\n\r\n0\r\n\r\n"), passed(200)),
      answers("chunk-size-0x", "a chunk's size of 0x3", chunks("0x3\r\nok\n\r\n0\r\n\r\n"), cut()),
      answers("chunk-size-2-64", "a chunk's size of 2^64",
              chunks("10000000000000000\r\nok\n\r\n0\r\n\r\n"), cut()),
      answers("chunk-size-negative", "a chunk's size of -3", chunks("-3\r\nok\n\r\n0\r\n\r\n"),
              cut()),
      answers("chunk-size-empty", "a chunk without a size", chunks("\r\nok\n\r\n0\r\n\r\n"), cut()),
      answers("chunk-lf", "chunk lines that end with LF alone", chunks("3\nok\n\n0\n\n"), cut()),
      answers("trailer-bad", "a trailer line without a colon",
              chunks("3\r\nok\n\r\n0\r\nnocolon\r\n\r\n"), cut()),
      answers(
          "trailers-90k", "a trailer of 90 KiB",
          chunks("3\r\nok\n\r\n0\r\nx: " + std::string(std::size_t{90} * 1024, 'a') + "\r\n\r\n"),
          cut()),
      ends("chunks-cut-in-size", "FIN within a chunk's size", chunks("3\r\nok\n\r\n1"),
           steps::fin(), cut()),
      ends("chunks-cut-before-end", "FIN before the last empty line", chunks("3\r\nok\n\r\n0\r\n"),
           steps::fin(), cut()),
      ends("chunks-reset", "RST after a chunk", chunks("3\r\nok\n\r\n"), steps::rst(), cut()),
  };
}

std::vector<Fault> interim_answers() {
  const std::string hints = "HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n";
  const Expected late_error{502, "UPE", after("protocol_error")};
  std::string many;
  for (int i = 0; i < 20; ++i) {
    many += hints;
  }
  return {
      answers("103-then-garbage", "103, then garbage", hints + "garbage\r\n\r\n", late_error),
      answers("103-twenty-times", "103 twenty times, then 200", many + ok_reply(), passed(200)),
      answers("100-103-200", "100, 103, then 200",
              "HTTP/1.1 100 Continue\r\n\r\n" + hints + ok_reply(), passed(200)),
      answers("199-then-200", "199, then 200", "HTTP/1.1 199 Odd\r\n\r\n" + ok_reply(),
              passed(200)),
      answers("103-then-500", "103, then 500",
              hints + reply("500 Internal Server Error", {}, "down\n"), passed(500)),
      ends("103-then-part", "103, then half of a head and FIN", hints + "HTTP/1.1 2", steps::fin(),
           late_error),
      ends("103-then-reset", "103, then RST", hints, steps::rst(),
           {503, "UC", after("connection_termination")}),
  };
}

std::vector<Fault> other_protocols() {
  // SETTINGS, and GOAWAY with PROTOCOL_ERROR.
  const std::string http2("\0\0\0\4\0\0\0\0\0\0\0\x8\7\0\0\0\0\0\0\0\0\0\0\0\0\1", 26);
  return {
      answers("http2-server", "an HTTP/2 server: SETTINGS and GOAWAY", http2, protocol_error()),
      answers("redis", "a Redis server", "-ERR unknown command 'GET'\r\n", protocol_error()),
      answers("mysql", "a MySQL server", std::string("J\0\0\0\n8.0.36\0", 12), protocol_error()),
      answers("icy", "an Icecast server: 'ICY 200 OK'", "ICY 200 OK\r\n\r\n", protocol_error()),
      answers("rtsp", "an RTSP server", "RTSP/1.0 200 OK\r\n\r\n", protocol_error()),
      answers("html-first", "HTML without a head", "<!DOCTYPE html>\r\n\r\n", protocol_error()),
      answers("byte-order-mark", "a byte order mark before the status line",
              "\xef\xbb\xbf" + ok_reply(), protocol_error()),
  };
}

}  // namespace

std::vector<Fault> http1_edge_faults() {
  std::vector<Fault> out;
  for (auto part :
       {status_lines, header_lines, lengths, codings, interim_answers, other_protocols}) {
    for (Fault& fault : part()) {
      out.push_back(std::move(fault));
    }
  }
  return out;
}

}  // namespace prober::simulator

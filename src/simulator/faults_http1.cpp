#include "simulator/outcomes.h"
#include "simulator/replies.h"

namespace prober::simulator {
namespace {

Fault http(std::string name, std::string does, Script script, Expected expected) {
  Fault out;
  out.name = std::move(name);
  out.does = std::move(does);
  out.upstreams = {plain(std::move(script))};
  out.expected = {std::move(expected)};
  return out;
}

// Reads the request, sends the bytes and keeps the connection open.
Fault answers(std::string name, std::string does, std::string bytes, Expected expected) {
  return http(std::move(name), std::move(does),
              {steps::read_request(), steps::send(std::move(bytes)), steps::hang()},
              std::move(expected));
}

std::string with_header(const std::string& line) {
  return reply("200 OK", {line});
}

std::string many_headers(int count, std::size_t size) {
  std::vector<std::string> lines;
  lines.reserve(static_cast<std::size_t>(count));
  for (int i = 0; i < count; ++i) {
    lines.push_back("x" + std::to_string(i) + ": " + std::string(size, 'a'));
  }
  return reply("200 OK", lines);
}

std::string all_bytes() {
  std::string out;
  for (int i = 0; i < 256; ++i) {
    out += static_cast<char>(i);
  }
  return out;
}

constexpr char kChunked[] = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n";
constexpr char kPart[] = "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n0123456789";

std::vector<Fault> statuses() {
  std::vector<Fault> out;
  const std::pair<int, const char*> table[] = {
      {200, "OK"},          {301, "Moved Permanently"},   {401, "Unauthorized"},
      {404, "Not Found"},   {429, "Too Many Requests"},   {500, "Internal Server Error"},
      {502, "Bad Gateway"}, {503, "Service Unavailable"}, {504, "Gateway Timeout"},
      {999, "Odd"}};
  for (const auto& [status, reason] : table) {
    const std::string text = std::to_string(status) + " " + reason;
    out.push_back(http("answers-" + std::to_string(status), "answers " + text,
                       {steps::read_request(), steps::send(reply(text, {}, "from the upstream\n")),
                        steps::repeat()},
                       outcomes::passed(status)));
  }
  out.front().name = "healthy";
  out.front().demo = true;
  out[5].demo = true;
  return out;
}

std::vector<Fault> sound_answers() {
  using namespace outcomes;
  using namespace steps;
  return {
      http("http10-until-close", "HTTP/1.0, the body ends with the connection",
           {read_request(), send("HTTP/1.0 200 OK\r\n\r\nok\n"), fin()}, passed(200)),
      http("http11-until-close", "no length, the body ends with the connection",
           {read_request(), send("HTTP/1.1 200 OK\r\n\r\nok\n"), fin()}, passed(200)),
      http("http11-until-reset", "no length, the body ends with a reset",
           {read_request(), send("HTTP/1.1 200 OK\r\n\r\nok\n"), sleep(100), rst()}, passed(200)),
      answers("bare-lf", "lines end with LF alone", "HTTP/1.1 200 OK\ncontent-length: 3\n\nok\n",
              passed(200)),
      answers("surplus", "bytes beyond content-length", ok_reply() + "surplus", passed(200)),
      answers("two-answers", "answers one request twice", ok_reply() + ok_reply(), passed(200)),
      answers("no-reason-phrase", "a status line without a reason",
              "HTTP/1.1 200\r\ncontent-length: 3\r\n\r\nok\n", passed(200)),
      answers("304-with-length", "304 with content-length and body",
              "HTTP/1.1 304 Not Modified\r\ncontent-length: 3\r\n\r\nok\n", passed(304)),
      answers("folded-header", "a folded header line", with_header("x: a\r\n b"), passed(200)),
      answers("high-byte", "a byte above 0x7f in a header", with_header("x: a\xe9"), passed(200)),
      answers("http20-text", "'HTTP/2.0 200 OK' in HTTP/1 form",
              "HTTP/2.0 200 OK\r\ncontent-length: 3\r\n\r\nok\n", passed(200)),
      answers("headers-70k", "70 headers of 1 KiB", many_headers(70, 1024), passed(200)),
      answers("headers-100", "exactly 100 header lines", many_headers(99, 1), passed(200)),
      answers("status-099", "answers status 099", "HTTP/1.1 099 Odd\r\ncontent-length: 0\r\n\r\n",
              passed(99)),
      answers("100-then-200", "100 Continue, then 200",
              "HTTP/1.1 100 Continue\r\n\r\n" + ok_reply(), passed(200)),
      answers("103-then-200", "103 Early Hints, then 200",
              "HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n" + ok_reply(), passed(200)),
      answers(
          "101-unasked", "101 without being asked",
          "HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n",
          passed(101)),
      answers("chunked-trailers", "a chunked body with trailers",
              std::string(kChunked) + "3\r\nok\n\r\n0\r\nx: y\r\n\r\n", passed(200)),
      answers("chunk-extension", "chunks with extensions",
              std::string(kChunked) + "3;a=b\r\nok\n\r\n0\r\n\r\n", passed(200)),
      http(
          "tls-server-answers-in-plain", "http:// to a TLS server that answers 400 in plain text",
          {read_request(),
           send(
               "HTTP/1.0 400 Bad Request\r\n\r\nClient sent an HTTP request to an HTTPS server.\n"),
           fin()},
          passed(400)),
  };
}

std::vector<Fault> broken_heads() {
  using namespace outcomes;
  using namespace steps;
  std::vector<Fault> out = {
      http("http09", "a bare body, as in HTTP/0.9",
           {read_request(), send("<html>hello</html>\n"), fin()}, protocol_error()),
      answers("204-with-body", "204 with a body",
              "HTTP/1.1 204 No Content\r\ncontent-length: 3\r\n\r\nok\n", protocol_error()),
      answers("garbage", "'garbage' for a status line", "garbage\r\n\r\n", protocol_error()),
      answers("binary", "binary bytes", all_bytes(), protocol_error()),
      http("ssh-banner", "an SSH server", {send("SSH-2.0-OpenSSH_9.6\r\n"), hang()},
           protocol_error()),
      http("smtp-banner", "an SMTP server", {send("220 mail ESMTP\r\n"), hang()}, protocol_error()),
      http("tls-alert-in-plain", "http:// to a TLS server that sends an alert",
           {read_request(), send(std::string("\x15\x03\x01\x00\x02\x02\x46", 7)), fin()},
           protocol_error()),
      http("partial-status-line", "'HTTP/1.1 2', then FIN",
           {read_request(), send("HTTP/1.1 2"), fin()}, protocol_error()),
      http("partial-status-line-reset", "'HTTP/1.1 2', then RST",
           {read_request(), send("HTTP/1.1 2"), sleep(100), rst()}, protocol_error()),
      http("partial-headers", "half of the headers, then FIN",
           {read_request(), send("HTTP/1.1 200 OK\r\ncontent-le"), fin()}, protocol_error()),
      answers("headers-90k", "90 headers of 1 KiB", many_headers(90, 1024), protocol_error()),
      answers("header-90k", "a header of 90 KiB",
              with_header("x: " + std::string(std::size_t{90} * 1024, 'a')), protocol_error()),
      answers("headers-101", "101 header lines", many_headers(100, 1), protocol_error()),
      answers("nul-in-value", "NUL in a header", with_header(std::string("x: a\0b", 6)),
              protocol_error()),
      answers("control-in-value", "a control character in a header",
              with_header("x: a\x01"
                          "b"),
              protocol_error()),
      answers("space-in-name", "a space in a header name", with_header("x y: a"), protocol_error()),
      answers("space-before-colon", "a space before the colon", with_header("x : a"),
              protocol_error()),
      answers("no-colon", "a header line without a colon", with_header("nocolon"),
              protocol_error()),
      answers("empty-name", "an empty header name", with_header(": a"), protocol_error()),
      answers("length-twice", "content-length twice, equal", with_header("content-length: 0"),
              protocol_error()),
      answers("length-twice-different", "content-length twice, different",
              with_header("content-length: 5"), protocol_error()),
      answers("length-no-number", "content-length: abc",
              "HTTP/1.1 200 OK\r\ncontent-length: abc\r\n\r\n", protocol_error()),
      answers("length-negative", "content-length: -1",
              "HTTP/1.1 200 OK\r\ncontent-length: -1\r\n\r\n", protocol_error()),
      answers("length-and-chunked", "content-length beside chunked",
              "HTTP/1.1 200 OK\r\ncontent-length: 3\r\ntransfer-encoding: "
              "chunked\r\n\r\n3\r\nok\n\r\n0\r\n\r\n",
              protocol_error()),
      answers("unknown-coding", "transfer-encoding: gzip",
              "HTTP/1.1 200 OK\r\ntransfer-encoding: gzip\r\n\r\nok\n", protocol_error()),
      http("100-then-close", "100 Continue, then FIN",
           {read_request(), send("HTTP/1.1 100 Continue\r\n\r\n"), fin()},
           {503, "UC", after("connection_termination")}),
      http("103-then-close", "103 Early Hints, then FIN",
           {read_request(), send("HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n"), fin()},
           {503, "UC", after("connection_termination")}),
  };
  out[19].demo = true;
  return out;
}

std::vector<Fault> broken_bodies() {
  using namespace outcomes;
  using namespace steps;
  std::vector<Fault> out = {
      http("short-body", "10 of 100 bytes, then FIN", {read_request(), send(kPart), fin()}, cut()),
      http("short-body-late", "10 of 100 bytes, FIN later",
           {read_request(), send(kPart), sleep(200), fin()}, cut()),
      http("short-body-reset", "10 of 100 bytes, then RST",
           {read_request(), send(kPart), sleep(200), rst()}, cut()),
      http("chunks-cut", "no last chunk, then FIN",
           {read_request(), send(std::string(kChunked) + "3\r\nok\n\r\n"), fin()}, cut()),
      answers("chunk-size-wrong", "'zz' for a chunk's size",
              std::string(kChunked) + "zz\r\nok\n\r\n", cut()),
      http("chunk-size-wrong-late", "a good chunk, then 'zz'",
           {read_request(), send(std::string(kChunked) + "3\r\nok\n\r\n"), sleep(200),
            send("zz\r\n"), hang()},
           cut()),
  };
  out.front().demo = true;
  return out;
}

}  // namespace

std::vector<Fault> http1_faults() {
  std::vector<Fault> out;
  for (auto part : {statuses, sound_answers, broken_heads, broken_bodies}) {
    for (Fault& fault : part()) {
      out.push_back(std::move(fault));
    }
  }
  return out;
}

}  // namespace prober::simulator

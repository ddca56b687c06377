// HTTP/2 frames at the edge of what Envoy takes: limits, floods, states and header rules.

#include <algorithm>

#include "simulator/h2_frames.h"
#include "simulator/outcomes.h"
#include "simulator/replies.h"

namespace prober::simulator {
namespace {

using namespace outcomes;
using namespace steps;
using namespace h2;

const Fields kOk = {{":status", "200"}};

// SETTINGS, the request, the frames, and then an open connection. Every other fault goes over TLS,
// where nothing but the way there differs.
class Table {
 public:
  Fault& add(const std::string& name, std::string does, const std::string& frames,
             Expected expected) {
    return play(name, std::move(does), {send(settings()), read_stream(), send(frames), hang()},
                std::move(expected));
  }

  Fault& play(const std::string& name, std::string does, Script script, Expected expected) {
    Fault fault;
    const bool tls = out_.size() % 2 == 1;
    fault.name = (tls ? "h2-" : "h2c-") + name;
    fault.does = std::move(does) + (tls ? " (HTTP/2 over TLS)" : " (h2c)");
    fault.scheme = tls ? "https" : "h2c";
    fault.upstreams = {tls ? over_tls({.alpn = {"h2"}}, std::move(script))
                           : plain(std::move(script))};
    fault.expected = {std::move(expected)};
    return out_.emplace_back(std::move(fault));
  }

  std::vector<Fault> take() { return std::move(out_); }

 private:
  std::vector<Fault> out_;
};

Expected reset_with(const std::string& reason) {
  return {503, "UR", before(reason)};
}

std::string number(std::uint32_t value) {
  std::string out;
  for (int shift = 24; shift >= 0; shift -= 8) {
    out += static_cast<char>(value >> shift & 0xff);
  }
  return out;
}

std::string setting(std::uint8_t id, std::uint32_t value) {
  return frame(kSettings, 0, 0, std::string{'\0', static_cast<char>(id)} + number(value));
}

std::string times(std::size_t count, const std::string& text) {
  std::string out;
  for (std::size_t i = 0; i < count; ++i) {
    out += text;
  }
  return out;
}

std::string answer(const Fields& more, const std::string& body = "ok\n") {
  Fields fields = kOk;
  fields.insert(fields.end(), more.begin(), more.end());
  return headers(fields, false) + data(body, true);
}

// A header list of so many bytes of names and values, `:status` included.
Fields list_of(std::size_t bytes) {
  Fields out = kOk;
  std::size_t left = bytes - 10;  // ":status" and "200"
  while (left > 0) {
    const std::string name = "x" + std::to_string(out.size());
    const std::size_t value = std::min<std::size_t>(left - name.size(), 1000);
    out.emplace_back(name, std::string(value, 'a'));
    left -= name.size() + value;
    if (left > 0 && left <= name.size() + 1) {  // no room for another field
      out.back().second += std::string(left, 'a');
      left = 0;
    }
  }
  return out;
}

Fields fields_of(std::size_t count) {
  Fields out = kOk;
  while (out.size() < count) {
    out.emplace_back("x" + std::to_string(out.size()), "a");
  }
  return out;
}

void header_rules(Table& table) {
  table.add("list-61440", "a header list of 61,440 bytes", headers(list_of(61440), true),
            passed(200));
  table.add("list-61441", "a header list of 61,441 bytes", headers(list_of(61441), true),
            reset_with("remote_reset"));
  table.add("fields-100", "100 header fields", headers(fields_of(100), true), passed(200));
  table.add("fields-101", "101 header fields", headers(fields_of(101), true),
            reset_with("remote_reset"));
  table.add("field-66k", "a header of 66 KiB",
            headers({{":status", "200"}, {"x", std::string(std::size_t{66} * 1024, 'a')}}, true),
            protocol_error());
  table.add("status-twice", ":status twice",
            headers({{":status", "200"}, {":status", "200"}}, true), protocol_error());
  table.add("status-late", ":status after another header",
            headers({{"x", "y"}, {":status", "200"}}, true), protocol_error());
  table.add("status-letters", ":status 2x0", headers({{":status", "2x0"}}, true), protocol_error());
  table.add("status-four-digits", ":status 2000", headers({{":status", "2000"}}, true),
            protocol_error());
  table.add("status-099", ":status 099", headers({{":status", "099"}}, true), passed(99));
  table.add("status-999", ":status 999", headers({{":status", "999"}}, true), passed(999));
  table.add("status-101", ":status 101", headers({{":status", "101"}}, false), protocol_error());
  table.add("request-pseudo", ":path in an answer",
            headers({{":status", "200"}, {":path", "/"}}, true), protocol_error());
  table.add("unknown-pseudo", ":unknown in an answer",
            headers({{":status", "200"}, {":unknown", "x"}}, true), protocol_error());
  table.add("te-header", "te: gzip in an answer", answer({{"te", "gzip"}}), protocol_error());
  table.add("transfer-encoding", "transfer-encoding in an answer",
            answer({{"transfer-encoding", "chunked"}}), protocol_error());
  table.add("keep-alive-header", "keep-alive in an answer", answer({{"keep-alive", "timeout=5"}}),
            protocol_error());
  table.add("upgrade-header", "upgrade in an answer", answer({{"upgrade", "h2c"}}),
            protocol_error());
  table.add("space-in-name", "a space in a header name", answer({{"x y", "a"}}), protocol_error());
  table.add("empty-name", "an empty header name", answer({{"", "a"}}), protocol_error());
  table.add("lf-in-value", "LF in a header", answer({{"x", "a\nb"}}), protocol_error());
  table.add("nul-in-value", "NUL in a header", answer({{"x", std::string("a\0b", 3)}}),
            protocol_error());
  table.add("high-byte", "a byte above 0x7f in a header", answer({{"x", "a\xe9"}}), passed(200));
  table.add("space-around-value", "spaces around a value", answer({{"x", " a "}}), passed(200));
  table.add("length-twice", "content-length twice",
            answer({{"content-length", "3"}, {"content-length", "3"}}), protocol_error());
  table.add("length-letters", "content-length: abc", answer({{"content-length", "abc"}}),
            protocol_error());
  table.add("length-ok", "content-length as the body is", answer({{"content-length", "3"}}),
            passed(200));
  table.add("length-too-short", "3 bytes where content-length says 2",
            answer({{"content-length", "2"}}), cut());
  table.add("length-204", "204 with a body",
            headers({{":status", "204"}}, false) + data("ok\n", true),
            {204, "UPE", after("protocol_error")});
}

void states(Table& table) {
  const std::string ok = headers(kOk, false);
  table.add("trailers", "a body and trailers",
            ok + data("ok\n", false) + headers({{"x-checksum", "42"}}, true), passed(200));
  table.add("trailers-open", "trailers without END_STREAM",
            ok + data("ok\n", false) + headers({{"x-checksum", "42"}}, false), cut());
  table.add("trailers-status", ":status in trailers",
            ok + data("ok\n", false) + headers({{":status", "200"}}, true), cut());
  table.add("padded", "a padded DATA frame",
            ok + frame(kData, kEndStream | 8, 1, std::string("\3ok\n\0\0\0", 7)), passed(200));
  table.add("padding-too-long", "padding beyond the frame",
            ok + frame(kData, kEndStream | 8, 1, std::string("\x30ok\n", 4)), cut());
  table.add("unknown-frame", "a frame of an unknown type before the answer",
            frame(0xbe, 0, 1, "what?") + answer({}), passed(200));
  table.add("altsvc-frame", "an ALTSVC frame before the answer",
            frame(10, 0, 0, std::string("\0\1ah2=\":443\"", 12)) + answer({}), passed(200));
  table.add("103-then-200", "103, then 200",
            headers({{":status", "103"}, {"link", "</a>"}}, false) + answer({}), passed(200));
  table.add("100-then-200", "100, then 200", headers({{":status", "100"}}, false) + answer({}),
            passed(200));
  table.add("103-with-end", "103 with END_STREAM", headers({{":status", "103"}}, true),
            protocol_error());
  table.add("103-then-reset", "103, then RST_STREAM INTERNAL_ERROR",
            headers({{":status", "103"}}, false) + rst_stream(2),
            {503, "UR", after("remote_reset")});
  table.add("push", "PUSH_PROMISE, which was refused",
            frame(kSettings, 1, 0, "") + frame(5, kEndHeaders, 1, number(2)) + answer({}),
            protocol_error());
  table.add("headers-on-even", "HEADERS on stream 2", headers(kOk, true, 2), protocol_error());
  table.add("headers-on-3", "HEADERS on a stream that was not opened", headers(kOk, true, 3),
            protocol_error());
  table.add("data-on-0", "DATA on stream 0", data("x", false, 0), protocol_error());
  table.add("data-on-3", "DATA on a stream that was not opened", data("x", false, 3),
            protocol_error());
  table.add("continuation-first", "CONTINUATION without HEADERS",
            frame(kContinuation, kEndHeaders, 1, ""), protocol_error());
  table.add("headers-interrupted", "PING amid HEADERS and CONTINUATION",
            frame(kHeaders, 0, 1, "\x88") + frame(kPing, 0, 0, std::string(8, 'p')),
            protocol_error());
  table.add("continuation", "HEADERS and CONTINUATION",
            frame(kHeaders, kEndStream, 1, "") + frame(kContinuation, kEndHeaders, 1, "\x88"),
            passed(200));
  table.add("self-dependency", "HEADERS that depend on themselves",
            frame(kHeaders, kEndStream | kEndHeaders | 32, 1, number(1) + "\x10\x88"), passed(200));
  table.add("priority", "HEADERS with priority",
            frame(kHeaders, kEndStream | kEndHeaders | 32, 1, number(0) + "\x10\x88"), passed(200));
  table.add("reset-connect-error", "RST_STREAM CONNECT_ERROR", rst_stream(10),
            reset_with("remote_error_with_CONNECT_request"));
  table.add("reset-unknown-code", "RST_STREAM with code 99", rst_stream(99),
            reset_with("remote_reset"));
  table.add("reset-on-0", "RST_STREAM on stream 0", rst_stream(8, 0), protocol_error());
  table.add("reset-on-3", "RST_STREAM on a stream that was not opened", rst_stream(8, 3),
            protocol_error());
  table.add("reset-after-end", "an answer, then RST_STREAM NO_ERROR", answer({}) + rst_stream(0),
            passed(200));
  table.add("goaway-error", "GOAWAY ENHANCE_YOUR_CALM that names the request, then the answer",
            goaway(1, 11) + answer({}), passed(200));
  table.add("goaway-far", "GOAWAY with the last stream 2^31-1, then the answer",
            goaway(0x7fffffff, 0) + answer({}), passed(200));
}

void windows_and_settings(Table& table) {
  table.add("window-update-0", "WINDOW_UPDATE of 0 for the stream", frame(8, 0, 1, number(0)),
            protocol_error());
  table.add("window-update-0-connection", "WINDOW_UPDATE of 0 for the connection",
            frame(8, 0, 0, number(0)), protocol_error());
  table.add("window-overflow", "WINDOW_UPDATE beyond 2^31-1", frame(8, 0, 1, number(0x7fffffff)),
            protocol_error());
  table.add("window-overflow-connection", "WINDOW_UPDATE beyond 2^31-1 for the connection",
            frame(8, 0, 0, number(0x7fffffff)), protocol_error());
  table.add("window-filled", "80 KiB of body at once, and no end",
            headers(kOk, false) + times(5, data(std::string(16384, 'x'), false)),
            {200, "UT", "response_timeout"});
  table.add("settings-odd-length", "SETTINGS of 5 bytes", frame(kSettings, 0, 0, "12345"),
            protocol_error());
  table.add("settings-ack-payload", "SETTINGS ACK with a payload",
            frame(kSettings, 1, 0, std::string(6, '\0')), protocol_error());
  table.add("settings-push-2", "SETTINGS_ENABLE_PUSH 2", setting(2, 2), protocol_error());
  table.add("settings-window-large", "SETTINGS_INITIAL_WINDOW_SIZE 2^31", setting(4, 0x80000000),
            protocol_error());
  table.add("settings-frame-small", "SETTINGS_MAX_FRAME_SIZE 100", setting(5, 100),
            protocol_error());
  table.add("settings-unknown", "an unknown setting, then the answer",
            setting(0xee, 1) + answer({}), passed(200));
  table.add("ping-short", "PING of 7 bytes", frame(kPing, 0, 0, std::string(7, 'p')),
            protocol_error());
  table.add("ping-on-stream", "PING on a stream", frame(kPing, 0, 1, std::string(8, 'p')),
            protocol_error());
  table.add("ping-then-answer", "PING, then the answer",
            frame(kPing, 0, 0, std::string(8, 'p')) + answer({}), passed(200));
  table.play("no-streams", "SETTINGS_MAX_CONCURRENT_STREAMS 0",
             {send(setting(3, 0)), read_stream(), send(answer({})), hang()}, passed(200));
  table.add("goaway-short", "GOAWAY of 4 bytes", frame(kGoaway, 0, 0, number(1)), protocol_error());
  table.add("reset-short", "RST_STREAM of 3 bytes", frame(kRstStream, 0, 1, "abc"),
            protocol_error());
  table.add("hpack-bad-index", "a header index that does not exist",
            frame(kHeaders, kEndStream | kEndHeaders, 1, "\xfe"), protocol_error());
  table.add("hpack-cut", "a header block that ends in a string",
            frame(kHeaders, kEndStream | kEndHeaders, 1, std::string("\0\5ab", 4)),
            protocol_error());
  table.add("hpack-table-size", "a table size update beyond the limit",
            frame(kHeaders, kEndStream | kEndHeaders, 1, "\x3f\xe1\xff\x03\x88"), protocol_error());
}

void floods(Table& table) {
  const std::string ok = headers(kOk, false);
  table.add("empty-data-2", "two empty DATA frames in a row",
            ok + times(2, data("", false)) + data("ok\n", true), cut());
  table.add("empty-data-1", "one empty DATA frame", ok + data("", false) + data("ok\n", true),
            passed(200));
  table.add("ping-flood", "2,000 PINGs", times(2000, frame(kPing, 0, 0, std::string(8, 'p'))),
            protocol_error());
  table.add("settings-flood", "2,000 SETTINGS", times(2000, settings()), protocol_error());
  table.add("priority-flood", "300 PRIORITY frames", times(300, frame(2, 0, 1, number(0) + "\x10")),
            protocol_error());
  table.add("window-update-flood", "100 WINDOW_UPDATE frames",
            times(100, frame(8, 0, 0, number(1))), protocol_error());
  table.add("continuation-flood", "2,000 empty CONTINUATION frames",
            frame(kHeaders, 0, 1, "\x88") + times(2000, frame(kContinuation, 0, 1, "")),
            protocol_error());
}

}  // namespace

std::vector<Fault> http2_edge_faults() {
  Table table;
  header_rules(table);
  states(table);
  windows_and_settings(table);
  floods(table);
  return table.take();
}

}  // namespace prober::simulator

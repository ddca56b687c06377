#include "simulator/h2_frames.h"
#include "simulator/outcomes.h"
#include "simulator/replies.h"

namespace prober::simulator {
namespace {

using namespace outcomes;
using namespace steps;

const h2::Fields kOk = {{":status", "200"}};

// The same fault in clear text and over TLS with ALPN h2.
void both(std::vector<Fault>& out, const std::string& name, const std::string& does,
          const Script& script, const Expected& expected) {
  Fault clear;
  clear.name = "h2c-" + name;
  clear.does = does + " (h2c)";
  clear.scheme = "h2c";
  clear.upstreams = {plain(script)};
  clear.expected = {expected};
  Fault tls = clear;
  tls.name = "h2-" + name;
  tls.does = does + " (HTTP/2 over TLS)";
  tls.scheme = "https";
  tls.upstreams = {over_tls({.alpn = {"h2"}}, script)};
  out.push_back(std::move(clear));
  out.push_back(std::move(tls));
}

// SETTINGS, the request, the frames, and then an open connection.
Script after_request(const std::string& frames) {
  return {send(h2::settings()), read_stream(), send(frames), hang()};
}

Script then(const std::string& frames, const Step& end) {
  return {send(h2::settings()), read_stream(), send(frames), end};
}

Script started_then(const std::string& frames) {
  return {
      send(h2::settings()), read_stream(), send(h2::headers(kOk, false) + h2::data("part", false)),
      sleep(100),           send(frames),  hang()};
}

h2::Fields many(std::size_t count) {
  h2::Fields out = kOk;
  for (std::size_t i = 0; i < count; ++i) {
    out.emplace_back("x" + std::to_string(i), std::string(1000, 'a'));
  }
  return out;
}

void resets(std::vector<Fault>& out) {
  struct Code {
    const char* name;
    std::uint32_t code;
    Expected before_headers;
    Expected after_headers;
  };
  const Expected remote{503, "UR", before("remote_reset")};
  const Expected remote_late{200, "UR", after("remote_reset")};
  const Code codes[] = {
      {"no-error", 0, remote, remote_late},
      {"protocol-error", 1, protocol_error(), cut()},
      {"internal-error", 2, remote, remote_late},
      {"refused-stream",
       7,
       {503, "UR", before("remote_refused_stream_reset")},
       {200, "UR", after("remote_refused_stream_reset")}},
      {"cancel", 8, remote, remote_late},
      {"enhance-your-calm", 11, remote, remote_late},
  };
  for (const Code& one : codes) {
    both(out, std::string("reset-") + one.name,
         std::string("RST_STREAM ") + one.name + " before headers",
         after_request(h2::rst_stream(one.code)), one.before_headers);
    both(out, std::string("late-reset-") + one.name,
         std::string("headers, then RST_STREAM ") + one.name,
         started_then(h2::rst_stream(one.code)), one.after_headers);
  }
}

void connection_ends(std::vector<Fault>& out) {
  const Expected refused_stream{503, "UR", before("remote_refused_stream_reset")};
  const Expected late{200, "UC", after("connection_termination")};
  both(out, "goaway-refusing", "GOAWAY that leaves the request out",
       after_request(h2::goaway(0, 0)), refused_stream);
  both(out, "goaway-refusing-close", "GOAWAY that leaves the request out, then FIN",
       then(h2::goaway(0, 0), fin()), refused_stream);
  both(out, "goaway-processing", "GOAWAY that names the request, no answer",
       after_request(h2::goaway(1, 0)), timed_out());
  both(out, "goaway-processing-close", "GOAWAY that names the request, then FIN",
       then(h2::goaway(1, 0), fin()), terminated());
  both(out, "close-on-accept", "FIN on accept", {fin()}, terminated());
  both(out, "closes", "reads the request, then FIN", {send(h2::settings()), read_stream(), fin()},
       terminated());
  both(out, "resets", "reads the request, then RST", {send(h2::settings()), read_stream(), rst()},
       terminated());
  both(out, "closes-late", "headers, then FIN",
       {send(h2::settings()), read_stream(),
        send(h2::headers(kOk, false) + h2::data("part", false)), sleep(100), fin()},
       late);
  both(out, "resets-late", "headers, then RST",
       {send(h2::settings()), read_stream(),
        send(h2::headers(kOk, false) + h2::data("part", false)), sleep(100), rst()},
       late);
}

void answers(std::vector<Fault>& out) {
  const Expected too_large{503, "UR", before("remote_reset")};
  both(out, "ok", "answers 200", after_request(h2::headers(kOk, false) + h2::data("ok\n", true)),
       passed(200));
  both(out, "503", "answers 503", after_request(h2::headers({{":status", "503"}}, true)),
       passed(503));
  both(out, "never-answers", "never answers", {send(h2::settings()), read_stream(), hang()},
       timed_out());
  both(out, "no-settings", "sends nothing at all", {read_some(), hang()}, timed_out());
  both(out, "stalls", "headers and 4 bytes, then nothing",
       after_request(h2::headers(kOk, false) + h2::data("part", false)),
       {200, "UT", "response_timeout"});
  both(out, "garbage", "bytes that are no frame",
       {read_some(), send(std::string(64, '\xff')), hang()}, protocol_error());
  both(out, "answer-without-settings", "answers without SETTINGS",
       {read_stream(), send(h2::headers(kOk, true)), hang()}, protocol_error());
  both(out, "no-status", "headers without :status", after_request(h2::headers({{"x", "y"}}, true)),
       protocol_error());
  both(out, "upper-case", "a header name in upper case",
       after_request(h2::headers({{":status", "200"}, {"Bad", "y"}}, true)), protocol_error());
  both(out, "data-first", "DATA before HEADERS", after_request(h2::data("body", false)),
       protocol_error());
  both(out, "length-mismatch", "5 bytes where content-length says 100",
       after_request(h2::headers({{":status", "200"}, {"content-length", "100"}}, false) +
                     h2::data("short", true)),
       cut());
  both(out, "connection-header", "a connection header",
       after_request(h2::headers({{":status", "200"}, {"connection", "close"}}, true)),
       protocol_error());
  both(out, "frame-too-large", "a DATA frame beyond SETTINGS_MAX_FRAME_SIZE",
       after_request(h2::data(std::string(20000, 'x'), false)), protocol_error());
  both(out, "headers-50k", "50 headers of 1 KiB", after_request(h2::headers(many(50), true)),
       passed(200));
  both(out, "headers-70k", "70 headers of 1 KiB", after_request(h2::headers(many(70), true)),
       too_large);
  both(out, "settings-on-stream", "SETTINGS on a stream",
       after_request(h2::frame(h2::kSettings, 0, 1, "")), protocol_error());
}

}  // namespace

std::vector<Fault> http2_faults() {
  std::vector<Fault> out;
  answers(out);
  resets(out);
  connection_ends(out);
  Fault http1;
  http1.name = "h2c-to-http1";
  http1.does = "h2c:// to an HTTP/1 server";
  http1.scheme = "h2c";
  http1.upstreams = {
      plain({read_some(), send(reply("400 Bad Request", {"connection: close"}, "bad request\n")),
             fin()})};
  http1.expected = {protocol_error()};
  out.push_back(std::move(http1));
  for (Fault& fault : out) {
    fault.demo =
        fault.name == "h2c-late-reset-internal-error" || fault.name == "h2c-reset-refused-stream";
  }
  return out;
}

}  // namespace prober::simulator

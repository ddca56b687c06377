#include "simulator/outcomes.h"
#include "simulator/replies.h"

namespace prober::simulator {
namespace {

constexpr char kPart[] = "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n0123456789";

Fault timed(std::string name, std::string does, Script script, std::vector<std::string> route,
            Expected expected) {
  Fault out;
  out.name = std::move(name);
  out.does = std::move(does);
  out.upstreams = {plain(std::move(script))};
  out.route = std::move(route);
  out.expected = {std::move(expected)};
  return out;
}

// With a `proxy:` block in the route's own `probe:`.
Fault proxied(std::string name, std::string does, Script script, std::string proxy,
              Expected expected) {
  Fault out = timed(std::move(name), std::move(does), std::move(script), {}, std::move(expected));
  out.probe = {"proxy: {" + std::move(proxy) + "}"};
  return out;
}

Script silent() {
  return {steps::read_request(), steps::hang()};
}
Script stalls() {
  return {steps::read_request(), steps::send(kPart), steps::hang()};
}
Script drips() {
  return {steps::read_request(), steps::send("HTTP/1.1 200 OK\r\ncontent-length: 1000000\r\n\r\n"),
          steps::drip("x", 50)};
}

}  // namespace

std::vector<Fault> timeout_faults() {
  using namespace outcomes;
  using namespace steps;
  const std::string retry = "num_retries: 1, retry_on: \"5xx,connect-failure,reset\"";
  std::vector<Fault> out = {
      timed("never-answers", "reads the request and never answers", silent(), {"timeout: 1s"},
            timed_out()),
      timed("never-answers-idle", "never answers; idle_timeout is shorter than timeout", silent(),
            {"idle_timeout: 500ms"}, {504, "SI", "stream_idle_timeout"}),
      timed("never-answers-no-timeout", "never answers; timeout 0 with idle_timeout", silent(),
            {"timeout: 0s", "idle_timeout: 500ms"}, {504, "SI", "stream_idle_timeout"}),
      timed("headers-stall", "half of the headers, then nothing",
            {read_request(), send("HTTP/1.1 200 OK\r\ncontent-le"), hang()}, {}, timed_out()),
      timed("headers-drip", "headers byte by byte without end",
            {read_request(), send("HTTP/1.1 200 OK\r\nx: "), drip("a", 50)}, {}, timed_out()),
      timed("100-then-stall", "100 Continue, then nothing",
            {read_request(), send("HTTP/1.1 100 Continue\r\n\r\n"), hang()}, {}, timed_out()),
      timed("body-stalls", "headers and a part of the body, then nothing", stalls(), {},
            {200, "UT", "response_timeout"}),
      timed("body-drips", "a byte now and then, past the timeout", drips(), {},
            {200, "UT", "response_timeout"}),
      timed("body-stalls-idle", "a part of the body, then nothing past idle_timeout", stalls(),
            {"idle_timeout: 500ms"}, {200, "SI", "stream_idle_timeout"}),
      timed("status-20", "answers status 20 without a length",
            {read_request(), send("HTTP/1.1 20 OK\r\n\r\n"), hang()}, {},
            {20, "UT", "response_timeout"}),
      proxied("max-stream-duration", "never answers; the listener's max_stream_duration", silent(),
              "max_stream_duration: 500ms", {504, "", "max_duration_timeout"}),
      proxied("max-stream-duration-body", "drips; the listener's max_stream_duration", drips(),
              "max_stream_duration: 500ms", {200, "", "max_duration_timeout"}),
      proxied("upstream-max-stream-duration", "never answers; the cluster's max_stream_duration",
              silent(), "upstream_max_stream_duration: 500ms",
              {504, "UMSDR", "upstream_max_stream_duration_reached"}),
      proxied("upstream-max-stream-duration-body", "drips; the cluster's max_stream_duration",
              drips(), "upstream_max_stream_duration: 500ms",
              {200, "UMSDR", "upstream_max_stream_duration_reached"}),
      proxied("per-try-timeout", "never answers; a retry policy with per_try_timeout", silent(),
              "retry_policy: {" + retry + ", per_try_timeout: 300ms}",
              {504, "URX,UT", "upstream_per_try_timeout"}),
      proxied("per-try-timeout-body", "stalls after headers; per_try_timeout", stalls(),
              "retry_policy: {" + retry + ", per_try_timeout: 300ms}",
              {200, "UT", "response_timeout"}),
      proxied("per-try-idle-timeout", "never answers; per_try_idle_timeout", silent(),
              "retry_policy: {" + retry + ", per_try_idle_timeout: 300ms}",
              {504, "URX,UT", "upstream_per_try_idle_timeout"}),
      proxied("per-try-idle-timeout-body", "stalls after headers; per_try_idle_timeout", stalls(),
              "retry_policy: {" + retry + ", per_try_idle_timeout: 300ms}",
              {200, "UT", "upstream_per_try_idle_timeout"}),
      proxied("retry-503", "503 each time, one retry",
              {read_request(), send(reply("503 Service Unavailable", {}, "down\n")), repeat()},
              "retry_policy: {" + retry + "}", {503, "URX", "via_upstream"}),
      proxied("retry-reset", "resets each time, one retry", {read_request(), rst()},
              "retry_policy: {" + retry + "}", {503, "URX,UC", before("connection_termination")}),
      proxied("retry-garbage", "garbage each time, one retry",
              {read_request(), send("garbage\r\n\r\n"), hang()}, "retry_policy: {" + retry + "}",
              {502, "URX,UPE", before("protocol_error")}),
  };
  for (Fault& fault : out) {
    fault.demo = fault.name == "never-answers" || fault.name == "never-answers-idle" ||
                 fault.name == "upstream-max-stream-duration" || fault.name == "per-try-timeout";
  }
  return out;
}

}  // namespace prober::simulator

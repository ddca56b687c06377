#include "simulator/outcomes.h"
#include "simulator/replies.h"

namespace prober::simulator {
namespace {

Fault tcp(std::string name, std::string does, Upstream upstream, std::vector<Expected> expected) {
  Fault out;
  out.name = std::move(name);
  out.does = std::move(does);
  out.upstreams = {std::move(upstream)};
  out.expected = std::move(expected);
  return out;
}

Fault with_body(Fault fault, std::uint64_t bytes) {
  fault.probe = {"method: POST", "body_bytes: " + std::to_string(bytes)};
  return fault;
}

const std::vector<std::string>& grpc_probe() {
  static const std::vector<std::string> kLines = {
      "path: /pkg.Service/Method", "method: POST",
      "body_base64: AAAAAAA=", "headers: {content-type: application/grpc, te: trailers}"};
  return kLines;
}

}  // namespace

std::vector<Fault> tcp_faults() {
  using namespace outcomes;
  using namespace steps;
  std::vector<Fault> out;
  out.push_back(tcp("server-down", "nothing listens on the port", of_kind(Upstream::Kind::Refused),
                    {refused()}));
  out.back().demo = true;
  out.push_back(tcp("firewall-drops", "SYN packets are dropped",
                    of_kind(Upstream::Kind::BacklogFull), {dropped()}));
  out.back().demo = true;
  out.push_back(tcp("firewall-drops-timeout-first",
                    "SYN packets are dropped and the route's timeout is short",
                    of_kind(Upstream::Kind::BacklogFull), {timed_out()}));
  out.back().route = {"timeout: 400ms"};
  out.push_back(tcp("grpc-refused", "nothing listens on the port, and the request is gRPC",
                    of_kind(Upstream::Kind::Refused), {{200, "UF", refused().details}}));
  out.back().probe = grpc_probe();
  out.push_back(
      tcp("closes-on-accept", "accepts and closes at once", plain({fin()}), {terminated()}));
  out.push_back(tcp("resets-on-accept", "accepts and resets at once", plain({rst()}),
                    {reset_on_connect(), terminated()}));
  out.back().race = true;
  out.push_back(tcp("closes-late", "accepts, waits, reads nothing, closes",
                    plain({sleep(200), fin()}), {terminated()}));
  out.push_back(
      tcp("resets-late", "accepts, waits, resets", plain({sleep(250), rst()}), {terminated()}));
  out.push_back(tcp("closes-without-answer", "reads the request and closes",
                    plain({read_request(), fin()}), {terminated()}));
  out.back().demo = true;
  out.push_back(tcp("resets-without-answer", "reads the request and resets",
                    plain({read_request(), rst()}), {terminated()}));
  out.push_back(with_body(tcp("closes-after-post", "reads a POST and closes",
                              plain({read_request(), fin()}), {terminated()}),
                          100));
  out.push_back(tcp("never-accepted", "the kernel connects, nobody reads",
                    of_kind(Upstream::Kind::NeverAccepts), {timed_out()}));
  out.push_back(with_body(tcp("never-reads-small-post", "nobody reads a POST of 100 bytes",
                              of_kind(Upstream::Kind::NeverAccepts), {timed_out()}),
                          100));
  out.push_back(
      with_body(tcp("never-reads-large-post", "nobody reads a POST of 32 MiB; idle_timeout",
                    of_kind(Upstream::Kind::NeverAccepts), {{408, "SI", "stream_idle_timeout"}}),
                33554432));
  out.back().route = {"idle_timeout: 500ms"};
  out.push_back(with_body(tcp("resets-during-post", "resets while 1 MiB is being sent",
                              plain({read_head(), rst()}), {terminated()}),
                          1048576));
  out.push_back(with_body(tcp("closes-during-post", "closes while 1 MiB is being sent",
                              plain({read_head(), fin()}), {terminated()}),
                          1048576));
  out.push_back(
      with_body(tcp("early-200", "answers before a body of 1 MiB is read",
                    plain({read_head(), send(ok_reply()), read_request(), hang()}), {passed(200)}),
                1048576));
  out.push_back(with_body(
      tcp("early-413", "answers 413 and closes, but reads on",
          plain({read_head(),
                 send(reply("413 Payload Too Large", {"connection: close"}, "too large\n")),
                 fin()}),
          {passed(413)}),
      1048576));
  return out;
}

}  // namespace prober::simulator

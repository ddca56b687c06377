#pragma once

#include <string>
#include <vector>

#include "simulator/fault.h"

namespace prober::simulator {

/// "HTTP/1.1 200 OK", the header lines, content-length, and the body.
inline std::string reply(const std::string& status, const std::vector<std::string>& headers = {},
                         const std::string& body = "") {
  std::string out = "HTTP/1.1 " + status + "\r\n";
  for (const std::string& line : headers) {
    out += line + "\r\n";
  }
  return out + "content-length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

inline std::string ok_reply() {
  return reply("200 OK", {}, "ok\n");
}

/// A healthy HTTP/1.1 server.
inline Script healthy() {
  return {steps::read_request(), steps::send(ok_reply()), steps::repeat()};
}

inline Upstream plain(Script script) {
  Upstream out;
  out.script = std::move(script);
  return out;
}

inline Upstream of_kind(Upstream::Kind kind) {
  Upstream out;
  out.kind = kind;
  return out;
}

inline Upstream over_tls(TlsServer tls, Script script = healthy()) {
  Upstream out;
  out.tls = std::move(tls);
  out.script = std::move(script);
  return out;
}

}  // namespace prober::simulator

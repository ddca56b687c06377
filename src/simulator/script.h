#pragma once

#include <chrono>
#include <string>
#include <vector>

namespace prober::simulator {

/// One thing that a faulty upstream does on a connection. A script is a list of them; the
/// connection is closed after the last.
struct Step {
  enum class Kind {
    ReadHead,     // up to the end of an HTTP/1 head
    ReadRequest,  // the head and, as content-length says, the body
    ReadSome,     // whatever comes first
    ReadStream,   // HTTP/2: the preface and all frames of the first request
    Send,         // `bytes`
    SendPlain,    // `bytes`, past TLS
    Sleep,        // for `time`
    Drip,         // `bytes` again and again, `time` apart, until the peer goes away
    Fin,          // close_notify over TLS, then FIN; what still comes is read
    BareFin,      // FIN without close_notify
    Rst,
    CloseUnread,  // close with bytes unread, so that the kernel resets
    Hang,         // keep the connection open and silent
    Repeat,       // from the beginning
  };
  Kind kind = Kind::Hang;
  std::string bytes;
  std::chrono::milliseconds time{};
};

using Script = std::vector<Step>;

namespace steps {
inline Step read_head() {
  return {Step::Kind::ReadHead, "", {}};
}
inline Step read_request() {
  return {Step::Kind::ReadRequest, "", {}};
}
inline Step read_some() {
  return {Step::Kind::ReadSome, "", {}};
}
inline Step read_stream() {
  return {Step::Kind::ReadStream, "", {}};
}
inline Step send(std::string bytes) {
  return {Step::Kind::Send, std::move(bytes), {}};
}
inline Step send_plain(std::string bytes) {
  return {Step::Kind::SendPlain, std::move(bytes), {}};
}
inline Step sleep(int milliseconds) {
  return {Step::Kind::Sleep, "", std::chrono::milliseconds(milliseconds)};
}
inline Step drip(std::string bytes, int milliseconds) {
  return {Step::Kind::Drip, std::move(bytes), std::chrono::milliseconds(milliseconds)};
}
inline Step fin() {
  return {Step::Kind::Fin, "", {}};
}
inline Step bare_fin() {
  return {Step::Kind::BareFin, "", {}};
}
inline Step rst() {
  return {Step::Kind::Rst, "", {}};
}
inline Step close_unread() {
  return {Step::Kind::CloseUnread, "", {}};
}
inline Step hang() {
  return {Step::Kind::Hang, "", {}};
}
inline Step repeat() {
  return {Step::Kind::Repeat, "", {}};
}
}  // namespace steps

}  // namespace prober::simulator

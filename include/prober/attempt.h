#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "prober/address.h"
#include "prober/duration.h"
#include "prober/route.h"

namespace prober {

/// What one try against one endpoint observed: facts only, no judgement. Filled by `net` and
/// `wire`, judged by `core`. Offsets of time count from the start of the attempt.

enum class Stage { Dns, Tcp, Tls, Http };
/// "dns", "tcp", "tls", "http".
[[nodiscard]] std::string_view to_string(Stage stage);

/// A limit of the proxy that can end a request, by the key that sets it.
enum class Limit {
  None,
  ConnectTimeout,
  RouteTimeout,
  StreamIdleTimeout,
  RequestTimeout,
  MaxStreamDuration,
  UpstreamMaxStreamDuration,
  PerTryTimeout,
  PerTryIdleTimeout,
};
/// The key in the configuration: "timeout", "connect_timeout", ...
[[nodiscard]] std::string_view to_string(Limit limit);

enum class ConnectResult {
  NotStarted,
  Connected,
  ImmediateError,  // connect() itself failed: Envoy's "immediate connect error"
  DelayedError,    // reported after EINPROGRESS: Envoy's "delayed connect error"
  BindError,       // the source address could not be taken
  TimedOut,        // a limit ended it while SYN was unanswered
};

/// One entry of the error queue as Envoy's BoringSSL would have it.
struct TlsError {
  std::uint32_t number = 0;  // 268435456 + reason, or 33554432 + errno
  std::string text;          // "SSL routines:OPENSSL_internal:WRONG_VERSION_NUMBER"
  bool exact = true;         // false: the nearest true statement, see wire/boringssl.h
};

struct VerifyProblem {
  int depth = 0;
  std::string text;  // BoringSSL's words: "certificate has expired"
  bool exact = true;
};

struct Certificate {
  std::string subject;
  std::string issuer;
  std::vector<std::string> sans;  // as Envoy lists them
  std::int64_t not_before = 0;    // seconds since 1970
  std::int64_t not_after = 0;
  std::string key;  // "EC P-256", "RSA 2048"
};

enum class TlsEnd {
  None,        // completed, or a limit ended it
  Error,       // see `errors`
  PeerClosed,  // FIN without an error: Envoy has no text
};

struct TlsFacts {
  std::string server_name;  // sent as SNI and looked for among the SANs
  bool completed = false;
  TlsEnd end = TlsEnd::None;
  std::vector<TlsError> errors;
  /// The chain's problems in the order found; the first is the one that Envoy reports. Filled also
  /// when tls_skip_verify lifts them.
  std::vector<VerifyProblem> problems;
  bool name_mismatch = false;
  std::string version;  // "TLSv1.3"
  std::string cipher;
  std::string alpn;                // empty: none chosen
  std::vector<Certificate> chain;  // leaf first, as sent
};

enum class HttpVersion { Http1, Http2 };

/// Why the strict reader or nghttp2 refused what the upstream sent.
struct Violation {
  std::string what;         // in words, for the evidence
  bool after_head = false;  // the final answer's head had been accepted before
};

/// Envoy hands these answers on to the visitor as they come, and drops other 1xx. Source:
/// source/common/http/header_utility.cc, HeaderUtility::isSpecial1xx.
[[nodiscard]] constexpr bool is_handed_on(int interim) {
  constexpr int kContinue = 100;
  constexpr int kProcessing = 102;
  constexpr int kUploadResumption = 104;
  return interim == kContinue || (interim >= kProcessing && interim <= kUploadResumption);
}

/// What the answer's bytes said. Filled by `wire`.
struct HttpFacts {
  HttpVersion version = HttpVersion::Http1;
  std::uint64_t bytes = 0;           // received, all of them
  std::vector<int> interim;          // 1xx other than 101, in order
  std::optional<int> status;         // set when the final head is complete
  std::vector<HeaderField> headers;  // of the final head
  std::vector<HeaderField> trailers;
  std::uint64_t body_bytes = 0;  // decoded body bytes received
  std::string body;              // the first of them, see ProbeSettings::max_body
  bool complete = false;         // the whole answer came, as far as the proxy can tell
  bool close_delimited = false;  // HTTP/1: the body has no length
  std::optional<Violation> violation;
  // HTTP/2 only
  std::optional<std::uint32_t> reset_code;  // of the upstream's RST_STREAM
  std::optional<std::uint32_t> goaway_code;
  bool refused_by_goaway = false;  // GOAWAY that leaves our stream out
  bool head_too_large = false;     // beyond Envoy's limits; Envoy calls it remote_reset
  bool grpc_request = false;       // the request's content-type was application/grpc
};

/// How the look ended.
enum class End {
  Unfinished,  // interrupted by us before anything decided
  Answered,    // the answer is complete, or it can no longer change the prediction
  Violation,   // see HttpFacts::violation and the HTTP/2 fields
  Fin,
  Rst,
  Limit,      // see Attempt::limit
  Connected,  // tcp upstreams: there is nothing more to ask
  Failed,     // connect or TLS failed, see there
};

struct Timings {
  std::optional<Duration> connect;     // TCP established
  std::optional<Duration> tls;         // handshake completed
  std::optional<Duration> request;     // the last byte of the request was taken by the kernel
  std::optional<Duration> first_byte;  // of the answer
  std::optional<Duration> head;        // the final head was complete
  Duration end{};
  Duration largest_gap{};  // without a byte of the answer, from the request on
  Duration loop_lag{};     // the longest that our own loop was late meanwhile
};

/// The silent connection that tells RST-on-accept from RST-after-reading.
enum class SecondLook { NotMade, StayedOpen, Reset, Closed, OtherError };

/// What a service that is not HTTP said when it was spoken to.
enum class Answer {
  NotAsked,
  Came,         // the SSH banner, a datagram, the bytes that a tcp health check waits for
  Silent,       // nothing, or not that, in time
  Closed,       // the connection ended before it came
  Unreachable,  // UDP: ICMP said that nobody is there, see os_error
};

struct Attempt {
  std::size_t upstream = 0;  // index into Route::to
  Endpoint endpoint;
  Stage stage = Stage::Tcp;  // the last one that was begun
  ConnectResult connect = ConnectResult::NotStarted;
  int os_error = 0;          // errno of the connect or bind
  std::string bind_address;  // "10.0.0.2:0" when `connect` is BindError
  std::optional<TlsFacts> tls;
  std::optional<HttpFacts> http;
  End end = End::Unfinished;
  Limit limit = Limit::None;
  /// The request had been handed over whole, as far as the proxy's buffers can tell.
  bool request_complete = false;
  Answer answer = Answer::NotAsked;
  std::string banner;       // the SSH server's identification
  std::string socket_file;  // of a unix socket that failed: "srwxr-x--- root:www", or what is wrong
  SecondLook second_look = SecondLook::NotMade;
  bool second_look_tls = false;  // its handshake had completed before its end
  int looks = 1;                 // connections made for this
  Timings timings;
};

enum class LookupStatus {
  Literal,
  Ok,
  NoData,
  NotFound,
  ServerFailure,
  Refused,
  FormatError,
  Timeout,
  NoServer,
  BadName,
  Interrupted
};
/// "NOERROR", "NXDOMAIN", "SERVFAIL", "TIMEOUT" ...
[[nodiscard]] std::string_view to_string(LookupStatus status);

inline constexpr std::string_view kHostsFile = "/etc/hosts";

/// The lookup of one upstream's name, on which all connections rest.
struct Lookup {
  std::size_t upstream = 0;  // the first of Route::to with this name
  std::string name;
  LookupStatus status = LookupStatus::Literal;
  std::vector<IpAddress> addresses;
  std::string server;                 // that was asked, or /etc/hosts; empty when none was
  std::optional<std::int64_t> ttl_s;  // the smallest; none from /etc/hosts
  Duration time{};
  std::vector<IpAddress> hosts_file;  // what the lines of /etc/hosts that have the name give it

  [[nodiscard]] bool from_hosts_file() const { return server == kHostsFile; }
};

/// What a health check, run as Envoy would, came to.
struct HealthObservation {
  bool healthy = false;
  std::string why;  // in words, empty when healthy
};

struct EndpointObservation {
  std::vector<Attempt> attempts;  // one for each sample; the first is the one judged
  std::optional<HealthObservation> health;
};

/// Everything measured for one route in one run.
struct Observation {
  std::vector<Lookup> lookups;
  std::vector<EndpointObservation> endpoints;  // in the order of Route::to and of the answers
  bool finished = true;
  std::string unfinished_reason;
};

}  // namespace prober

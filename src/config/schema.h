#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace prober::config {

/// Which keys may stand where. Pomerium's keys are those that its config/options.go,
/// config/policy.go and config.proto decode; most of them do not touch the path to an upstream, but
/// a value of the wrong type in any of them keeps Pomerium from starting.
enum class Section : std::uint8_t {
  Top,
  Route,
  Redirect,
  Response,
  Probe,
  Expect,
  Proxy,
  RetryPolicy,
  HealthCheck,
  HttpHealthCheck,
  TcpHealthCheck,
  GrpcHealthCheck,
  Payload,
  StatusRange,
  OutlierDetection,
  CircuitBreakers
};

/// The Go or protobuf type that Pomerium decodes a value into.
enum class Type : std::uint8_t {
  Any,  // read and checked where it is used, or nowhere
  String,
  Bool,
  Int,
  Uint,
  Float,
  Duration,
  Milliseconds,
  Strings,
  StringMap,
  BoolMap,
  Map,
  // Go's null.*: JSON's types, nothing is converted.
  StrictString,
  StrictBool,
  StrictUint,
  StrictInt,
  // protojson
  ProtoDuration,
  ProtoUint32,
  ProtoUint64,
  ProtoInt64,
  ProtoBool,
  ProtoString,
  ProtoBytes,
  ProtoEnum,
  ProtoMessage,
  ProtoList,
};

struct Key {
  std::string_view name;
  Type type = Type::Any;
};

[[nodiscard]] std::span<const Key> keys_of(Section section);

/// The key as the section knows it, or null. Pomerium does not mind upper case in its keys.
[[nodiscard]] const Key* find_key(Section section, std::string_view key);

/// " (did you mean `timeout`?)", or "" when nothing is near.
[[nodiscard]] std::string suggestion(Section section, std::string_view key);

/// What became of a key that Pomerium once had and now ignores; "" for all others.
[[nodiscard]] std::string_view removed_key(std::string_view key);

/// Whether Pomerium refuses to start because of this key, which it once had.
[[nodiscard]] bool refused_key(Section section, std::string_view key);

}  // namespace prober::config

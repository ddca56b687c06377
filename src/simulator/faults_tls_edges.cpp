// TLS made by hand: records, alerts and ServerHellos as wrong as a fault needs, and certificates
// at the edge of what BoringSSL takes.

#include <utility>

#include "simulator/outcomes.h"
#include "simulator/replies.h"

namespace prober::simulator {
namespace {

using namespace outcomes;
using namespace steps;

// https:// to a server that plays its script without TLS.
Fault raw(std::string name, std::string does, Script script, Expected expected) {
  Fault out;
  out.name = "tls-" + std::move(name);
  out.does = std::move(does);
  out.scheme = "https";
  out.upstreams = {plain(std::move(script))};
  out.expected = {std::move(expected)};
  return out;
}

// Answers the ClientHello with these bytes and keeps the connection open.
Fault answers(std::string name, std::string does, std::string bytes, Expected expected) {
  return raw(std::move(name), std::move(does), {read_some(), send(std::move(bytes)), hang()},
             std::move(expected));
}

Fault over(std::string name, std::string does, TlsServer server, Expected expected,
           Script script = healthy()) {
  Fault out = raw(std::move(name), std::move(does), {}, std::move(expected));
  out.upstreams = {over_tls(std::move(server), std::move(script))};
  return out;
}

// Several entries of the error queue, innermost first.
Expected queue(const std::vector<std::pair<std::string, std::string>>& entries) {
  std::string names;
  for (const auto& [number, name] : entries) {
    if (!names.empty()) {
      names.append("|").append(number).append(":SSL_routines:OPENSSL_internal:");
    }
    names += name;
  }
  return tls_error(entries.front().first, names);
}

std::string two_bytes(std::size_t value) {
  return {static_cast<char>(value >> 8), static_cast<char>(value & 0xff)};
}

std::string record(int type, const std::string& payload, int version = 0x0303) {
  return static_cast<char>(type) + two_bytes(static_cast<std::size_t>(version)) +
         two_bytes(payload.size()) + payload;
}

std::string extension(int type, const std::string& content) {
  return two_bytes(static_cast<std::size_t>(type)) + two_bytes(content.size()) + content;
}

std::string message(int type, const std::string& body) {
  return std::string{static_cast<char>(type), '\0'} + two_bytes(body.size()) + body;
}

constexpr int kAlert = 21;
constexpr int kHandshake = 22;

std::string alert(int level, int description) {
  return record(kAlert, {static_cast<char>(level), static_cast<char>(description)});
}

struct Hello {
  int version = 0x0303;
  int cipher = 0xc02b;  // ECDHE-ECDSA-AES128-GCM-SHA256
  int compression = 0;
  std::string session;
  std::string extensions = extension(0xff01, std::string(1, '\0'));
  std::string random = std::string(32, '\x11');
};

std::string hello(const Hello& from) {
  std::string body = two_bytes(static_cast<std::size_t>(from.version)) + from.random;
  body += static_cast<char>(from.session.size()) + from.session +
          two_bytes(static_cast<std::size_t>(from.cipher)) + static_cast<char>(from.compression);
  if (!from.extensions.empty()) {
    body += two_bytes(from.extensions.size()) + from.extensions;
  }
  return message(2, body);
}

std::vector<Fault> records() {
  return {
      answers("record-type", "a record of an unknown type", record(0x63, "x"),
              tls_error("268435681", "UNEXPECTED_RECORD")),
      answers("record-version-3-5", "a record of version 3.5",
              record(kHandshake, hello({}), 0x0305), dropped()),
      answers("record-version-5", "a record of version 5.5", record(kHandshake, hello({}), 0x0505),
              tls_error("268435703", "WRONG_VERSION_NUMBER")),
      answers("record-too-long", "a record of 65,535 bytes",
              std::string("\x16\x03\x03\xff\xff", 5) + std::string(100, 'x'),
              tls_error("268435602", "ENCRYPTED_LENGTH_TOO_LONG")),
      answers("record-empty", "an empty handshake record", record(kHandshake, ""), dropped()),
      answers(
          "records-empty", "40 empty handshake records",
          [] {
            std::string out;
            for (int i = 0; i < 40; ++i) {
              out += record(kHandshake, "");
            }
            return out;
          }(),
          tls_error("268435675", "TOO_MANY_EMPTY_FRAGMENTS")),
      answers("data-first", "application data before a handshake", record(23, "data"),
              tls_error("268435681", "UNEXPECTED_RECORD")),
      answers("change-cipher-first", "ChangeCipherSpec before a handshake", record(20, "\1"),
              tls_error("268435681", "UNEXPECTED_RECORD")),
      answers("hello-request", "a HelloRequest for an answer", record(kHandshake, message(0, "")),
              tls_error("268435679", "UNEXPECTED_MESSAGE")),
      answers("certificate-first", "a Certificate before the ServerHello",
              record(kHandshake, message(11, std::string(3, '\0'))),
              tls_error("268435679", "UNEXPECTED_MESSAGE")),
      answers("finished-first", "a Finished before the ServerHello",
              record(kHandshake, message(20, std::string(12, 'x'))),
              tls_error("268435679", "UNEXPECTED_MESSAGE")),
      answers("message-too-long", "a ServerHello of 16 MiB",
              record(kHandshake, std::string("\x02\xff\xff\xff", 4) + std::string(100, 'x')),
              tls_error("268435606", "EXCESSIVE_MESSAGE_SIZE")),
      answers("alert-short", "an alert of one byte", record(kAlert, "\2"),
              tls_error("268435558", "BAD_ALERT")),
      answers("alert-long", "an alert of three bytes", record(kAlert, "\2\x28\x28"),
              tls_error("268435558", "BAD_ALERT")),
      answers("alert-level-3", "an alert of level 3", alert(3, 40),
              tls_error("268435683", "UNKNOWN_ALERT_TYPE")),
      raw("two-bytes", "two bytes, then FIN", {read_some(), send("\x16\x03"), fin()}, tls_closed()),
      raw("two-bytes-reset", "two bytes, then RST",
          {read_some(), send("\x16\x03"), sleep(100), rst()}, tls_reset()),
      raw("two-bytes-stall", "two bytes, then nothing", {read_some(), send("\x16\x03"), hang()},
          dropped()),
      answers("http2-port", "an HTTP/2 server in clear text", std::string("\0\0\0\4\0\0\0\0\0", 9),
              tls_error("268435703", "WRONG_VERSION_NUMBER")),
      answers("mysql", "a MySQL server", std::string("J\0\0\0\n8.0.36\0", 12),
              tls_error("268435703", "WRONG_VERSION_NUMBER")),
      answers("proxy-hint", "a server that speaks of CONNECT", "CONNECT example.com HTTP/1.1\r\n",
              tls_error("268435703", "WRONG_VERSION_NUMBER")),
      answers("request-back", "a server that sends a GET", "GET / HTTP/1.1\r\n\r\n",
              tls_error("268435703", "WRONG_VERSION_NUMBER")),
      answers("zeros", "zero bytes", std::string(64, '\0'),
              tls_error("268435703", "WRONG_VERSION_NUMBER")),
      answers("ssl2", "an SSL 2 ServerHello",
              std::string("\x80\x2e\x04\0\x01\0\x02\0\x20", 9) + std::string(40, 'x'),
              tls_error("268435703", "WRONG_VERSION_NUMBER")),
  };
}

Fault says(const std::string& name, const std::string& does, const std::string& bytes,
           Expected expected) {
  return answers("hello-" + name, does, record(kHandshake, bytes), std::move(expected));
}

std::vector<Fault> server_hellos() {
  const std::string downgraded = std::string(24, '\x11') + "DOWNGRD\x01";
  const std::string tls13 = extension(0x2b, two_bytes(0x0304));
  std::vector<Fault> out = {
      says("ssl3", "a ServerHello for SSL 3", hello({.version = 0x0300}),
           tls_error("268435696", "UNSUPPORTED_PROTOCOL")),
      says("10", "a ServerHello for TLS 1.0", hello({.version = 0x0301}),
           tls_error("268435696", "UNSUPPORTED_PROTOCOL")),
      says("14", "a ServerHello for TLS 1.4", hello({.version = 0x0305}),
           tls_error("268435696", "UNSUPPORTED_PROTOCOL")),
      says("cipher-unknown", "a ServerHello with an unknown cipher", hello({.cipher = 0xffff}),
           tls_error("268435698", "WRONG_CIPHER_RETURNED")),
      says("cipher-null", "a ServerHello with a cipher that was not offered",
           hello({.cipher = 0x0002}), tls_error("268435698", "WRONG_CIPHER_RETURNED")),
      says("cipher-rc4", "a ServerHello with RC4", hello({.cipher = 0x0005}),
           tls_error("268435698", "WRONG_CIPHER_RETURNED")),
      says("cipher-13", "a ServerHello for TLS 1.2 with a cipher of TLS 1.3",
           hello({.cipher = 0x1301}), tls_error("268435698", "WRONG_CIPHER_RETURNED")),
      says("compression", "a ServerHello with compression", hello({.compression = 1}),
           tls_error("268435694", "UNSUPPORTED_COMPRESSION_ALGORITHM")),
      says("session", "a ServerHello with a session id of 33 bytes",
           hello({.session = std::string(33, 's')}), tls_error("268435593", "DECODE_ERROR")),
      says("downgrade", "a ServerHello for TLS 1.2 that owns up to a downgrade",
           hello({.random = downgraded}), tls_error("268435753", "TLS13_DOWNGRADE")),
      says("cut", "a ServerHello of 20 bytes", message(2, two_bytes(0x0303) + std::string(18, 'r')),
           tls_error("268435593", "DECODE_ERROR")),
      says("13-session", "a ServerHello for TLS 1.3 that does not echo the session id",
           hello({.cipher = 0x1301, .extensions = tls13}), tls_error("268435593", "DECODE_ERROR")),
      says("then-nothing", "a ServerHello for TLS 1.2, then nothing", hello({}), dropped()),
  };
  out.push_back(raw("hello-then-fin", "a ServerHello for TLS 1.2, then FIN",
                    {read_some(), send(record(kHandshake, hello({}))), fin()}, tls_closed()));
  out.push_back(raw("hello-then-reset", "a ServerHello for TLS 1.2, then RST",
                    {read_some(), send(record(kHandshake, hello({}))), sleep(100), rst()},
                    tls_reset()));
  out.push_back(raw("hello-then-alert", "a ServerHello for TLS 1.2, then handshake_failure",
                    {read_some(), send(record(kHandshake, hello({})) + alert(2, 40)), hang()},
                    tls_error("268436496", "SSLV3_ALERT_HANDSHAKE_FAILURE")));
  return out;
}

// A ServerHello for TLS 1.2 with one extension, which BoringSSL refuses for its content or at all.
Fault extends(const std::string& name, const std::string& does, int type,
              const std::string& content, std::vector<std::pair<std::string, std::string>> first) {
  first.emplace_back("268435646", "PARSE_TLSEXT");
  return says("extension-" + name, "a ServerHello with " + does,
              hello({.extensions = extension(type, content)}), queue(first));
}

std::vector<Fault> extension_contents() {
  const std::pair<std::string, std::string> parsing{"268435605", "ERROR_PARSING_EXTENSION"};
  const std::pair<std::string, std::string> unexpected{"268435678", "UNEXPECTED_EXTENSION"};
  const std::string two_names = two_bytes(6) + "\x02h2\x02h2";
  return {
      extends("name", "a server_name of its own", 0, "x", {parsing}),
      extends("status", "a certificate status", 5, "", {unexpected}),
      extends("points", "no uncompressed points", 11, "\x01\x01", {parsing}),
      extends("points-none", "an empty list of point formats", 11, std::string(1, '\0'), {parsing}),
      extends("signatures", "signature algorithms", 13, std::string("\0\2\4\3", 4),
              {unexpected, parsing}),
      extends("alpn-two", "two application protocols", 16, two_names, {parsing}),
      extends("alpn-nameless", "an application protocol without a name", 16,
              std::string("\0\1\0", 3), {parsing}),
      extends("alpn-long", "an ALPN list with bytes behind it", 16, std::string("\0\3\2h2x", 6),
              {parsing}),
      extends("alpn-other", "an application protocol that was not offered", 16,
              std::string("\0\3\2h3", 5), {{"268435715", "INVALID_ALPN_PROTOCOL"}, parsing}),
      extends("timestamps", "certificate timestamps", 18, "", {unexpected}),
      extends("encrypt-then-mac", "encrypt_then_mac", 22, "", {unexpected}),
      extends("ticket", "a session ticket and a payload", 35, "x", {parsing}),
      extends("psk", "a pre-shared key", 41, std::string(2, '\0'), {unexpected}),
      extends("cookie", "a cookie", 44, std::string("\0\1x", 3), {unexpected}),
      extends("psk-modes", "key exchange modes", 45, "\1\1", {unexpected, parsing}),
      extends("key-share", "a key share", 51, std::string("\0\x1d", 2), {unexpected, parsing}),
      says("extension-groups", "a ServerHello with the groups that it takes",
           hello({.extensions = extension(10, std::string("\0\2\0\x1d", 4))}), dropped()),
      says("extension-grease", "a ServerHello with an empty server_name and point formats",
           hello({.extensions = extension(0, "") + extension(11, std::string("\1\0", 2))}),
           dropped()),
  };
}

std::vector<Fault> hello_extensions() {
  return {
      says("extension", "a ServerHello with an extension that was not asked for",
           hello({.extensions = extension(0x1234, "")}),
           queue({{"268435678", "UNEXPECTED_EXTENSION"}, {"268435646", "PARSE_TLSEXT"}})),
      says("extension-cut", "a ServerHello whose extensions are cut",
           hello({.extensions = two_bytes(0xff01) + two_bytes(9)}),
           tls_error("268435646", "PARSE_TLSEXT")),
      says("renegotiation", "a ServerHello with a wrong renegotiation_info",
           hello({.extensions = extension(0xff01, "\1x")}),
           queue({{"268435658", "RENEGOTIATION_MISMATCH"},
                  {"268435605", "ERROR_PARSING_EXTENSION"},
                  {"268435646", "PARSE_TLSEXT"}})),
      says("extension-alpn", "a ServerHello with an empty ALPN list",
           hello({.extensions = extension(16, std::string(2, '\0'))}),
           queue({{"268435605", "ERROR_PARSING_EXTENSION"}, {"268435646", "PARSE_TLSEXT"}})),
      says("extension-payload", "a ServerHello with extended_master_secret and a payload",
           hello({.extensions = extension(23, "x")}),
           queue({{"268435605", "ERROR_PARSING_EXTENSION"}, {"268435646", "PARSE_TLSEXT"}})),
      says("extension-twice", "a ServerHello with renegotiation_info twice",
           hello({.extensions = Hello{}.extensions + Hello{}.extensions}),
           tls_error("268435646", "PARSE_TLSEXT")),
      says("13-bad-version", "a ServerHello that selects TLS 1.2 by supported_versions",
           hello({.extensions = extension(0x2b, two_bytes(0x0303))}),
           queue({{"268435678", "UNEXPECTED_EXTENSION"},
                  {"268435605", "ERROR_PARSING_EXTENSION"},
                  {"268435646", "PARSE_TLSEXT"}})),
  };
}

std::vector<Fault> alerts() {
  std::vector<Fault> out;
  const std::pair<int, const char*> names[] = {{0, "SSLV3_ALERT_CLOSE_NOTIFY"},
                                               {20, "SSLV3_ALERT_BAD_RECORD_MAC"},
                                               {21, "TLSV1_ALERT_DECRYPTION_FAILED"},
                                               {22, "TLSV1_ALERT_RECORD_OVERFLOW"},
                                               {30, "SSLV3_ALERT_DECOMPRESSION_FAILURE"},
                                               {41, "SSLV3_ALERT_NO_CERTIFICATE"},
                                               {43, "SSLV3_ALERT_UNSUPPORTED_CERTIFICATE"},
                                               {44, "SSLV3_ALERT_CERTIFICATE_REVOKED"},
                                               {45, "SSLV3_ALERT_CERTIFICATE_EXPIRED"},
                                               {48, "TLSV1_ALERT_UNKNOWN_CA"},
                                               {51, "TLSV1_ALERT_DECRYPT_ERROR"},
                                               {60, "TLSV1_ALERT_EXPORT_RESTRICTION"},
                                               {86, "TLSV1_ALERT_INAPPROPRIATE_FALLBACK"},
                                               {90, "TLSV1_ALERT_USER_CANCELLED"},
                                               {100, "TLSV1_ALERT_NO_RENEGOTIATION"},
                                               {110, "TLSV1_ALERT_UNSUPPORTED_EXTENSION"},
                                               {111, "TLSV1_ALERT_CERTIFICATE_UNOBTAINABLE"},
                                               {113, "TLSV1_ALERT_BAD_CERTIFICATE_STATUS_RESPONSE"},
                                               {114, "TLSV1_ALERT_BAD_CERTIFICATE_HASH_VALUE"},
                                               {115, "TLSV1_ALERT_UNKNOWN_PSK_IDENTITY"},
                                               {121, "TLSV1_ALERT_ECH_REQUIRED"},
                                               {99, "unknown_error"},
                                               {255, "unknown_error"}};
  for (const auto& [number, name] : names) {
    out.push_back(answers("alert-" + std::to_string(number),
                          "alert " + std::to_string(number) + " on the ClientHello",
                          alert(2, number), tls_error(std::to_string(268436456 + number), name)));
  }
  out.push_back(answers("alert-40", "handshake_failure on the ClientHello", alert(2, 40),
                        queue({{"268436496", "SSLV3_ALERT_HANDSHAKE_FAILURE"},
                               {"268435610", "HANDSHAKE_FAILURE_ON_CLIENT_HELLO"}})));
  out.push_back(raw("warning", "a warning unrecognized_name, then FIN",
                    {read_some(), send(alert(1, 112)), fin()}, tls_closed()));
  out.push_back(
      answers("warning-close", "a warning close_notify, then nothing", alert(1, 0), tls_closed()));
  std::string ten;
  for (int i = 0; i < 10; ++i) {
    ten += alert(1, 112);
  }
  out.push_back(
      answers("warnings", "ten warnings", ten, tls_error("268435676", "TOO_MANY_WARNING_ALERTS")));
  return out;
}

std::vector<Fault> key_exchanges() {
  const auto with_groups = [](std::string groups, int version) {
    return TlsServer{.minimum = version, .maximum = version, .groups = std::move(groups)};
  };
  const Expected none = queue({{"268436496", "SSLV3_ALERT_HANDSHAKE_FAILURE"},
                               {"268435610", "HANDSHAKE_FAILURE_ON_CLIENT_HELLO"}});
  return {
      over("group-p384-12", "P-384 alone, TLS 1.2", with_groups("P-384", TLS1_2_VERSION),
           passed(200)),
      over("group-p384-13", "P-384 alone, which needs a second ClientHello",
           with_groups("P-384", TLS1_3_VERSION), passed(200)),
      over("group-p521-13", "P-521 alone, TLS 1.3", with_groups("P-521", TLS1_3_VERSION),
           passed(200)),
      over("group-x448-12", "a group that is not offered, TLS 1.2",
           with_groups("X448", TLS1_2_VERSION), none),
      over("group-x448-13", "a group that is not offered, TLS 1.3",
           with_groups("X448", TLS1_3_VERSION), none),
  };
}

Fault refuses_client(std::string name, std::string does, int version, Expected expected) {
  Fault out = over(std::move(name), std::move(does),
                   {.minimum = version,
                    .maximum = version,
                    .demands_client_certificate = true,
                    .trusts_clients = false},
                   std::move(expected));
  out.route.insert(out.route.end(),
                   {"tls_client_cert: {client_cert}", "tls_client_key: {client_key}"});
  return out;
}

std::vector<Fault> servers() {
  TlsServer p521{.certificate = CertificateKind::EcdsaP521, .maximum = TLS1_2_VERSION};
  std::vector<Fault> out = {
      over("12", "TLS 1.2 alone", {.maximum = TLS1_2_VERSION}, passed(200)),
      over("13", "TLS 1.3 alone", {.minimum = TLS1_3_VERSION}, passed(200)),
      refuses_client("client-unknown-12", "knows no client's CA, TLS 1.2", TLS1_2_VERSION,
                     tls_error("268436504", "TLSV1_ALERT_UNKNOWN_CA")),
      refuses_client("client-unknown-13", "knows no client's CA, TLS 1.3", TLS1_3_VERSION,
                     terminated()),
      over("p521-12", "a P-521 key, TLS 1.2", p521, passed(200)),
      over("alpn-none-speaks-h2", "chooses no ALPN and speaks HTTP/2", {}, protocol_error(),
           {read_some(), send(std::string("\0\0\0\4\0\0\0\0\0", 9)), hang()}),
      over("alpn-unknown", "offers h3 alone, and goes on without ALPN", {.alpn = {"h3"}},
           passed(200)),
      over("half-closes-late", "answers, then close_notify", {}, passed(200),
           {read_request(), send(ok_reply()), fin()}),
      over("interim-then-reset", "103, then RST", {}, {503, "UC", after("connection_termination")},
           {read_request(), send("HTTP/1.1 103 Early Hints\r\n\r\n"), sleep(100), rst()}),
      over("partial-head", "half of a head, then close_notify", {}, protocol_error(),
           {read_request(), send("HTTP/1.1 200 OK\r\ncont"), fin()}),
      over("body-stalls", "10 of 100 bytes, then nothing", {}, {200, "UT", "response_timeout"},
           {read_request(), send("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n0123456789"),
            hang()}),
      over("plain-in-body", "10 of 100 bytes, then bytes outside TLS", {}, cut(),
           {read_request(), send("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n0123456789"),
            sleep(100), send_plain("not a TLS record at all"), hang()}),
      over("large-body", "4 MiB over TLS", {}, passed(200),
           {read_request(), send(reply("200 OK", {}, std::string(std::size_t{4} << 20, 'x'))),
            repeat()}),
  };
  return out;
}

}  // namespace

std::vector<Fault> tls_edge_faults() {
  std::vector<Fault> out;
  for (auto part : {records, server_hellos, hello_extensions, extension_contents, alerts,
                    key_exchanges, servers}) {
    for (Fault& fault : part()) {
      out.push_back(std::move(fault));
    }
  }
  return out;
}

}  // namespace prober::simulator

#include "wire/server_hello.h"

#include <doctest/doctest.h>

#include <string>

using namespace prober;
using namespace prober::wire;

namespace {

std::string number(std::size_t value) {
  return {static_cast<char>(value >> 8U), static_cast<char>(value & 0xffU)};
}

std::string extension(std::size_t type, const std::string& content) {
  return number(type) + number(content.size()) + content;
}

std::string message(char type, const std::string& body) {
  return std::string{type, '\0'} + number(body.size()) + body;
}

// With an empty block no extensions at all, as RFC 5246 allows.
std::string server_hello(const std::string& extensions) {
  const std::string block = extensions.empty() ? "" : number(extensions.size()) + extensions;
  return message(2, number(0x0303) + std::string(32, 'r') + std::string(1, '\0') + number(0xc02b) +
                        std::string(1, '\0') + block);
}

std::string client_hello(const std::string& extensions) {
  return message(1, number(0x0303) + std::string(32, 'r') + std::string(1, '\0') + number(2) +
                        number(0xc02b) + std::string("\1\0", 2) + number(extensions.size()) +
                        extensions);
}

std::string names(const std::vector<TlsError>& errors) {
  std::string out;
  for (const TlsError& one : errors) {
    out += (out.empty() ? "" : "|") + one.text.substr(one.text.rfind(':') + 1);
  }
  return out;
}

constexpr std::size_t kServerName = 0;
constexpr std::size_t kGroups = 10;
constexpr std::size_t kPointFormats = 11;
constexpr std::size_t kAlpn = 16;
constexpr std::size_t kExtendedMasterSecret = 23;
constexpr std::size_t kSessionTicket = 35;
constexpr std::size_t kSupportedVersions = 43;
constexpr std::size_t kRenegotiationInfo = 0xff01;
constexpr std::size_t kNobodyKnows = 0x1234;

}  // namespace

TEST_CASE("offer_of: what a ClientHello asks for") {
  const Offer none = {{0xff01}, {}};
  const Offer two = {{0xff01, 16, 23}, {"h2", "http/1.1"}};
  const std::string protocols = number(12) + "\x02h2\x08http/1.1";
  CHECK(offer_of(client_hello(extension(kAlpn, protocols) +
                              extension(kExtendedMasterSecret, ""))) == two);
  CHECK(offer_of(client_hello("")) == none);
  CHECK(offer_of(client_hello(number(kAlpn))) == none);
  CHECK(offer_of(client_hello("").substr(0, 30)) == none);
  CHECK(offer_of("") == none);
}

TEST_CASE("refused_extensions: what BoringSSL refuses in a ServerHello of TLS 1.2") {
  struct Case {
    const char* name;
    std::string extensions;
    const char* want;
  };
  const std::string alpn = std::string("\0\3\2h2", 5);
  const Case cases[] = {
      {"none", "", ""},
      {"those that were asked for",
       extension(kRenegotiationInfo, std::string(1, '\0')) + extension(kAlpn, alpn) +
           extension(kExtendedMasterSecret, ""),
       ""},
      {"one that was not asked for", extension(kNobodyKnows, ""),
       "UNEXPECTED_EXTENSION|PARSE_TLSEXT"},
      {"extended_master_secret with a payload", extension(kExtendedMasterSecret, "x"),
       "ERROR_PARSING_EXTENSION|PARSE_TLSEXT"},
      {"ALPN without a protocol", extension(kAlpn, std::string(2, '\0')),
       "ERROR_PARSING_EXTENSION|PARSE_TLSEXT"},
      {"ALPN with two protocols", extension(kAlpn, std::string("\0\4\1a\1b", 6)),
       "ERROR_PARSING_EXTENSION|PARSE_TLSEXT"},
      {"ALPN that is cut", extension(kAlpn, std::string("\0\3\2h", 4)),
       "ERROR_PARSING_EXTENSION|PARSE_TLSEXT"},
      {"ALPN that was not offered", extension(kAlpn, std::string("\0\3\2h3", 5)),
       "INVALID_ALPN_PROTOCOL|ERROR_PARSING_EXTENSION|PARSE_TLSEXT"},
      {"a name of the server's own", extension(kServerName, "x"),
       "ERROR_PARSING_EXTENSION|PARSE_TLSEXT"},
      {"a ticket with a payload", extension(kSessionTicket, "x"),
       "ERROR_PARSING_EXTENSION|PARSE_TLSEXT"},
      {"compressed points alone", extension(kPointFormats, "\x01\x01"),
       "ERROR_PARSING_EXTENSION|PARSE_TLSEXT"},
      {"uncompressed points among others", extension(kPointFormats, std::string("\2\1\0", 3)), ""},
      {"what buggy servers echo", extension(kGroups, "x"), ""},
      {"the first that is wrong decides",
       extension(kExtendedMasterSecret, "x") + extension(kNobodyKnows, ""),
       "ERROR_PARSING_EXTENSION|PARSE_TLSEXT"},
      {"renegotiation_info that is not empty", extension(kRenegotiationInfo, "\1x"),
       "RENEGOTIATION_MISMATCH|ERROR_PARSING_EXTENSION|PARSE_TLSEXT"},
      {"supported_versions with TLS 1.2", extension(kSupportedVersions, number(0x0303)),
       "UNEXPECTED_EXTENSION|ERROR_PARSING_EXTENSION|PARSE_TLSEXT"},
      {"one twice", extension(kExtendedMasterSecret, "") + extension(kExtendedMasterSecret, ""),
       "PARSE_TLSEXT"},
      {"one that is cut", number(kAlpn) + number(9), "PARSE_TLSEXT"},
      {"TLS 1.3 is OpenSSL's to judge",
       extension(kSupportedVersions, number(0x0304)) + extension(kNobodyKnows, ""), ""},
  };
  const Offer offer = {{0xff01, 0, 10, 11, 16, 23, 35, 43}, {"h2", "http/1.1"}};
  for (const Case& one : cases) {
    CAPTURE(one.name);
    CHECK(names(refused_extensions(server_hello(one.extensions), offer)) == one.want);
  }
}

TEST_CASE("refused_extensions: a ServerHello cut anywhere is not its to judge") {
  const std::string whole = server_hello(extension(kAlpn, std::string("\0\3\2h2", 5)));
  for (std::size_t length = 0; length < whole.size(); ++length) {
    CAPTURE(length);
    CHECK(refused_extensions(whole.substr(0, length), {{0xff01, 16}, {"h2"}}).empty());
  }
}

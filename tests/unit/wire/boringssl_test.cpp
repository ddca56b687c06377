#include "wire/boringssl.h"

#include <doctest/doctest.h>

#include <cerrno>

using namespace prober;
using namespace prober::wire;

namespace {

std::string line(const TlsError& error) {
  return std::to_string(error.number) + " " + error.text + (error.exact ? "" : " ~");
}

}  // namespace

TEST_CASE("alerts have BoringSSL's numbers and names") {
  const std::string ssl = " SSL routines:OPENSSL_internal:";
  CHECK(line(from_alert(0)) == "268436456" + ssl + "SSLV3_ALERT_CLOSE_NOTIFY");
  CHECK(line(from_alert(40)) == "268436496" + ssl + "SSLV3_ALERT_HANDSHAKE_FAILURE");
  CHECK(line(from_alert(48)) == "268436504" + ssl + "TLSV1_ALERT_UNKNOWN_CA");
  CHECK(line(from_alert(116)) == "268436572" + ssl + "TLSV1_ALERT_CERTIFICATE_REQUIRED");
  CHECK(line(from_alert(99)) == "268436555" + ssl + "unknown error");
}

TEST_CASE("OpenSSL's reasons become BoringSSL's; unknown ones are marked") {
  const std::string ssl = " SSL routines:OPENSSL_internal:";
  CHECK(line(from_ssl_reason("wrong version number")) ==
        "268435703" + ssl + "WRONG_VERSION_NUMBER");
  CHECK(line(from_ssl_reason("unsupported protocol")) ==
        "268435696" + ssl + "UNSUPPORTED_PROTOCOL");
  CHECK(line(from_ssl_reason("too many warn alerts")) ==
        "268435676" + ssl + "TOO_MANY_WARNING_ALERTS");
  CHECK(line(from_ssl_reason("something of tomorrow")) ==
        "268435671" + ssl + "SSL_HANDSHAKE_FAILURE ~");
  CHECK(line(from_errno(ECONNRESET)) ==
        "33554536 system library:OPENSSL_internal:Connection reset by peer");
  CHECK(line(certificate_verify_failed()) == "268435581" + ssl + "CERTIFICATE_VERIFY_FAILED");
  CHECK(line(handshake_failure_on_client_hello()) ==
        "268435610" + ssl + "HANDSHAKE_FAILURE_ON_CLIENT_HELLO");
  CHECK(line(key_usage_bit_incorrect()) == "268435758" + ssl + "KEY_USAGE_BIT_INCORRECT");
}

TEST_CASE("verification errors have BoringSSL's words") {
  CHECK(from_verify_error(18, 0, "self-signed certificate").text == "self signed certificate");
  CHECK(from_verify_error(19, 1, "self-signed certificate in certificate chain").text ==
        "self signed certificate in certificate chain");
  CHECK(from_verify_error(26, 0, "unsuitable certificate purpose").text ==
        "unsupported certificate purpose");
  CHECK(from_verify_error(10, 2, "certificate has expired").text == "certificate has expired");
  CHECK(from_verify_error(10, 2, "certificate has expired").depth == 2);
  CHECK_FALSE(from_verify_error(90, 0, "something of OpenSSL 3").exact);
}

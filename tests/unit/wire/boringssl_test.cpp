#include "wire/boringssl.h"

#include <doctest/doctest.h>

#include <cerrno>

using namespace prober;
using namespace prober::wire;

namespace {

std::string line(const TlsError& error) {
  return std::to_string(error.number) + " " + error.text + (error.exact ? "" : " ~");
}

std::string line(const std::vector<TlsError>& errors) {
  std::string out;
  for (const TlsError& one : errors) {
    out += (out.empty() ? "" : "|") + line(one);
  }
  return out;
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
  CHECK(line(from_ssl_reason("http request")) == "268435703" + ssl + "WRONG_VERSION_NUMBER");
  CHECK(line(from_ssl_reason("unknown cipher returned")) ==
        "268435698" + ssl + "WRONG_CIPHER_RETURNED");
  CHECK(line(from_ssl_reason("compression disabled")) ==
        "268435694" + ssl + "UNSUPPORTED_COMPRESSION_ALGORITHM");
  CHECK(line(from_ssl_reason("invalid alert")) == "268435558" + ssl + "BAD_ALERT");
  CHECK(line(from_ssl_reason("record too small")) ==
        "268435675" + ssl + "TOO_MANY_EMPTY_FRAGMENTS");
  CHECK(line(from_ssl_reason("length mismatch")) == "268435593" + ssl + "DECODE_ERROR");
  CHECK(line(from_ssl_reason("ASN1 lib")) == "268435728" + ssl + "CANNOT_PARSE_LEAF_CERT");
  CHECK(line(from_ssl_reason("bad extension")) == "268435605" + ssl + "ERROR_PARSING_EXTENSION ~");
  CHECK(line(from_ssl_reason("no renegotiation")) == "268435638" + ssl + "NO_RENEGOTIATION ~");
  CHECK(line(from_ssl_reason("invalid ccs message")) == "268435681" + ssl + "UNEXPECTED_RECORD ~");
  CHECK(line(from_ssl_reason("decryption failed or bad record mac")) ==
        "503316581 Cipher functions:OPENSSL_internal:BAD_DECRYPT|268435595" + ssl +
            "DECRYPTION_FAILED_OR_BAD_RECORD_MAC");
  CHECK(line(from_ssl_reason("bad record type")) == "268435568" + ssl +
                                                        "BAD_PACKET_LENGTH|268435595" + ssl +
                                                        "DECRYPTION_FAILED_OR_BAD_RECORD_MAC");
  CHECK(line(unexpected_record()) == "268435681" + ssl + "UNEXPECTED_RECORD");
  CHECK(line(queue_of({"UNEXPECTED_EXTENSION", "PARSE_TLSEXT"})) ==
        "268435678" + ssl + "UNEXPECTED_EXTENSION|268435646" + ssl + "PARSE_TLSEXT");
  CHECK(queue_of({"NO_SUCH_REASON"}).empty());
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

TEST_CASE("signatures that do not hold leave other libraries' errors in the queue") {
  const std::string key =
      "|184549382 X.509 certificate routines:OPENSSL_internal:public key routines";
  CHECK(line(from_signature_reason(SignatureReason::UndecodableKey)) ==
        "184549501 X.509 certificate routines:OPENSSL_internal:PUBLIC_KEY_DECODE_ERROR");
  CHECK(line(from_signature_reason(SignatureReason::UnknownAlgorithm)) ==
        "201326776 ASN.1 encoding routines:OPENSSL_internal:UNKNOWN_SIGNATURE_ALGORITHM");
  CHECK(line(from_signature_reason(SignatureReason::WrongKeyType)) ==
        "201326781 ASN.1 encoding routines:OPENSSL_internal:WRONG_PUBLIC_KEY_TYPE");
  CHECK(line(from_signature_reason(SignatureReason::Dsa)) ==
        "100663424 public key routines:OPENSSL_internal:UNSUPPORTED_ALGORITHM");
  CHECK(line(from_signature_reason(SignatureReason::Md5)) ==
        "201326703 ASN.1 encoding routines:OPENSSL_internal:DIGEST_AND_KEY_TYPE_NOT_SUPPORTED");
  CHECK(line(from_signature_reason(SignatureReason::EcdsaMismatch)) ==
        "436207716 ECDSA routines:OPENSSL_internal:BAD_SIGNATURE" + key);
  CHECK(line(from_signature_reason(SignatureReason::Ed25519Mismatch)) ==
        "100663427 public key routines:OPENSSL_internal:INVALID_SIGNATURE" + key);
  CHECK(line(from_signature_reason(SignatureReason::RsaLength)) ==
        "67108976 RSA routines:OPENSSL_internal:DATA_LEN_NOT_EQUAL_TO_MOD_LEN" + key);
  CHECK(line(from_signature_reason(SignatureReason::RsaTooLarge)) ==
        "67108979 RSA routines:OPENSSL_internal:DATA_TOO_LARGE_FOR_MODULUS" + key);
  CHECK(line(from_signature_reason(SignatureReason::RsaBlockType)) ==
        "67108971 RSA routines:OPENSSL_internal:BLOCK_TYPE_IS_NOT_01|67109000 RSA "
        "routines:OPENSSL_internal:PADDING_CHECK_FAILED" +
            key);
  CHECK(line(from_signature_reason(SignatureReason::RsaMismatch)) ==
        "67108969 RSA routines:OPENSSL_internal:BAD_SIGNATURE" + key);
  CHECK(line(from_signature_reason(SignatureReason::PssLastOctet)) ==
        "67108991 RSA routines:OPENSSL_internal:LAST_OCTET_INVALID" + key);
  CHECK(line(invalid_policy_extension()) ==
        "184549520 X.509 certificate routines:OPENSSL_internal:INVALID_POLICY_EXTENSION");
  CHECK(name_constraints_without_sans().depth == -1);
}

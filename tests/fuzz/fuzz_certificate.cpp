// A certificate of a hostile server: what is read of it beside OpenSSL's own verification. The
// input is DER; OpenSSL's parser comes first, as in a handshake.

#include <openssl/x509.h>

#include <cstddef>
#include <cstdint>
#include <memory>

#include "net/certificate.h"
#include "require.h"
#include "wire/san.h"

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer's name
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using prober::fuzz::require;
  const unsigned char* at = data;
  const std::unique_ptr<X509, decltype(&X509_free)> certificate(
      d2i_X509(nullptr, &at, static_cast<long>(size)), &X509_free);
  if (!certificate) {
    return 0;
  }
  const prober::Certificate facts = prober::net::describe(certificate.get());
  const prober::Certificate again = prober::net::describe(certificate.get());
  require(facts.sans == again.sans && facts.subject == again.subject, "reading changes it");
  for (const auto& san : facts.sans) {
    (void)prober::wire::dns_name_matches("upstream.example.com", san);
  }
  (void)prober::net::may_sign(certificate.get());
  (void)prober::net::may_sign_certificates(certificate.get());
  return 0;
}

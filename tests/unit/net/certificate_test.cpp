#include "net/certificate.h"

#include <doctest/doctest.h>

#include "making.h"

using namespace prober::net;

namespace {

Made with_sans(const std::string& sans) {
  return make({.extensions = {{NID_subject_alt_name, sans}}});
}

}  // namespace

TEST_CASE("certificate: SANs as Envoy lists them, each kind in its place") {
  const std::pair<const char*, std::vector<std::string>> cases[] = {
      {"DNS:a.test,URI:spiffe://a/b,email:a@b.test", {"a.test", "spiffe://a/b", "a@b.test"}},
      {"IP:10.0.0.1,IP:2001:db8::1", {"10.0.0.1", "2001:db8::1"}},
      {"RID:1.2.3,DNS:a.test", {"", "a.test"}},
      {"otherName:1.2.3;UTF8:abc", {"abc"}},
      {"otherName:1.2.3;IA5STRING:abc", {"abc"}},
      {"otherName:1.2.3;INTEGER:5", {"5"}},
      {"otherName:1.2.3;BOOLEAN:TRUE", {"true"}},
      {"otherName:1.2.3;NULL", {""}},
      {"otherName:1.2.3;OID:1.2.3", {"1.2.3"}},
      {"otherName:1.2.3;BMPSTRING:ab", {"ab"}},
  };
  for (const auto& [sans, want] : cases) {
    CAPTURE(sans);
    CHECK(describe(with_sans(sans).certificate.get()).sans == want);
  }
}

TEST_CASE("certificate: which SAN covers a name as Pomerium lets Envoy match it") {
  struct Case {
    const char* sans;
    const char* name;
    bool want;
  };
  const Case cases[] = {
      {"DNS:a.test", "a.test", true},
      {"DNS:*.test", "a.test", true},
      {"URI:a.test", "a.test", false},
      {"email:a@a.test,otherName:1.2.3;UTF8:a.test", "a.test", false},
      {"IP:127.0.0.1", "127.0.0.1", true},
      {"DNS:127.0.0.1", "127.0.0.1", false},
      {"URI:127.0.0.1", "127.0.0.1", false},
      {"IP:::1", "::1", true},
      {"IP:::1", "0:0:0:0:0:0:0:1", false},
      {"DNS:a.b.test", "*.test", true},
      {"DNS:A.test", "*.test", true},
      {"DNS:a.other", "*.test", false},
      {"URI:a.test", "*.test", false},
  };
  for (const Case& c : cases) {
    CAPTURE(c.sans);
    CAPTURE(c.name);
    CHECK(covers(with_sans(c.sans).certificate.get(), c.name) == c.want);
  }
}

TEST_CASE("certificate: key usages") {
  const auto with_usage = [](const char* usage) {
    return make({.extensions = {{NID_key_usage, usage}}}).certificate;
  };
  CHECK(may_sign(make({}).certificate.get()));
  CHECK(may_sign(with_usage("digitalSignature").get()));
  CHECK_FALSE(may_sign(with_usage("keyEncipherment").get()));
  CHECK(may_encipher_keys(with_usage("keyEncipherment").get()));
  CHECK_FALSE(may_encipher_keys(with_usage("digitalSignature").get()));
  CHECK_FALSE(may_sign_certificates(with_usage("cRLSign").get()));
}

#pragma once

#include <openssl/conf.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace prober::net {

using KeyPtr = std::shared_ptr<EVP_PKEY>;
using CertificatePtr = std::shared_ptr<X509>;

struct Made {
  CertificatePtr certificate;
  KeyPtr key;
};

/// A certificate to make: what is not said is as in a good one.
struct Wanted {
  std::string subject = "upstream.example";
  std::vector<std::pair<int, std::string>> extensions;  // NID, and the value as openssl.cnf has it
  long from = -86400;                                   // seconds from now
  long until = 86400;
  bool ca = false;  // adds basic constraints
  const EVP_MD* digest = EVP_sha256();
  KeyPtr key = nullptr;  // null: a fresh P-256 key
};

inline KeyPtr ec_key(const char* group = "P-256") {
  return {EVP_EC_gen(group), &EVP_PKEY_free};
}
inline KeyPtr rsa_key(unsigned bits = 2048) {
  return {EVP_RSA_gen(bits), &EVP_PKEY_free};
}
inline KeyPtr other_key(const char* type) {
  return {EVP_PKEY_Q_keygen(nullptr, nullptr, type), &EVP_PKEY_free};
}

inline void add_extension(X509* certificate, int nid, const std::string& value) {
  const std::unique_ptr<CONF, decltype(&NCONF_free)> none(NCONF_new(nullptr), &NCONF_free);
  X509V3_CTX context;
  X509V3_set_ctx(&context, certificate, certificate, nullptr, nullptr, 0);
  X509V3_set_nconf(&context, none.get());  // policies are not made without one
  X509_EXTENSION* made = X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str());
  if (made == nullptr) {
    throw std::invalid_argument("no such extension: " + value);
  }
  X509_add_ext(certificate, made, -1);
  X509_EXTENSION_free(made);
}

/// `issuer` null: signed by itself.
inline Made make(const Wanted& wanted, const Made* issuer = nullptr) {
  Made out{{X509_new(), &X509_free}, wanted.key ? wanted.key : ec_key()};
  X509* one = out.certificate.get();
  X509_set_version(one, X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(one), 7);
  X509_gmtime_adj(X509_getm_notBefore(one), wanted.from);
  X509_gmtime_adj(X509_getm_notAfter(one), wanted.until);
  X509_NAME_add_entry_by_txt(X509_get_subject_name(one), "CN", MBSTRING_UTF8,
                             reinterpret_cast<const unsigned char*>(wanted.subject.c_str()), -1, -1,
                             0);
  X509_set_issuer_name(one,
                       X509_get_subject_name(issuer != nullptr ? issuer->certificate.get() : one));
  X509_set_pubkey(one, out.key.get());
  if (wanted.ca) {
    add_extension(one, NID_basic_constraints, "critical,CA:TRUE");
  }
  for (const auto& [nid, value] : wanted.extensions) {
    add_extension(one, nid, value);
  }
  X509_sign(one, issuer != nullptr ? issuer->key.get() : out.key.get(), wanted.digest);
  return out;
}

}  // namespace prober::net

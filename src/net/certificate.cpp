#include "certificate.h"

#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/x509v3.h>

#include <ctime>
#include <memory>

#include "prober/address.h"

namespace prober::net {
namespace {

std::string name_text(const X509_NAME* name) {
  const std::unique_ptr<BIO, decltype(&BIO_free)> bio(BIO_new(BIO_s_mem()), &BIO_free);
  X509_NAME_print_ex(bio.get(), name, 0, XN_FLAG_RFC2253 & ~ASN1_STRFLGS_ESC_MSB);
  char* text = nullptr;
  const long length = BIO_get_mem_data(bio.get(), &text);
  return {text, static_cast<std::size_t>(length)};
}

std::string string_of(const ASN1_STRING* text) {
  // The bytes of an ASN.1 string are unsigned char in OpenSSL.
  return {reinterpret_cast<const char*>(ASN1_STRING_get0_data(text)),
          static_cast<std::size_t>(ASN1_STRING_length(text))};
}

std::string ip_text(const ASN1_OCTET_STRING* bytes) {
  IpAddress ip;
  const std::string raw = string_of(bytes);
  if (raw.size() != 4 && raw.size() != 16) {
    return "";
  }
  std::copy(raw.begin(), raw.end(), ip.bytes.begin());
  ip.v6 = raw.size() == 16;
  return ip.to_string();
}

std::vector<std::string> sans_of(X509* certificate) {
  std::vector<std::string> out;
  auto* names = static_cast<GENERAL_NAMES*>(
      X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr));
  for (int i = 0; i < sk_GENERAL_NAME_num(names); ++i) {
    const GENERAL_NAME* name = sk_GENERAL_NAME_value(names, i);
    if (name->type == GEN_DNS || name->type == GEN_URI || name->type == GEN_EMAIL) {
      out.push_back(string_of(name->d.ia5));
    } else if (name->type == GEN_IPADD) {
      out.push_back(ip_text(name->d.iPAddress));
    }
  }
  GENERAL_NAMES_free(names);
  return out;
}

std::int64_t seconds_of(const ASN1_TIME* time) {
  std::tm parts{};
  return ASN1_TIME_to_tm(time, &parts) == 1 ? timegm(&parts) : 0;
}

std::string key_text(X509* certificate) {
  EVP_PKEY* key = X509_get0_pubkey(certificate);
  if (key == nullptr) {
    return "";
  }
  char group[64];
  std::size_t length = 0;
  if (EVP_PKEY_get_base_id(key) == EVP_PKEY_EC &&
      EVP_PKEY_get_group_name(key, group, sizeof group, &length) == 1) {
    const std::string name(group, length);
    const char* nist = EC_curve_nid2nist(OBJ_txt2nid(name.c_str()));
    return "EC " + (nist != nullptr ? std::string(nist) : name);
  }
  const char* type = OBJ_nid2sn(EVP_PKEY_get_base_id(key));
  const std::string name = type == nullptr ? "unknown" : type;
  return name == "rsaEncryption" ? "RSA " + std::to_string(EVP_PKEY_get_bits(key)) : name;
}

}  // namespace

Certificate describe(X509* certificate) {
  Certificate out;
  out.subject = name_text(X509_get_subject_name(certificate));
  out.issuer = name_text(X509_get_issuer_name(certificate));
  out.sans = sans_of(certificate);
  out.not_before = seconds_of(X509_get0_notBefore(certificate));
  out.not_after = seconds_of(X509_get0_notAfter(certificate));
  out.key = key_text(certificate);
  return out;
}

bool may_sign(X509* certificate) {
  const std::uint32_t usage = X509_get_key_usage(certificate);
  return usage == UINT32_MAX || (usage & KU_DIGITAL_SIGNATURE) != 0;
}

bool may_sign_certificates(X509* certificate) {
  const std::uint32_t usage = X509_get_key_usage(certificate);
  return usage == UINT32_MAX || (usage & KU_KEY_CERT_SIGN) != 0;
}

}  // namespace prober::net

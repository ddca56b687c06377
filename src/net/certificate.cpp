#include "certificate.h"

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/x509v3.h>

#include <ctime>
#include <memory>

#include "prober/address.h"
#include "wire/san.h"

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

std::string integer_text(const ASN1_INTEGER* number) {
  const std::unique_ptr<BIGNUM, decltype(&BN_free)> value(ASN1_INTEGER_to_BN(number, nullptr),
                                                          &BN_free);
  char* digits = value ? BN_bn2dec(value.get()) : nullptr;
  std::string out = digits == nullptr ? "" : digits;
  OPENSSL_free(digits);
  return out;
}

std::string utf8_text(const ASN1_STRING* text) {
  unsigned char* bytes = nullptr;
  const int length = ASN1_STRING_to_UTF8(&bytes, text);
  std::string out(reinterpret_cast<const char*>(bytes),
                  length < 0 ? 0 : static_cast<std::size_t>(length));
  OPENSSL_free(bytes);
  return out;
}

std::string object_text(const ASN1_OBJECT* object) {
  char text[256];
  const int length = OBJ_obj2txt(text, sizeof text, object, 1);
  return length < 0 || length >= static_cast<int>(sizeof text) ? "" : text;
}

std::string other_name_text(const ASN1_TYPE* value) {
  switch (value->type) {
    case V_ASN1_NULL:
      return "";
    case V_ASN1_BOOLEAN:
      return value->value.boolean != 0 ? "true" : "false";
    case V_ASN1_INTEGER:
    case V_ASN1_ENUMERATED:
      return integer_text(value->value.integer);
    case V_ASN1_OBJECT:
      return object_text(value->value.object);
    case V_ASN1_BMPSTRING:
    case V_ASN1_UNIVERSALSTRING:
      return utf8_text(value->value.asn1_string);
    default:
      return string_of(value->value.asn1_string);
  }
}

// Envoy, source/common/tls/utility.cc, Utility::generalNameAsString: kinds that it does not know
// are listed all the same, as nothing.
std::string san_text(const GENERAL_NAME* name) {
  switch (name->type) {
    case GEN_DNS:
    case GEN_URI:
    case GEN_EMAIL:
      return string_of(name->d.ia5);
    case GEN_IPADD:
      return ip_text(name->d.iPAddress);
    case GEN_OTHERNAME:
      return other_name_text(name->d.otherName->value);
    default:
      return "";
  }
}

using NamesPtr = std::unique_ptr<GENERAL_NAMES, decltype(&GENERAL_NAMES_free)>;

NamesPtr names_of(const X509* certificate) {
  return {static_cast<GENERAL_NAMES*>(
              X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)),
          &GENERAL_NAMES_free};
}

std::vector<std::string> sans_of(const X509* certificate) {
  std::vector<std::string> out;
  const NamesPtr names = names_of(certificate);
  const int count = names ? sk_GENERAL_NAME_num(names.get()) : 0;
  out.reserve(static_cast<std::size_t>(count));
  for (int i = 0; i < count; ++i) {
    out.push_back(san_text(sk_GENERAL_NAME_value(names.get(), i)));
  }
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

bool covers(X509* certificate, const std::string& name) {
  const bool is_ip = IpAddress::parse(name).has_value();
  const bool is_pattern = name.find('*') != std::string::npos;
  const NamesPtr names = names_of(certificate);
  for (int i = 0; i < sk_GENERAL_NAME_num(names.get()); ++i) {
    const GENERAL_NAME* one = sk_GENERAL_NAME_value(names.get(), i);
    if (one->type != (is_ip ? GEN_IPADD : GEN_DNS)) {
      continue;
    }
    const std::string san = san_text(one);
    if (is_ip        ? san == name
        : is_pattern ? wire::pattern_matches(name, san)
                     : wire::dns_name_matches(name, san)) {
      return true;
    }
  }
  return false;
}

bool may_sign(X509* certificate) {
  const std::uint32_t usage = X509_get_key_usage(certificate);
  return usage == UINT32_MAX || (usage & KU_DIGITAL_SIGNATURE) != 0;
}

bool may_encipher_keys(X509* certificate) {
  const std::uint32_t usage = X509_get_key_usage(certificate);
  return usage == UINT32_MAX || (usage & KU_KEY_ENCIPHERMENT) != 0;
}

bool may_sign_certificates(X509* certificate) {
  const std::uint32_t usage = X509_get_key_usage(certificate);
  return usage == UINT32_MAX || (usage & KU_KEY_CERT_SIGN) != 0;
}

}  // namespace prober::net

#include "simulator/pki.h"

#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

#include <stdexcept>

namespace prober::simulator {
namespace {

constexpr long kDay = 86'400;

struct Profile {
  std::string common_name;
  std::string sans;       // OpenSSL's form: "DNS:a,IP:b"; empty: none
  std::string key_usage;  // empty: none
  std::string extended_key_usage = "serverAuth,clientAuth";
  std::string name_constraints;  // empty: none
  long from = -kDay;
  long until = 365 * kDay;
  bool is_ca = false;
};

EVP_PKEY* must(EVP_PKEY* key) {
  if (key == nullptr) {
    throw std::runtime_error("OpenSSL cannot make a key");
  }
  return key;
}

KeyPtr ec_key(const char* group) {
  return KeyPtr(must(EVP_EC_gen(group)));
}

void add_extension(X509* certificate, X509* issuer, int nid, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str());
  if (extension == nullptr) {
    throw std::runtime_error("OpenSSL cannot make an extension");
  }
  X509_add_ext(certificate, extension, -1);
  X509_EXTENSION_free(extension);
}

// `issuer` null: self-signed.
Issued issue(const Profile& profile, KeyPtr key, const Issued* issuer) {
  static long serial = 1000;
  Issued out;
  out.key = std::move(key);
  out.certificate.reset(X509_new());
  X509* certificate = out.certificate.get();
  X509_set_version(certificate, X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate), ++serial);
  X509_gmtime_adj(X509_getm_notBefore(certificate), profile.from);
  X509_gmtime_adj(X509_getm_notAfter(certificate), profile.until);
  X509_NAME* name = X509_get_subject_name(certificate);
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8,
                             reinterpret_cast<const unsigned char*>(profile.common_name.c_str()),
                             -1, -1, 0);
  X509* issuer_certificate = issuer != nullptr ? issuer->certificate.get() : certificate;
  EVP_PKEY* issuer_key = issuer != nullptr ? issuer->key.get() : out.key.get();
  X509_set_issuer_name(certificate, X509_get_subject_name(issuer_certificate));
  X509_set_pubkey(certificate, out.key.get());
  add_extension(certificate, issuer_certificate, NID_basic_constraints,
                profile.is_ca ? "critical,CA:TRUE" : "critical,CA:FALSE");
  if (!profile.sans.empty()) {
    add_extension(certificate, issuer_certificate, NID_subject_alt_name, profile.sans);
  }
  if (!profile.key_usage.empty()) {
    add_extension(certificate, issuer_certificate, NID_key_usage, profile.key_usage);
  }
  if (!profile.is_ca && !profile.extended_key_usage.empty()) {
    add_extension(certificate, issuer_certificate, NID_ext_key_usage, profile.extended_key_usage);
  }
  if (!profile.name_constraints.empty()) {
    add_extension(certificate, issuer_certificate, NID_name_constraints, profile.name_constraints);
  }
  const bool own_digest = EVP_PKEY_get_base_id(issuer_key) == EVP_PKEY_ED25519;
  if (X509_sign(certificate, issuer_key, own_digest ? nullptr : EVP_sha256()) == 0) {
    throw std::runtime_error("OpenSSL cannot sign a certificate");
  }
  return out;
}

Profile authority(const std::string& name) {
  Profile out;
  out.common_name = name;
  out.is_ca = true;
  out.key_usage = "critical,keyCertSign,cRLSign";
  out.until = 3650 * kDay;
  return out;
}

Profile leaf() {
  Profile out;
  out.common_name = kHost;
  out.sans = std::string("DNS:") + kHost;
  return out;
}

Profile profile_of(CertificateKind kind) {
  Profile out = leaf();
  switch (kind) {
    case CertificateKind::Expired:
      out.from = -30 * kDay;
      out.until = -kDay;
      break;
    case CertificateKind::NotYetValid:
      out.from = 5 * kDay;
      break;
    case CertificateKind::OtherName:
      out.sans = "DNS:other.example,DNS:second.example";
      break;
    case CertificateKind::CommonNameOnly:
      out.sans = "";
      break;
    case CertificateKind::Wildcard:
      out.sans = "DNS:*.demo.test";
      break;
    case CertificateKind::WildcardTooDeep:
      out.sans = "DNS:*.test";
      break;
    case CertificateKind::UpperCase:
      out.sans = "DNS:UPSTREAM.DEMO.TEST";
      break;
    case CertificateKind::ForAddress:
      out.sans = "IP:127.0.0.1";
      break;
    case CertificateKind::OutsideConstraints:
      out.sans = std::string("DNS:other.example,IP:127.0.0.1,DNS:") + kHost;
      break;
    case CertificateKind::ExcludedWildcard:
      out.sans = "DNS:*.demo.test";
      break;
    case CertificateKind::ClientUsageOnly:
      out.extended_key_usage = "clientAuth";
      break;
    case CertificateKind::NoDigitalSignature:
      out.key_usage = "critical,keyAgreement";
      break;
    case CertificateKind::Good:
    case CertificateKind::SelfSigned:
    case CertificateKind::UnknownCa:
    case CertificateKind::FormerCa:
    case CertificateKind::WithIntermediate:
    case CertificateKind::IncompleteChain:
    case CertificateKind::ExpiredIntermediate:
    case CertificateKind::Rsa1024:
    case CertificateKind::Rsa2048:
    case CertificateKind::EcdsaP384:
    case CertificateKind::EcdsaP521:
    case CertificateKind::Ed25519:
      break;
  }
  return out;
}

KeyPtr key_of(CertificateKind kind) {
  if (kind == CertificateKind::Rsa1024 || kind == CertificateKind::Rsa2048) {
    return KeyPtr(must(EVP_RSA_gen(kind == CertificateKind::Rsa1024 ? 1024 : 2048)));
  }
  if (kind == CertificateKind::Ed25519) {
    return KeyPtr(must(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519")));
  }
  return ec_key(kind == CertificateKind::EcdsaP384   ? "P-384"
                : kind == CertificateKind::EcdsaP521 ? "P-521"
                                                     : "P-256");
}

template <class Write>
std::string pem(Write write) {
  const std::unique_ptr<BIO, decltype(&BIO_free)> bio(BIO_new(BIO_s_mem()), &BIO_free);
  write(bio.get());
  char* text = nullptr;
  const long length = BIO_get_mem_data(bio.get(), &text);
  return {text, static_cast<std::size_t>(length)};
}

}  // namespace

Pki::Pki()
    : ca_(issue(authority("Demo CA"), ec_key("P-256"), nullptr)),
      stranger_(issue(authority("Unknown CA"), ec_key("P-256"), nullptr)),
      intermediate_(issue(authority("Demo Intermediate"), ec_key("P-256"), &ca_)) {
  Profile expired = authority("Expired Intermediate");
  expired.from = -30 * kDay;
  expired.until = -kDay;
  expired_intermediate_ = issue(expired, ec_key("P-256"), &ca_);
  former_ca_ = issue(authority("Demo CA"), ec_key("P-256"), nullptr);
  Profile constrained = authority("Constrained Intermediate");
  constrained.name_constraints =
      "critical,permitted;DNS:demo.test,excluded;DNS:other.demo.test,"
      "excluded;IP:10.0.0.0/255.0.0.0";
  constrained_ = issue(constrained, ec_key("P-256"), &ca_);
}

const Issued& Pki::get(CertificateKind kind) {
  const auto found = issued_.find(kind);
  return found != issued_.end() ? found->second : issued_.emplace(kind, make(kind)).first->second;
}

Issued Pki::make(CertificateKind kind) {
  const Issued* issuer = &ca_;
  if (kind == CertificateKind::SelfSigned) {
    issuer = nullptr;
  } else if (kind == CertificateKind::UnknownCa) {
    issuer = &stranger_;
  } else if (kind == CertificateKind::FormerCa) {
    issuer = &former_ca_;
  } else if (kind == CertificateKind::OutsideConstraints ||
             kind == CertificateKind::ExcludedWildcard) {
    issuer = &constrained_;
  } else if (kind == CertificateKind::WithIntermediate ||
             kind == CertificateKind::IncompleteChain) {
    issuer = &intermediate_;
  } else if (kind == CertificateKind::ExpiredIntermediate) {
    issuer = &expired_intermediate_;
  }
  Issued out = issue(profile_of(kind), key_of(kind), issuer);
  const bool sends_issuer =
      issuer == &intermediate_ || issuer == &expired_intermediate_ || issuer == &constrained_;
  if (sends_issuer && kind != CertificateKind::IncompleteChain) {
    out.chain.push_back(issuer);
  }
  return out;
}

std::string Pki::ca_pem() const {
  return pem([this](BIO* bio) { PEM_write_bio_X509(bio, ca_.certificate.get()); });
}

std::string Pki::client_pem() {
  const Issued& issued = get(CertificateKind::Good);
  return pem([&issued](BIO* bio) { PEM_write_bio_X509(bio, issued.certificate.get()); });
}

std::string Pki::client_key_pem() {
  const Issued& issued = get(CertificateKind::Good);
  return pem([&issued](BIO* bio) {
    PEM_write_bio_PrivateKey(bio, issued.key.get(), nullptr, nullptr, 0, nullptr, nullptr);
  });
}

}  // namespace prober::simulator

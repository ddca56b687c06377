#pragma once

#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

namespace prober::simulator {

/// The name that all good certificates are for.
inline constexpr char kHost[] = "upstream.demo.test";

/// Which certificate a TLS server shows.
enum class CertificateKind {
  Good,
  SelfSigned,
  Expired,
  NotYetValid,
  OtherName,
  CommonNameOnly,
  Wildcard,
  WildcardTooDeep,
  UpperCase,
  ForAddress,  // 127.0.0.1
  UnknownCa,
  FormerCa,  // of the CA's name and with another key
  WithIntermediate,
  IncompleteChain,
  ExpiredIntermediate,
  ClientUsageOnly,
  OutsideConstraints,  // a DNS name, then an address, both outside what the intermediate may issue
  ExcludedWildcard,    // covers a name that the intermediate may not issue
  NoDigitalSignature,
  Rsa1024,
  Rsa2048,
  EcdsaP384,
  EcdsaP521,
  Ed25519,
};

struct KeyDeleter {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
};
struct CertificateDeleter {
  void operator()(X509* certificate) const { X509_free(certificate); }
};
using KeyPtr = std::unique_ptr<EVP_PKEY, KeyDeleter>;
using CertificatePtr = std::unique_ptr<X509, CertificateDeleter>;

struct Issued {
  CertificatePtr certificate;
  KeyPtr key;
  std::vector<const Issued*> chain;  // sent after the leaf; owned by the Pki
};

/// Certificates made at start with OpenSSL, nothing on disk. Not thread-safe.
class Pki {
 public:
  Pki();

  [[nodiscard]] const Issued& get(CertificateKind kind);
  [[nodiscard]] const X509* ca() const { return ca_.certificate.get(); }
  /// The CA's certificate in PEM.
  [[nodiscard]] std::string ca_pem() const;
  /// A client certificate from the CA, and its key, in PEM.
  [[nodiscard]] std::string client_pem();
  [[nodiscard]] std::string client_key_pem();

 private:
  Issued make(CertificateKind kind);

  Issued ca_;
  Issued stranger_;
  Issued intermediate_;
  Issued expired_intermediate_;
  Issued former_ca_;
  Issued constrained_;  // an intermediate
  std::map<CertificateKind, Issued> issued_;
};

}  // namespace prober::simulator

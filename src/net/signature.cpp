#include "signature.h"

#include <openssl/err.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <array>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace prober::net {
namespace {

using Kind = SignatureFault::Kind;
using Reason = wire::SignatureReason;

// The curves that BoringSSL knows.
bool usable(const EVP_PKEY* key) {
  if (key == nullptr) {
    return false;
  }
  switch (EVP_PKEY_get_base_id(key)) {
    case EVP_PKEY_RSA:
    case EVP_PKEY_DSA:
    case EVP_PKEY_ED25519:
    case EVP_PKEY_X25519:
      return true;
    case EVP_PKEY_EC:
      break;
    default:
      return false;
  }
  constexpr std::array<int, 4> kCurves = {NID_secp224r1, NID_X9_62_prime256v1, NID_secp384r1,
                                          NID_secp521r1};
  char group[64];
  std::size_t length = 0;
  return EVP_PKEY_get_group_name(key, group, sizeof group, &length) == 1 &&
         std::ranges::find(kCurves, OBJ_txt2nid(group)) != kCurves.end();
}

// The kind of key that a signature algorithm needs; NID_undef for those that BoringSSL does not
// know.
int key_type_of(int signature) {
  switch (signature) {
    case NID_md5WithRSAEncryption:
    case NID_sha1WithRSAEncryption:
    case NID_sha224WithRSAEncryption:
    case NID_sha256WithRSAEncryption:
    case NID_sha384WithRSAEncryption:
    case NID_sha512WithRSAEncryption:
    case NID_rsassaPss:
      return EVP_PKEY_RSA;
    case NID_ecdsa_with_SHA1:
    case NID_ecdsa_with_SHA224:
    case NID_ecdsa_with_SHA256:
    case NID_ecdsa_with_SHA384:
    case NID_ecdsa_with_SHA512:
      return EVP_PKEY_EC;
    case NID_dsaWithSHA1:
    case NID_dsa_with_SHA224:
    case NID_dsa_with_SHA256:
      return EVP_PKEY_DSA;
    case NID_ED25519:
      return EVP_PKEY_ED25519;
    default:
      return NID_undef;
  }
}

using ContextPtr = std::unique_ptr<EVP_PKEY_CTX, decltype(&EVP_PKEY_CTX_free)>;

// The block that an RSA signature holds, with its padding. Empty: it is no number below the
// modulus.
std::vector<unsigned char> rsa_block(EVP_PKEY* key, const ASN1_BIT_STRING* signature) {
  const ContextPtr context(EVP_PKEY_CTX_new(key, nullptr), &EVP_PKEY_CTX_free);
  std::vector<unsigned char> out(static_cast<std::size_t>(EVP_PKEY_get_size(key)));
  std::size_t length = out.size();
  const bool read =
      context && EVP_PKEY_verify_recover_init(context.get()) == 1 &&
      EVP_PKEY_CTX_set_rsa_padding(context.get(), RSA_NO_PADDING) == 1 &&
      EVP_PKEY_verify_recover(context.get(), out.data(), &length, ASN1_STRING_get0_data(signature),
                              static_cast<std::size_t>(ASN1_STRING_length(signature))) == 1;
  out.resize(read ? length : 0);
  return out;
}

// crypto/fipsmodule/rsa: rsa_verify_raw, then the padding.
Reason rsa_reason(EVP_PKEY* key, const ASN1_BIT_STRING* signature, bool pss) {
  constexpr unsigned char kPssEnd = 0xbc;
  constexpr unsigned char kTopBit = 0x80;
  if (ASN1_STRING_length(signature) != EVP_PKEY_get_size(key)) {
    return Reason::RsaLength;
  }
  const auto block = rsa_block(key, signature);
  if (block.size() < 2) {
    return Reason::RsaTooLarge;
  }
  if (pss) {
    // With a modulus of whole bytes, as they are, the first bit is not used.
    return (block.front() & kTopBit) != 0 ? Reason::PssFirstOctet
           : block.back() != kPssEnd      ? Reason::PssLastOctet
                                          : Reason::RsaMismatch;
  }
  return block[0] == 0 && block[1] == 1 ? Reason::RsaMismatch : Reason::RsaBlockType;
}

Reason reason_of(EVP_PKEY* key, X509* subject, int algorithm) {
  const ASN1_BIT_STRING* signature = nullptr;
  X509_get0_signature(&signature, nullptr, subject);
  switch (EVP_PKEY_get_base_id(key)) {
    case EVP_PKEY_RSA:
      return rsa_reason(key, signature, algorithm == NID_rsassaPss);
    case EVP_PKEY_ED25519:
      return Reason::Ed25519Mismatch;
    default:
      return Reason::EcdsaMismatch;
  }
}

}  // namespace

SignatureFault check_signed_by(X509* subject, X509* issuer) {
  EVP_PKEY* key = X509_get0_pubkey(issuer);
  if (!usable(key)) {
    return {Kind::Key, Reason::UndecodableKey};
  }
  const int algorithm = X509_get_signature_nid(subject);
  const int needed = key_type_of(algorithm);
  if (needed == NID_undef) {
    return {Kind::Signature, Reason::UnknownAlgorithm};
  }
  if (needed != EVP_PKEY_get_base_id(key)) {
    return {Kind::Signature, Reason::WrongKeyType};
  }
  if (needed == EVP_PKEY_DSA) {
    return {Kind::Signature, Reason::Dsa};
  }
  if (algorithm == NID_md5WithRSAEncryption) {
    return {Kind::Signature, Reason::Md5};
  }
  const bool holds = X509_verify(subject, key) == 1;
  const SignatureFault out =
      holds ? SignatureFault{}
            : SignatureFault{Kind::Signature, reason_of(key, subject, algorithm)};
  ERR_clear_error();
  return out;
}

}  // namespace prober::net

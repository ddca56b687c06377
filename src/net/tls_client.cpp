// OpenSSL as Envoy's BoringSSL: what it offers, what it accepts, and what it says of a failure.
// The settings were checked against Envoy 1.38.2 with the certificates of tests/conformance.

#include "tls_client.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <ctime>
#include <fstream>
#include <sstream>

#include "certificate.h"
#include "verify.h"
#include "wire/boringssl.h"
#include "wire/server_hello.h"

namespace prober::net {
namespace {

// Pomerium: config/envoyconfig/tls.go.
constexpr char kCiphers[] =
    "ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-AES128-GCM-SHA256:"
    "ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305:"
    "ECDHE-ECDSA-AES128-SHA:ECDHE-RSA-AES128-SHA:AES128-GCM-SHA256:AES128-SHA:"
    "ECDHE-ECDSA-AES256-SHA:ECDHE-RSA-AES256-SHA:AES256-GCM-SHA384:AES256-SHA";
constexpr char kGroups[] = "X25519:P-256:P-384:P-521";
// BoringSSL's kVerifySignatureAlgorithms: no Ed25519, no P-521.
constexpr char kSignatures[] =
    "ECDSA+SHA256:RSA-PSS+SHA256:RSA+SHA256:ECDSA+SHA384:RSA-PSS+SHA384:RSA+SHA384:"
    "RSA-PSS+SHA512:RSA+SHA512:RSA+SHA1";

// Its kSignSignatureAlgorithms, and Ed25519, which it signs with when that is the client's key.
constexpr char kOwnSignatures[] =
    "ECDSA+SHA256:RSA-PSS+SHA256:RSA+SHA256:ECDSA+SHA384:RSA-PSS+SHA384:RSA+SHA384:ECDSA+SHA512:"
    "RSA-PSS+SHA512:RSA+SHA512:RSA+SHA1:ed25519";

constexpr int kTcpClose = 7;
constexpr int kFatalAlert = 2;
constexpr int kHandshakeFailureAlert = 40;

// Where Pomerium looks for the system's roots, in its order.
constexpr std::array<const char*, 6> kSystemBundles = {
    "/etc/ssl/certs/ca-certificates.crt", "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
    "/etc/pki/tls/certs/ca-bundle.crt",   "/etc/ssl/ca-bundle.pem",
    "/usr/local/etc/ssl/cert.pem",        "/etc/ssl/cert.pem",
};

using BioPtr = std::unique_ptr<BIO, decltype(&BIO_free)>;
using X509Ptr = std::unique_ptr<X509, decltype(&X509_free)>;
using KeyPtr = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;

std::string read_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

// A file wins over text in place, as in Envoy's configuration by Pomerium.
std::string pem_of(const PemSource& source) {
  return source.file.empty() ? source.text : read_file(source.file);
}

BioPtr bio_of(const std::string& text) {
  return {BIO_new_mem_buf(text.data(), static_cast<int>(text.size())), &BIO_free};
}

X509Ptr next_certificate(BIO* bio) {
  return {PEM_read_bio_X509(bio, nullptr, nullptr, nullptr), &X509_free};
}

void add_anchors(X509_STORE* store, const std::string& pem) {
  const BioPtr bio = bio_of(pem);
  for (X509Ptr one = next_certificate(bio.get()); one; one = next_certificate(bio.get())) {
    X509_STORE_add_cert(store, one.get());
  }
  ERR_clear_error();  // the end of the PEM text counts as an error
}

void add_system_anchors(X509_STORE* store) {
  for (const char* path : kSystemBundles) {
    const std::string pem = read_file(path);
    if (!pem.empty()) {
      add_anchors(store, pem);
      return;
    }
  }
}

int context_index() {
  static const int kIndex = SSL_CTX_get_ex_new_index(0, nullptr, nullptr, nullptr, nullptr);
  return kIndex;
}

std::string alpn_wire(const std::vector<std::string>& protocols) {
  std::string out;
  for (const std::string& one : protocols) {
    out += static_cast<char>(one.size());
    out += one;
  }
  return out;
}

}  // namespace

TrustStores::TrustStores(PemSource added) : added_(std::move(added)) {}

X509_STORE* TrustStores::get(const PemSource& custom) {
  const std::string key = custom.file.empty() ? "text:" + custom.text : "file:" + custom.file;
  StorePtr& store = stores_[key];
  if (!store) {
    store.reset(X509_STORE_new());
    if (custom.empty()) {
      add_system_anchors(store.get());
      add_anchors(store.get(), pem_of(added_));
    } else {
      add_anchors(store.get(), pem_of(custom));
    }
  }
  return store.get();
}

TlsClient::TlsClient(Options options, Listener listener)
    : options_(std::move(options)), listener_(std::move(listener)) {
  facts_.server_name = options_.server_name;
}

TlsClient* TlsClient::of(const SSL* ssl) {
  return static_cast<TlsClient*>(SSL_CTX_get_ex_data(SSL_get_SSL_CTX(ssl), context_index()));
}

bool TlsClient::configure(SSL_CTX* context) {
  SSL_CTX_set_ex_data(context, context_index(), this);
  SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
  SSL_CTX_set_max_proto_version(context, TLS1_3_VERSION);
  // Debian's default level 2 refuses RSA-1024 and SHA-1, which BoringSSL accepts.
  SSL_CTX_set_security_level(context, 0);
  SSL_CTX_set_cipher_list(context, kCiphers);
  SSL_CTX_set1_groups_list(context, kGroups);
  SSL_CTX_set1_sigalgs_list(context, kSignatures);
  SSL_CTX_set1_client_sigalgs_list(context, kOwnSignatures);
  // OpenSSL 3 refuses servers without secure renegotiation, BoringSSL does not.
  SSL_CTX_set_options(context, SSL_OP_LEGACY_SERVER_CONNECT);
  SSL_CTX_set_options(context, SSL_OP_NO_ENCRYPT_THEN_MAC);  // BoringSSL does not know it
  SSL_CTX_clear_options(context, SSL_OP_NO_TICKET);          // which libcurl sets
  if (!options_.settings->allow_renegotiation) {
    SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION);
  }
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  const std::string alpn = alpn_wire(options_.alpn);
  SSL_CTX_set_alpn_protos(context, reinterpret_cast<const unsigned char*>(alpn.data()),
                          static_cast<unsigned>(alpn.size()));
  SSL_CTX_set1_cert_store(context, options_.trust);
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
  SSL_CTX_set_cert_verify_callback(
      context,
      [](X509_STORE_CTX* store, void* self) {
        return static_cast<TlsClient*>(self)->on_verify(store);
      },
      this);
  SSL_CTX_set_info_callback(
      context, [](const SSL* ssl, int where, int value) { of(ssl)->on_info(ssl, where, value); });
  SSL_CTX_set_msg_callback(context, [](int write, int, int type, const void* bytes,
                                       std::size_t length, SSL* ssl, void*) {
    of(ssl)->on_message(write, type, static_cast<const unsigned char*>(bytes), length);
  });
  return use_client_certificate(context);
}

bool TlsClient::use_client_certificate(SSL_CTX* context) const {
  const TlsSettings& settings = *options_.settings;
  if (settings.client_certificate.empty()) {
    return true;
  }
  const std::string chain = pem_of(settings.client_certificate);
  const std::string key_pem = pem_of(settings.client_key);
  const BioPtr chain_bio = bio_of(chain);
  const X509Ptr leaf = next_certificate(chain_bio.get());
  const BioPtr key_bio = bio_of(key_pem);
  const KeyPtr key(PEM_read_bio_PrivateKey(key_bio.get(), nullptr, nullptr, nullptr),
                   &EVP_PKEY_free);
  if (!leaf || !key || SSL_CTX_use_certificate(context, leaf.get()) != 1 ||
      SSL_CTX_use_PrivateKey(context, key.get()) != 1) {
    return false;
  }
  for (X509Ptr one = next_certificate(chain_bio.get()); one;
       one = next_certificate(chain_bio.get())) {
    SSL_CTX_add1_chain_cert(context, one.get());
  }
  ERR_clear_error();
  return true;
}

void TlsClient::on_info(const SSL* ssl, int where, int value) {
  if ((where & SSL_CB_HANDSHAKE_START) != 0 && !started_) {
    started_ = true;
    ssl_ = ssl;
    // libcurl sends no SNI for an IP address, Envoy does. OpenSSL hands the connection out as const
    // here, though this is the last moment to set it.
    SSL_ctrl(const_cast<SSL*>(ssl), SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name,
             options_.server_name.data());
    listener_.on_start();
  }
  if (facts_.completed) {
    return;
  }
  if ((where & SSL_CB_READ_ALERT) == SSL_CB_READ_ALERT) {
    const int description = value & 255;
    if (value >> 8 == kFatalAlert) {
      alert_ = description;
    } else if (description == SSL_AD_CLOSE_NOTIFY) {
      close_notified_ = true;
    }
  }
  if ((where & SSL_CB_HANDSHAKE_DONE) != 0) {
    note_completed(ssl);
  }
  if ((where & SSL_CB_CONNECT_EXIT) == SSL_CB_CONNECT_EXIT && value <= 0) {
    // libcurl empties the queue before its own callers can look.
    os_error_ = errno;
    queue_error_ = ERR_peek_last_error();  // the SSL library's, others may stand before it
  }
}

// What BoringSSL refuses and OpenSSL does not, or by another name.
void TlsClient::judge_message(std::string_view message) {
  constexpr char kHelloRequest = 0;
  constexpr char kServerHello = 2;
  std::vector<TlsError> refused;
  if (message.front() == kHelloRequest) {
    refused = wire::queue_of({"UNEXPECTED_MESSAGE"});
  } else if (message.front() == kServerHello) {
    refused = wire::refused_extensions(message, offer_);
  }
  if (!refused.empty() && facts_.end == TlsEnd::None) {
    facts_.end = TlsEnd::Error;
    facts_.errors = std::move(refused);
    listener_.on_refused();
  }
}

void TlsClient::on_message(int write, int type, const unsigned char* bytes, std::size_t length) {
  constexpr unsigned char kHelloRequest = 0;
  constexpr unsigned char kClientHello = 1;
  constexpr unsigned char kServerHello = 2;
  if (length == 0) {
    return;
  }
  const std::string_view message(reinterpret_cast<const char*>(bytes), length);
  if (write != 0) {
    if (type == SSL3_RT_HANDSHAKE && bytes[0] == kClientHello) {
      offer_ = wire::offer_of(message);
    }
    return;
  }
  if (type == SSL3_RT_HEADER) {
    record_type_ = bytes[0];
  } else if (type == SSL3_RT_HANDSHAKE) {
    if (!facts_.completed) {
      judge_message(message);
    }
    renegotiation_asked_ = renegotiation_asked_ || (facts_.completed && bytes[0] == kHelloRequest);
    answered_ = answered_ || bytes[0] == kServerHello;
  }
}

bool TlsClient::renegotiation_refused() const {
  return renegotiation_asked_ && !options_.settings->allow_renegotiation;
}

void TlsClient::note_completed(const SSL* ssl) {
  facts_.completed = true;
  facts_.version = SSL_get_version(ssl);
  facts_.cipher = SSL_get_cipher_name(ssl);
  const unsigned char* protocol = nullptr;
  unsigned length = 0;
  SSL_get0_alpn_selected(ssl, &protocol, &length);
  facts_.alpn.assign(reinterpret_cast<const char*>(protocol), length);
}

void TlsClient::note_chain(X509_STORE_CTX* context) {
  X509* leaf = X509_STORE_CTX_get0_cert(context);
  facts_.chain.push_back(describe(leaf));
  STACK_OF(X509)* sent = X509_STORE_CTX_get0_untrusted(context);
  for (int i = 0; i < sk_X509_num(sent); ++i) {
    X509* one = sk_X509_value(sent, i);
    if (X509_cmp(one, leaf) != 0) {
      facts_.chain.push_back(describe(one));
    }
  }
}

// BoringSSL holds the leaf's key usage to what the cipher suite does with the key: before it asks
// for a verification, and whatever that says, but with RSA keys in TLS 1.2 after it, and those only
// from Envoy 1.38 on.
bool TlsClient::key_usage_fits(X509* leaf) const {
  const SSL_CIPHER* cipher =
      ssl_ != nullptr ? SSL_get_pending_cipher(const_cast<SSL*>(ssl_)) : nullptr;
  const bool enciphers = cipher != nullptr && SSL_CIPHER_get_kx_nid(cipher) == NID_kx_rsa;
  return enciphers ? may_encipher_keys(leaf) : may_sign(leaf);
}

bool TlsClient::key_usage_comes_last(X509* leaf) const {
  return ssl_ != nullptr && SSL_version(ssl_) == TLS1_2_VERSION &&
         EVP_PKEY_get_base_id(X509_get0_pubkey(leaf)) == EVP_PKEY_RSA;
}

int TlsClient::on_verify(X509_STORE_CTX* context) {
  note_chain(context);
  if (facts_.end == TlsEnd::Error) {
    return 0;  // BoringSSL refused before
  }
  X509* leaf = X509_STORE_CTX_get0_cert(context);
  const bool comes_last = key_usage_comes_last(leaf);
  key_usage_wrong_ =
      !key_usage_fits(leaf) && (options_.envoy >= EnvoyVersion::V1_38 || !comes_last);
  if (key_usage_wrong_ && !comes_last) {
    return 0;
  }
  ChainVerdict verdict = verify_chain(context, std::time(nullptr), options_.envoy);
  facts_.problems = std::move(verdict.problems);
  facts_.name_mismatch = !covers(leaf, options_.server_name);
  const bool sound = facts_.problems.empty() && !facts_.name_mismatch;
  verify_failed_ = !sound && !options_.settings->skip_verify;
  if (verify_failed_ || trips_over_queue()) {
    verify_queue_ = std::move(verdict.queue);
  }
  if (verify_failed_ || key_usage_wrong_ || !verify_queue_.empty()) {
    return 0;
  }
  X509_STORE_CTX_set_error(context, X509_V_OK);
  return 1;
}

// What a verification leaves in BoringSSL's error queue, tls_skip_verify does not take away, and
// where the handshake then waits for the server once more, as it does before TLS 1.3, SSL_get_error
// takes it for the handshake's own (measured on Envoy 1.36 to 1.40). Only a server that is so near
// that its Finished is there at once, on the same machine, sometimes gets through.
bool TlsClient::trips_over_queue() const {
  return ssl_ != nullptr && SSL_version(ssl_) < TLS1_3_VERSION;
}

std::vector<TlsError> TlsClient::library_errors() const {
  if (ERR_GET_REASON(queue_error_) == SSL_R_UNEXPECTED_MESSAGE &&
      record_type_ != SSL3_RT_HANDSHAKE) {
    return {wire::unexpected_record()};
  }
  const char* text = ERR_reason_error_string(queue_error_);
  return wire::from_ssl_reason(text == nullptr ? "" : text);
}

void TlsClient::conclude_failure(int tcp_state) {
  if (facts_.end == TlsEnd::Error) {
    return;  // BoringSSL refused before
  }
  facts_.end = TlsEnd::Error;
  facts_.errors = verify_queue_;
  if (verify_failed_) {
    facts_.errors.push_back(wire::certificate_verify_failed());
  } else if (key_usage_wrong_) {
    facts_.errors.push_back(wire::key_usage_bit_incorrect());
  } else if (!verify_queue_.empty()) {
    return;
  } else if (alert_ >= 0) {
    facts_.errors = {wire::from_alert(alert_)};
    if (alert_ == kHandshakeFailureAlert && !answered_) {
      facts_.errors.push_back(wire::handshake_failure_on_client_hello());
    }
  } else if (ERR_GET_LIB(queue_error_) == ERR_LIB_SSL &&
             ERR_GET_REASON(queue_error_) != SSL_R_UNEXPECTED_EOF_WHILE_READING) {
    facts_.errors = library_errors();
  } else if (tcp_state == kTcpClose && !close_notified_) {
    facts_.errors = {wire::from_errno(ECONNRESET)};
  } else {
    facts_.end = TlsEnd::PeerClosed;
  }
}

}  // namespace prober::net

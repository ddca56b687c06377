#pragma once

#include <openssl/ssl.h>

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "prober/attempt.h"
#include "prober/route.h"
#include "wire/server_hello.h"

namespace prober::net {

struct StoreDeleter {
  void operator()(X509_STORE* store) const { X509_STORE_free(store); }
};
using StorePtr = std::unique_ptr<X509_STORE, StoreDeleter>;

/// Trust anchors, each set loaded once: reading the system's bundle takes tens of milliseconds, in
/// which the loop would stand still.
class TrustStores {
 public:
  /// `added` (Pomerium's certificate_authority) goes to the system's roots.
  explicit TrustStores(PemSource added);

  /// The system's roots and `added` when `custom` is empty, else `custom` alone. Never null; a file
  /// that cannot be read or parsed gives no anchors. Owned by this object.
  [[nodiscard]] X509_STORE* get(const PemSource& custom);

 private:
  PemSource added_;
  std::map<std::string, StorePtr> stores_;
};

/// One upstream TLS handshake, with OpenSSL set up to offer and to check what Envoy's BoringSSL
/// does under Pomerium's settings, and every observation noted in a TlsFacts. configure() is called
/// by the connection when it has an SSL_CTX; this object must outlive the handshake.
class TlsClient {
 public:
  struct Options {
    std::string server_name;        // SNI and the SAN looked for; IP literals too, as Envoy does
    std::vector<std::string> alpn;  // most wanted first
    X509_STORE* trust = nullptr;    // not owned
    const TlsSettings* settings = nullptr;  // not owned
    EnvoyVersion envoy = EnvoyVersion::V1_38;
  };

  /// What the connection is told, in the middle of OpenSSL's work.
  struct Listener {
    std::function<void()> on_start;
    /// BoringSSL would have given up here; OpenSSL would go on, so the connection must end it.
    std::function<void()> on_refused;
  };

  TlsClient(Options options, Listener listener);
  TlsClient(const TlsClient&) = delete;
  TlsClient& operator=(const TlsClient&) = delete;
  ~TlsClient() = default;

  /// Sets up a fresh context. False when the client certificate cannot be used.
  [[nodiscard]] bool configure(SSL_CTX* context);

  /// After the handshake failed: turns what was noted into errors, as BoringSSL's queue would have
  /// them. `tcp_state` is TCP_INFO's at the end (8: the peer closed, 7: it reset).
  void conclude_failure(int tcp_state);

  /// The server asked for a new handshake, which Envoy refuses unless the route allows it.
  [[nodiscard]] bool renegotiation_refused() const;

  [[nodiscard]] const TlsFacts& facts() const { return facts_; }

 private:
  static TlsClient* of(const SSL* ssl);
  void on_info(const SSL* ssl, int where, int value);
  void judge_message(std::string_view message);
  void on_message(int write, int type, const unsigned char* bytes, std::size_t length);
  int on_verify(X509_STORE_CTX* context);
  void note_completed(const SSL* ssl);
  void note_chain(X509_STORE_CTX* context);
  [[nodiscard]] bool key_usage_fits(X509* leaf) const;
  [[nodiscard]] bool key_usage_comes_last(X509* leaf) const;
  [[nodiscard]] bool trips_over_queue() const;
  [[nodiscard]] std::vector<TlsError> library_errors() const;
  [[nodiscard]] bool use_client_certificate(SSL_CTX* context) const;

  Options options_;
  Listener listener_;
  TlsFacts facts_;
  const SSL* ssl_ = nullptr;
  bool started_ = false;
  int alert_ = -1;         // the fatal one received during the handshake
  bool answered_ = false;  // a ServerHello had come before it
  bool close_notified_ = false;
  int record_type_ = 0;  // of the last record
  unsigned long queue_error_ = 0;
  int os_error_ = 0;
  bool verify_failed_ = false;
  std::vector<TlsError> verify_queue_;
  bool key_usage_wrong_ = false;
  bool renegotiation_asked_ = false;
  wire::Offer offer_;
};

}  // namespace prober::net

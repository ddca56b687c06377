#include "connection.h"

#include <curl/curl.h>
#include <openssl/err.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <new>
#include <unordered_map>

#include "plain_connection.h"
#include "socket.h"

namespace prober::net {
namespace {

constexpr std::size_t kTransfersPerMulti = 256;
// Our own timers end an attempt; libcurl's must never be first.
constexpr long kNoTimeoutMs = 24L * 3600 * 1000;

void must(CURLMcode code) {
  if (code == CURLM_OUT_OF_MEMORY) {
    throw std::bad_alloc();
  }
}

}  // namespace

class CurlConnection;

/// A libcurl multi handle on the loop.
class Connector::Multi {
 public:
  explicit Multi(Loop& loop);
  Multi(const Multi&) = delete;
  Multi& operator=(const Multi&) = delete;
  ~Multi();

  [[nodiscard]] bool full() const { return transfers_ >= kTransfersPerMulti; }
  void add(CURL* easy);
  void remove(CURL* easy);
  /// An easy handle with everything at its default; gives it back with recycle().
  CURL* take();
  void recycle(CURL* easy);

 private:
  static int on_socket(CURL* easy, curl_socket_t fd, int what, void* self, void* watch);
  static int on_timer(CURLM* multi, long wait_ms, void* self);
  void act(curl_socket_t fd, int mask);
  void watch(curl_socket_t fd, int what);
  void settle();

  Loop& loop_;
  CURLM* handle_;
  Timer timer_;
  std::unordered_map<curl_socket_t, std::unique_ptr<SocketWatch>> watches_;
  std::vector<CURL*> spare_;
  std::size_t transfers_ = 0;
};

/// A connection with TLS: libcurl opens it (CONNECT_ONLY) and carries its bytes.
class CurlConnection : public Connection {
 public:
  CurlConnection(Loop& loop, Connector::Multi& multi, const ConnectionSpec& spec,
                 ConnectionListener& listener);
  ~CurlConnection() override;

  [[nodiscard]] ConnectReport report() const override;
  IoResult receive(std::span<char> buffer) override;
  IoResult send(std::string_view bytes) override;
  void want_write(bool on) override;

  /// libcurl began to watch the socket: connect() did not fail at once.
  void on_watched() { watched_ = true; }
  void on_done(CURLcode code);

 private:
  void configure();
  void configure_tls();
  curl_socket_t open(const curl_sockaddr* address);
  int close_socket(curl_socket_t fd);
  void describe_failure(CURLcode code);

  Loop& loop_;
  Connector::Multi& multi_;
  ConnectionSpec spec_;
  ConnectionListener& listener_;
  CURL* easy_;
  std::unique_ptr<TlsClient> tls_;
  std::unique_ptr<SocketWatch> watch_;
  ConnectReport report_;
  int fd_ = -1;
  int last_tcp_state_ = 0;
  bool opened_ = false;
  bool watched_ = false;
};

// ---- the multi handle

Connector::Multi::Multi(Loop& loop)
    : loop_(loop),
      handle_(curl_multi_init()),
      timer_(loop, [this] { act(CURL_SOCKET_TIMEOUT, 0); }) {
  if (handle_ == nullptr) {
    throw std::bad_alloc();
  }
  curl_multi_setopt(handle_, CURLMOPT_SOCKETFUNCTION, &Multi::on_socket);
  curl_multi_setopt(handle_, CURLMOPT_SOCKETDATA, this);
  curl_multi_setopt(handle_, CURLMOPT_TIMERFUNCTION, &Multi::on_timer);
  curl_multi_setopt(handle_, CURLMOPT_TIMERDATA, this);
}

Connector::Multi::~Multi() {
  for (CURL* easy : spare_) {
    curl_easy_cleanup(easy);
  }
  watches_.clear();
  curl_multi_cleanup(handle_);
}

void Connector::Multi::add(CURL* easy) {
  ++transfers_;
  must(curl_multi_add_handle(handle_, easy));
}

void Connector::Multi::remove(CURL* easy) {
  --transfers_;
  curl_multi_remove_handle(handle_, easy);
}

CURL* Connector::Multi::take() {
  if (spare_.empty()) {
    CURL* easy = curl_easy_init();
    if (easy == nullptr) {
      throw std::bad_alloc();
    }
    return easy;
  }
  CURL* easy = spare_.back();
  spare_.pop_back();
  return easy;
}

void Connector::Multi::recycle(CURL* easy) {
  curl_easy_reset(easy);
  spare_.push_back(easy);
}

int Connector::Multi::on_socket(CURL* easy, curl_socket_t fd, int what, void* self, void*) {
  CurlConnection* connection = nullptr;
  curl_easy_getinfo(easy, CURLINFO_PRIVATE, &connection);
  if (connection != nullptr && what != CURL_POLL_REMOVE) {
    connection->on_watched();
  }
  static_cast<Multi*>(self)->watch(fd, what);
  return 0;
}

int Connector::Multi::on_timer(CURLM*, long wait_ms, void* self) {
  auto* multi = static_cast<Multi*>(self);
  if (wait_ms < 0) {
    multi->timer_.cancel();
  } else {
    multi->timer_.arm(Clock::now() + std::chrono::milliseconds(wait_ms));
  }
  return 0;
}

void Connector::Multi::watch(curl_socket_t fd, int what) {
  if (what == CURL_POLL_REMOVE) {
    // The call may come from that watch's own callback.
    if (auto found = watches_.extract(fd)) {
      found.mapped()->want(false, false);
      loop_.destroy_later(std::shared_ptr<SocketWatch>(std::move(found.mapped())));
    }
    return;
  }
  auto& watch = watches_[fd];
  if (!watch) {
    watch = std::make_unique<SocketWatch>(loop_, fd, [this, fd](bool readable, bool writable) {
      act(fd, (readable ? CURL_CSELECT_IN : 0) | (writable ? CURL_CSELECT_OUT : 0));
    });
  }
  watch->want((what & CURL_POLL_IN) != 0, (what & CURL_POLL_OUT) != 0);
}

void Connector::Multi::act(curl_socket_t fd, int mask) {
  int running = 0;
  must(curl_multi_socket_action(handle_, fd, mask, &running));
  settle();
}

void Connector::Multi::settle() {
  int left = 0;
  while (const CURLMsg* message = curl_multi_info_read(handle_, &left)) {
    if (message->msg != CURLMSG_DONE) {
      continue;
    }
    CurlConnection* connection = nullptr;
    curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &connection);
    connection->on_done(message->data.result);
  }
}

// ---- one connection

CurlConnection::CurlConnection(Loop& loop, Connector::Multi& multi, const ConnectionSpec& spec,
                               ConnectionListener& listener)
    : loop_(loop), multi_(multi), spec_(spec), listener_(listener), easy_(multi.take()) {
  configure();
  multi_.add(easy_);
}

CurlConnection::~CurlConnection() {
  // The socket must leave the loop before libcurl closes it; the call may come from its own
  // callback.
  if (watch_) {
    watch_->want(false, false);
    loop_.destroy_later(std::shared_ptr<SocketWatch>(std::move(watch_)));
  }
  multi_.remove(easy_);
  multi_.recycle(easy_);
}

void CurlConnection::configure() {
  const Endpoint& to = spec_.endpoint;
  const std::string host = to.path.empty() ? to.to_string() : "localhost";
  const std::string url = "https://" + host + "/";
  curl_easy_setopt(easy_, CURLOPT_URL, url.c_str());
  if (!to.path.empty()) {
    curl_easy_setopt(easy_, CURLOPT_UNIX_SOCKET_PATH, to.path.c_str());
  }
  curl_easy_setopt(easy_, CURLOPT_CONNECT_ONLY, 1L);
  curl_easy_setopt(easy_, CURLOPT_PRIVATE, this);
  curl_easy_setopt(easy_, CURLOPT_NOSIGNAL, 1L);
  // A proxy from the environment would falsify everything.
  curl_easy_setopt(easy_, CURLOPT_PROXY, "");
  curl_easy_setopt(easy_, CURLOPT_DNS_CACHE_TIMEOUT, 0L);
  curl_easy_setopt(easy_, CURLOPT_FRESH_CONNECT, 1L);
  curl_easy_setopt(easy_, CURLOPT_CONNECTTIMEOUT_MS, kNoTimeoutMs);
  curl_easy_setopt(
      easy_, CURLOPT_OPENSOCKETFUNCTION, +[](void* self, curlsocktype, curl_sockaddr* address) {
        return static_cast<CurlConnection*>(self)->open(address);
      });
  curl_easy_setopt(easy_, CURLOPT_OPENSOCKETDATA, this);
  curl_easy_setopt(
      easy_, CURLOPT_CLOSESOCKETFUNCTION, +[](void* self, curl_socket_t fd) {
        return static_cast<CurlConnection*>(self)->close_socket(fd);
      });
  curl_easy_setopt(easy_, CURLOPT_CLOSESOCKETDATA, this);
  configure_tls();
}

void CurlConnection::configure_tls() {
  tls_ = std::make_unique<TlsClient>(
      spec_.tls.value_or(TlsClient::Options{}),
      TlsClient::Listener{.on_start = [this] { report_.tcp_at = Clock::now(); },
                          // OpenSSL cannot be stopped where it stands: it meets the end instead.
                          .on_refused = [this] { ::shutdown(fd_, SHUT_RDWR); }});
  // Verification is TlsClient's; with libcurl's own, each handle would load the CA bundle.
  curl_easy_setopt(easy_, CURLOPT_SSL_VERIFYPEER, 0L);
  curl_easy_setopt(easy_, CURLOPT_SSL_VERIFYHOST, 0L);
  curl_easy_setopt(easy_, CURLOPT_SSL_SESSIONID_CACHE, 0L);
  // With ALPN of its own, libcurl puts its HTTP/2 layer under the connection.
  curl_easy_setopt(easy_, CURLOPT_SSL_ENABLE_ALPN, 0L);
  curl_easy_setopt(
      easy_, CURLOPT_SSL_CTX_FUNCTION, +[](CURL*, void* context, void* self) {
        auto* connection = static_cast<CurlConnection*>(self);
        const bool usable = connection->tls_->configure(static_cast<SSL_CTX*>(context));
        return usable ? CURLE_OK : CURLE_SSL_CERTPROBLEM;
      });
  curl_easy_setopt(easy_, CURLOPT_SSL_CTX_DATA, this);
}

// One attempt is one connection: a second socket, which libcurl would open after some failures, is
// refused.
curl_socket_t CurlConnection::open(const curl_sockaddr* address) {
  if (opened_) {
    return CURL_SOCKET_BAD;
  }
  opened_ = true;
  fd_ = open_socket(spec_, address->family, report_);
  return fd_;
}

int CurlConnection::close_socket(curl_socket_t fd) {
  if (fd == fd_) {
    if (!tls_->facts().completed) {
      last_tcp_state_ = tcp_state(fd);
    }
    fd_ = -1;
  }
  return ::close(fd);
}

void CurlConnection::on_done(CURLcode code) {
  if (code != CURLE_OK) {
    describe_failure(code);
    listener_.on_connect_failed();
    return;
  }
  report_.result = ConnectResult::Connected;
  watch_ = std::make_unique<SocketWatch>(loop_, fd_, [this](bool readable, bool writable) {
    // Reading first: an answer that came early outranks a request that cannot be sent any more. The
    // listener may destroy this connection, so only one of the two is told at a time.
    if (readable) {
      listener_.on_readable();
    } else if (writable) {
      listener_.on_writable();
    }
  });
  watch_->want(true, false);
  listener_.on_connected();
}

void CurlConnection::describe_failure(CURLcode code) {
  ERR_clear_error();
  if (report_.result != ConnectResult::NotStarted) {
    return;  // bind or socket failed
  }
  if (report_.tcp_at) {
    report_.result = ConnectResult::Connected;
    tls_->conclude_failure(last_tcp_state_);
    return;
  }
  if (code == CURLE_SSL_CERTPROBLEM) {
    report_.result = ConnectResult::Connected;
    report_.tcp_at = Clock::now();
    tls_->conclude_failure(0);
    return;
  }
  long error = 0;
  curl_easy_getinfo(easy_, CURLINFO_OS_ERRNO, &error);
  report_.os_error = static_cast<int>(error);
  report_.result = watched_ ? ConnectResult::DelayedError : ConnectResult::ImmediateError;
}

ConnectReport CurlConnection::report() const {
  ConnectReport out = report_;
  if (report_.tcp_at) {
    out.tls = tls_->facts();
  }
  return out;
}

IoResult CurlConnection::receive(std::span<char> buffer) {
  std::size_t count = 0;
  const CURLcode code = curl_easy_recv(easy_, buffer.data(), buffer.size(), &count);
  if (tls_->renegotiation_refused()) {
    return {IoStatus::Rst, 0};
  }
  if (code == CURLE_OK && count > 0) {
    return {IoStatus::Ok, count};
  }
  if (code == CURLE_AGAIN) {
    return {IoStatus::WouldBlock, 0};
  }
  // OpenSSL hides how the connection ended; its TCP state does not.
  ERR_clear_error();
  return {tcp_state(fd_) == kTcpClose ? IoStatus::Rst : IoStatus::Fin, 0};
}

IoResult CurlConnection::send(std::string_view bytes) {
  std::size_t count = 0;
  const CURLcode code = curl_easy_send(easy_, bytes.data(), bytes.size(), &count);
  if (code == CURLE_OK) {
    return {IoStatus::Ok, count};
  }
  ERR_clear_error();
  return {code == CURLE_AGAIN ? IoStatus::WouldBlock : IoStatus::Rst, 0};
}

void CurlConnection::want_write(bool on) {
  watch_->want(true, on);
}

// ---- the connector

Connector::Connector(Loop& loop) : loop_(loop) {
  static const CURLcode kOnce = curl_global_init(CURL_GLOBAL_DEFAULT);
  if (kOnce != CURLE_OK) {
    throw std::bad_alloc();
  }
}

Connector::~Connector() = default;

Connector::Multi& Connector::roomy() {
  const auto found = std::ranges::find_if(multis_, [](const auto& one) { return !one->full(); });
  if (found != multis_.end()) {
    return **found;
  }
  return *multis_.emplace_back(std::make_unique<Multi>(loop_));
}

std::unique_ptr<Connection> Connector::connect(const ConnectionSpec& spec,
                                               ConnectionListener& listener) {
  return spec.tls ? std::make_unique<CurlConnection>(loop_, roomy(), spec, listener)
                  : make_plain_connection(loop_, spec, listener);
}

}  // namespace prober::net

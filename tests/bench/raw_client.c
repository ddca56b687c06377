// The limit: what N probes cost when nothing but the system calls (and, over TLS, one shared
// context of OpenSSL) is between the program and the kernel. A fresh connection each, K in flight.
//
//   bench_raw_client PORT N K [CA NAME]

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

static const char kRequest[] =
    "GET / HTTP/1.1\r\nhost: bench.test\r\nuser-agent: raw\r\naccept: */*\r\n\r\n";

struct probe {
  int fd;
  SSL* ssl;
  int requested;
};

static int loop;
static int port;
static SSL_CTX* context;
static const char* name;
static long done;
static long failed;

static void start(struct probe* one, long number) {
  // The addresses that the benchmark's configuration has too: 127.1.0.0 and up.
  struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((unsigned short)port)};
  to.sin_addr.s_addr = htonl((unsigned)(0x7f010000 + number));
  one->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  one->requested = 0;
  one->ssl = NULL;
  if (connect(one->fd, (struct sockaddr*)&to, sizeof to) != 0 && errno != EINPROGRESS) {
    perror("connect");
    exit(1);
  }
  if (context != NULL) {
    one->ssl = SSL_new(context);
    SSL_set_fd(one->ssl, one->fd);
    SSL_set_connect_state(one->ssl);
    SSL_set_tlsext_host_name(one->ssl, name);
    SSL_set1_host(one->ssl, name);
  }
  struct epoll_event event = {.events = EPOLLOUT, .data = {.ptr = one}};
  epoll_ctl(loop, EPOLL_CTL_ADD, one->fd, &event);
}

static void watch(struct probe* one, unsigned events) {
  struct epoll_event event = {.events = events, .data = {.ptr = one}};
  epoll_ctl(loop, EPOLL_CTL_MOD, one->fd, &event);
}

static long put(struct probe* one) {
  return one->ssl != NULL ? SSL_write(one->ssl, kRequest, sizeof kRequest - 1)
                          : send(one->fd, kRequest, sizeof kRequest - 1, MSG_NOSIGNAL);
}

static long get(struct probe* one, char* buffer, int size) {
  return one->ssl != NULL ? SSL_read(one->ssl, buffer, size)
                          : recv(one->fd, buffer, (size_t)size, 0);
}

// 1: the probe is over.
static int advance(struct probe* one) {
  char buffer[4096];
  if (!one->requested) {
    const long sent = put(one);
    if (sent <= 0 && one->ssl != NULL) {
      const int error = SSL_get_error(one->ssl, (int)sent);
      if (error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE) {
        watch(one, error == SSL_ERROR_WANT_READ ? EPOLLIN : EPOLLOUT);
        return 0;
      }
    }
    if (sent <= 0) {
      ++failed;
      return 1;
    }
    one->requested = 1;
    watch(one, EPOLLIN);
    return 0;
  }
  const long count = get(one, buffer, sizeof buffer);
  if (count <= 0 && one->ssl != NULL &&
      SSL_get_error(one->ssl, (int)count) == SSL_ERROR_WANT_READ) {
    return 0;
  }
  if (count <= 0 || memcmp(buffer, "HTTP/1.1 200", 12) != 0) {
    ++failed;
  }
  return 1;
}

static void finish(struct probe* one) {
  if (one->ssl != NULL) {
    SSL_free(one->ssl);
  }
  close(one->fd);
  ++done;
}

int main(int argc, char** argv) {
  if (argc != 4 && argc != 6) {
    fprintf(stderr, "usage: %s PORT N K [CA NAME]\n", argv[0]);
    return 3;
  }
  signal(SIGPIPE, SIG_IGN);
  port = atoi(argv[1]);
  const long total = atol(argv[2]);
  const long most = atol(argv[3]);
  if (argc == 6) {
    context = SSL_CTX_new(TLS_client_method());
    SSL_CTX_load_verify_locations(context, argv[4], NULL);
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, NULL);
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    name = argv[5];
  }
  loop = epoll_create1(0);
  struct probe* probes = calloc((size_t)most, sizeof *probes);
  long begun = 0;
  while (begun < most && begun < total) {
    start(&probes[begun], begun);
    ++begun;
  }
  while (done < total) {
    struct epoll_event ready[256];
    const int count = epoll_wait(loop, ready, 256, -1);
    for (int i = 0; i < count; ++i) {
      struct probe* one = ready[i].data.ptr;
      if (advance(one)) {
        finish(one);
        if (begun < total) {
          start(one, begun++);
        }
      }
    }
  }
  printf("{\"probes\": %ld, \"failed\": %ld}\n", done, failed);
  return failed == 0 ? 0 : 1;
}

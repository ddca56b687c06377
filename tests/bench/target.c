// The other side of the benchmark: one epoll loop that answers every request on every address of
// 127/8, plain or (with a certificate and a key) over TLS. Prints its port when it is ready, ends
// on SIGTERM.
//
//   bench_target [CERTIFICATE KEY]

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

static const char kAnswer[] =
    "HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ncontent-length: 3\r\n\r\nok\n";

struct connection {
  int fd;
  SSL* ssl;
  size_t seen;
  char buffer[2048];
};

static void must(int ok, const char* what) {
  if (!ok) {
    perror(what);
    exit(1);
  }
}

static int listen_everywhere(void) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  const int on = 1;
  struct sockaddr_in any = {.sin_family = AF_INET};
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  must(bind(fd, (struct sockaddr*)&any, sizeof any) == 0 && listen(fd, 16384) == 0, "listen");
  socklen_t size = sizeof any;
  getsockname(fd, (struct sockaddr*)&any, &size);
  printf("%d\n", ntohs(any.sin_port));
  fflush(stdout);
  return fd;
}

static void drop(struct connection* one) {
  if (one->ssl != NULL) {
    SSL_free(one->ssl);
  }
  close(one->fd);
  free(one);
}

static long receive(struct connection* one) {
  char* end = one->buffer + one->seen;
  const size_t room = sizeof one->buffer - one->seen;
  if (one->ssl == NULL) {
    return recv(one->fd, end, room, 0);
  }
  const int count = SSL_read(one->ssl, end, (int)room);
  if (count <= 0 && SSL_get_error(one->ssl, count) == SSL_ERROR_WANT_READ) {
    errno = EAGAIN;
    return -1;
  }
  return count > 0 ? count : 0;
}

// 0: the connection is over.
static int serve(struct connection* one) {
  while (1) {
    const long count = receive(one);
    if (count < 0 && errno == EAGAIN) {
      return 1;
    }
    if (count <= 0) {
      return 0;
    }
    one->seen += (size_t)count;
    if (memmem(one->buffer, one->seen, "\r\n\r\n", 4) != NULL) {
      one->seen = 0;
      const long sent = one->ssl != NULL ? SSL_write(one->ssl, kAnswer, sizeof kAnswer - 1)
                                         : send(one->fd, kAnswer, sizeof kAnswer - 1, MSG_NOSIGNAL);
      if (sent <= 0) {
        return 0;
      }
    }
  }
}

static void accept_all(int listener, int loop, SSL_CTX* context) {
  while (1) {
    const int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK);
    if (fd < 0) {
      return;
    }
    const int on = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    struct connection* one = calloc(1, sizeof *one);
    one->fd = fd;
    if (context != NULL) {
      one->ssl = SSL_new(context);
      SSL_set_fd(one->ssl, fd);
      SSL_set_accept_state(one->ssl);
    }
    struct epoll_event event = {.events = EPOLLIN, .data = {.ptr = one}};
    epoll_ctl(loop, EPOLL_CTL_ADD, fd, &event);
  }
}

static SSL_CTX* tls_context(char** argv) {
  SSL_CTX* context = SSL_CTX_new(TLS_server_method());
  must(SSL_CTX_use_certificate_chain_file(context, argv[1]) == 1 &&
           SSL_CTX_use_PrivateKey_file(context, argv[2], SSL_FILETYPE_PEM) == 1,
       "certificate");
  SSL_CTX_set_options(context, SSL_OP_NO_TICKET);
  return context;
}

int main(int argc, char** argv) {
  struct rlimit limit;
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
  signal(SIGPIPE, SIG_IGN);
  SSL_CTX* context = argc == 3 ? tls_context(argv) : NULL;
  const int listener = listen_everywhere();
  const int loop = epoll_create1(0);
  struct epoll_event event = {.events = EPOLLIN, .data = {.ptr = NULL}};
  epoll_ctl(loop, EPOLL_CTL_ADD, listener, &event);
  while (1) {
    struct epoll_event ready[256];
    const int count = epoll_wait(loop, ready, 256, -1);
    for (int i = 0; i < count; ++i) {
      struct connection* one = ready[i].data.ptr;
      if (one == NULL) {
        accept_all(listener, loop, context);
      } else if (!serve(one)) {
        drop(one);
      }
    }
  }
}

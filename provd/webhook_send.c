/* webhook_send.c - see webhook_send.h. */
#include <sys/socket.h>
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../lib/buf.h"
#include "../lib/clock.h"
#include "../lib/url.h"
#include "webhook_send.h"

#define LIMIT_MS	15000		/* for all of it */
#define PIECE_S		5		/* without a byte */
#define ANSWER		256u

struct link { int fd; SSL_CTX *ctx; SSL *ssl; int64_t until; };

static int
wrong(char why[200], int err, const char *what)
{
	(void)snprintf(why, 200, "%s", what != NULL ? what : strerror(-err));
	return err;
}

static int
dial(const struct addrinfo *a, int64_t until, int *ret)
{
	const struct timeval tv = { .tv_sec = PIECE_S };
	struct pollfd p = { .events = POLLOUT };
	socklen_t len = sizeof(int);
	int err = 0, left;

	p.fd = socket(a->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (p.fd == -1)
		return -errno;
	left = (int)(until - clock_ms());
	if (connect(p.fd, a->ai_addr, a->ai_addrlen) == -1 && errno != EINPROGRESS)
		err = errno;
	else if (left <= 0 || poll(&p, 1, left < PIECE_S * 1000 ? left : PIECE_S * 1000) <= 0)
		err = ETIMEDOUT;
	else if (getsockopt(p.fd, SOL_SOCKET, SO_ERROR, &err, &len) == -1)
		err = errno;
	if (err == 0 && (fcntl(p.fd, F_SETFL, 0) == -1 ||
	    setsockopt(p.fd, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv)) == -1 ||
	    setsockopt(p.fd, SOL_SOCKET, SO_SNDTIMEO, &tv, sizeof(tv)) == -1))
		err = errno;
	if (err != 0) {
		(void)close(p.fd);
		return -err;
	}
	*ret = p.fd;
	return 0;
}

static int
reach(const struct url *u, struct link *l, char why[200])
{
	const struct addrinfo hints = { .ai_family = AF_INET, .ai_socktype = SOCK_STREAM };
	struct addrinfo *all, *a;
	int r = getaddrinfo(u->host, u->port, &hints, &all);

	if (r != 0)
		return wrong(why, -EHOSTUNREACH, gai_strerror(r));
	r = -EHOSTUNREACH;
	for (a = all; a != NULL && r < 0; a = a->ai_next)
		r = dial(a, l->until, &l->fd);
	freeaddrinfo(all);
	return r < 0 ? wrong(why, r, NULL) : 0;
}

static int
secure(const struct url *u, const char *ca, struct link *l, char why[200])
{
	char name[sizeof(u->host)];	/* OpenSSL takes no const */
	struct in_addr ip;
	long v;

	memcpy(name, u->host, sizeof(name));
	if ((l->ctx = SSL_CTX_new(TLS_client_method())) == NULL ||
	    SSL_CTX_set_min_proto_version(l->ctx, TLS1_2_VERSION) != 1)
		return wrong(why, -ENOMEM, NULL);
	SSL_CTX_set_verify(l->ctx, SSL_VERIFY_PEER, NULL);
	if ((ca != NULL ? SSL_CTX_load_verify_locations(l->ctx, ca, NULL) :
	    SSL_CTX_set_default_verify_paths(l->ctx)) != 1)
		return wrong(why, -EPROTO, "the certificates of the authority cannot be read");
	if ((l->ssl = SSL_new(l->ctx)) == NULL || SSL_set_fd(l->ssl, l->fd) != 1 ||
	    (inet_pton(AF_INET, u->host, &ip) == 1 ?
	    X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(l->ssl), u->host) :
	    SSL_set_tlsext_host_name(l->ssl, name) & SSL_set1_host(l->ssl, u->host)) != 1)
		return wrong(why, -ENOMEM, NULL);
	if (SSL_connect(l->ssl) == 1)
		return 0;
	v = SSL_get_verify_result(l->ssl);
	return wrong(why, -EPROTO, v != X509_V_OK ? X509_verify_cert_error_string(v) :
	    "no TLS connection");
}

static int
send_all(struct link *l, const char *p, size_t n)
{
	while (n > 0) {
		ssize_t k = l->ssl != NULL ? SSL_write(l->ssl, p, (int)n) :
		    send(l->fd, p, n, MSG_NOSIGNAL);

		if (k <= 0 || clock_ms() > l->until)
			return -ETIMEDOUT;
		p += k;
		n -= (size_t)k;
	}
	return 0;
}

/* Of the answer its first line counts. */
static int
status(struct link *l, int *ret)
{
	char text[ANSWER + 1];
	size_t n = 0;

	while (n < ANSWER && memchr(text, '\n', n) == NULL) {
		ssize_t k = l->ssl != NULL ? SSL_read(l->ssl, text + n, (int)(ANSWER - n)) :
		    recv(l->fd, text + n, ANSWER - n, 0);

		if (k <= 0 || clock_ms() > l->until)
			return -ETIMEDOUT;
		n += (size_t)k;
	}
	text[n] = '\0';
	return sscanf(text, "HTTP/1.%*1d %3d", ret) == 1 ? 0 : -EPROTO;
}

int
webhook_post(const struct url *u, const char *ca, const char *headers, const void *body, size_t len,
    char why[200])
{
	struct link l = { .fd = -1, .until = clock_ms() + LIMIT_MS };
	struct buf b = { 0 };
	int r, code = 0;

	if ((r = reach(u, &l, why)) < 0)
		return r;
	if (u->tls && (r = secure(u, ca, &l, why)) < 0)
		goto out;
	buf_printf(&b, "POST %s HTTP/1.1\r\nHost: %s:%s\r\nConnection: close\r\n"
	    "Content-Length: %zu\r\n%s\r\n", u->path, u->host, u->port, len, headers);
	buf_add(&b, body, len);
	r = b.err != 0 ? b.err : send_all(&l, b.p, b.len);
	if (r == 0)
		r = status(&l, &code);
	if (r < 0)
		(void)wrong(why, r, r == -EPROTO ? "that is no HTTP" : r == -ETIMEDOUT ?
		    "no answer" : NULL);
out:
	SSL_free(l.ssl);
	SSL_CTX_free(l.ctx);
	ERR_clear_error();
	(void)close(l.fd);
	buf_free(&b);
	return r < 0 ? r : code;
}

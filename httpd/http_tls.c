/* http_tls.c - see http_tls.h. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <event2/bufferevent.h>
#include <event2/bufferevent_ssl.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>

#include "http_tls.h"

struct http_tls {
	atomic_uint	 refs;
	pthread_mutex_t	 lock;
	SSL_CTX		*ctx, *next;	/* NULL: nothing was read */
};

int
http_tls_new(struct http_tls **ret)
{
	struct http_tls *t = calloc(1, sizeof(*t));

	if (t == NULL)
		return -ENOMEM;
	atomic_init(&t->refs, 1);
	(void)pthread_mutex_init(&t->lock, NULL);
	*ret = t;
	return 0;
}

struct http_tls *
http_tls_ref(struct http_tls *t)
{
	if (t != NULL)
		atomic_fetch_add(&t->refs, 1);
	return t;
}

void
http_tls_unref(struct http_tls *t)
{
	if (t == NULL || atomic_fetch_sub(&t->refs, 1) > 1)
		return;
	SSL_CTX_free(t->ctx);
	SSL_CTX_free(t->next);
	(void)pthread_mutex_destroy(&t->lock);
	free(t);
}

/* Reading ------------------------------------------------------------------ */

static int
wrong(char why[200], const char *of, const char *option, const char *file, int err,
    const char *what)
{
	ERR_clear_error();
	(void)snprintf(why, 200, "%s.%s: %s: %s", of, option, file,
	    what != NULL ? what : strerror(-err));
	return err;
}

static int
can_read(const char *of, const char *option, const char *file, char why[200])
{
	int fd = open(file, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

	if (fd == -1)
		return wrong(why, of, option, file, -errno, NULL);
	(void)close(fd);
	return 0;
}

/* Nobody is there to type it. */
static int
no_passphrase(char *buf, int size, int writing, void *arg)
{
	(void)buf;
	(void)size;
	(void)writing;
	*(bool *)arg = true;
	return -1;
}

static int
read_key(SSL_CTX *ctx, const char *of, const char *file, char why[200])
{
	bool asked = false;
	EVP_PKEY *key = NULL;
	BIO *in = BIO_new_file(file, "r");
	int r = 0;

	if (in != NULL)
		key = PEM_read_bio_PrivateKey(in, NULL, no_passphrase, &asked);
	BIO_free(in);
	if (key == NULL)
		return wrong(why, of, "key", file, -EINVAL, asked ?
		    "is encrypted; a key without a passphrase is needed" :
		    "holds no private key in PEM");
	if (SSL_CTX_use_PrivateKey(ctx, key) != 1 || SSL_CTX_check_private_key(ctx) != 1)
		r = wrong(why, of, "key", file, -EINVAL, "is not the key of the certificate");
	EVP_PKEY_free(key);
	return r;
}

/* Of what a client offers we know one protocol. */
static int
choose_protocol(SSL *ssl, const unsigned char **ret, unsigned char *ret_len,
    const unsigned char *in, unsigned len, void *arg)
{
	(void)ssl;
	(void)arg;
	for (unsigned i = 0; i < len && i + in[i] < len; i += in[i] + 1u)
		if (in[i] == 8 && memcmp(in + i + 1, "http/1.1", 8) == 0) {
			*ret = in + i + 1;
			*ret_len = 8;
			return SSL_TLSEXT_ERR_OK;
		}
	return SSL_TLSEXT_ERR_NOACK;
}

int
http_tls_read(struct http_tls *t, const char *of, const char *certificate, const char *key,
    char why[200])
{
	SSL_CTX *ctx;
	int r;

	if ((r = can_read(of, "certificate", certificate, why)) < 0 ||
	    (r = can_read(of, "key", key, why)) < 0)
		return r;
	if ((ctx = SSL_CTX_new(TLS_server_method())) == NULL ||
	    SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION) != 1) {
		SSL_CTX_free(ctx);
		(void)snprintf(why, 200, "%s: out of memory", of);
		return -ENOMEM;
	}
	SSL_CTX_set_options(ctx, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION |
	    SSL_OP_IGNORE_UNEXPECTED_EOF);
	SSL_CTX_set_mode(ctx, SSL_MODE_RELEASE_BUFFERS);
	SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_alpn_select_cb(ctx, choose_protocol, NULL);
	if (SSL_CTX_use_certificate_chain_file(ctx, certificate) != 1)
		r = wrong(why, of, "certificate", certificate, -EINVAL,
		    "holds no certificate in PEM");
	else
		r = read_key(ctx, of, key, why);
	if (r < 0) {
		SSL_CTX_free(ctx);
		return r;
	}
	SSL_CTX_free(t->next);
	t->next = ctx;
	return 0;
}

void
http_tls_take(struct http_tls *t, bool take)
{
	SSL_CTX *drop = t->next;

	if (take && t->next != NULL) {
		(void)pthread_mutex_lock(&t->lock);
		drop = t->ctx;		/* connections have references */
		t->ctx = t->next;
		(void)pthread_mutex_unlock(&t->lock);
	}
	t->next = NULL;
	SSL_CTX_free(drop);
}

/* Connections --------------------------------------------------------------- */

struct bufferevent *
http_tls_accept(struct http_tls *t, struct event_base *base, int fd)
{
	struct bufferevent *bev;
	SSL *ssl;

	(void)pthread_mutex_lock(&t->lock);
	ssl = t->ctx != NULL ? SSL_new(t->ctx) : NULL;
	(void)pthread_mutex_unlock(&t->lock);
	if (ssl == NULL)
		return NULL;
	bev = bufferevent_openssl_socket_new(base, fd, ssl,
	    BUFFEREVENT_SSL_ACCEPTING, BEV_OPT_CLOSE_ON_FREE);
	if (bev != NULL)
		bufferevent_openssl_set_allow_dirty_shutdown(bev, 1);
	return bev;
}

void
http_tls_end(struct bufferevent *bev)
{
	SSL *ssl = bufferevent_openssl_get_ssl(bev);

	if (SSL_is_init_finished(ssl))
		(void)SSL_shutdown(ssl);
	ERR_clear_error();
}

/* What belongs to it goes when libevent has done with it. */
void
http_tls_close(struct bufferevent *bev)
{
	bufferevent_setcb(bev, NULL, NULL, NULL, NULL);
	bufferevent_free(bev);
}

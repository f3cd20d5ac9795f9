/* api_net.c - see api_net.h. */
#include <sys/queue.h>
#include <sys/socket.h>
#include <errno.h>
#include <event2/bufferevent.h>
#include <event2/bufferevent_ssl.h>
#include <event2/event.h>
#include <event2/http.h>
#include <event2/listener.h>
#include <netinet/in.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../fleet/config.h"
#include "../httpd/http_tls.h"
#include "../lib/clock.h"
#include "../lib/log.h"
#include "../lib/os.h"
#include "api_auth.h"
#include "api_int.h"
#include "api_net.h"

#define CONNECTIONS	256u
#define PER_ADDRESS	64u
#define NEW_PER_SECOND	256u
#define ASK_MS		15000
#define TICK_MS		500

struct conn {
	LIST_ENTRY(conn)	 link;
	struct api_net		*net;
	struct bufferevent	*bev;
	int64_t			 since;
	uint32_t		 peer;	/* 0: not looked up yet */
	bool			 busy;	/* has asked, or was told to go */
};

struct api_net {
	struct http_tls		*tls;
	struct api_auth		*auth;
	int			 fd[32];
	struct evconnlistener	*listener[32];
	size_t			 n;
	int			 index;		/* of a connection in its SSL */
	struct event		*tick;
	LIST_HEAD(, conn)	 conns;
	unsigned		 n_conn, n_new;
	int64_t			 second;
	bool			 deaf;
};

/* Connections --------------------------------------------------------------- */

/* With its SSL goes the connection. */
static void
conn_gone(void *parent, void *ptr, CRYPTO_EX_DATA *ad, int index, long l, void *arg)
{
	struct conn *c = ptr;

	(void)parent;
	(void)ad;
	(void)index;
	(void)l;
	(void)arg;
	if (c == NULL)
		return;
	LIST_REMOVE(c, link);
	c->net->n_conn--;
	free(c);
}

/* evhttp sees that it has ended, and frees it. */
static void
send_away(struct conn *c)
{
	int fd = (int)bufferevent_getfd(c->bev);

	c->busy = true;
	if (fd >= 0)
		(void)shutdown(fd, SHUT_RDWR);
}

static void
set_deaf(struct api_net *n, bool deaf)
{
	if (n->deaf == deaf)
		return;
	n->deaf = deaf;
	for (size_t i = 0; i < n->n; i++)
		(void)(deaf ? evconnlistener_disable(n->listener[i]) :
		    evconnlistener_enable(n->listener[i]));
}

static struct conn *
oldest_idle(struct api_net *n)
{
	struct conn *c, *old = NULL;

	LIST_FOREACH(c, &n->conns, link)
		if (!c->busy)
			old = c;	/* new ones are put in front */
	return old;
}

static void
bound(struct api_net *n)
{
	int64_t now = clock_ms();
	struct conn *c;

	if (now - n->second >= 1000) {
		n->second = now;
		n->n_new = 0;
	}
	if (n->n_conn > CONNECTIONS && (c = oldest_idle(n)) != NULL)
		send_away(c);
	set_deaf(n, ++n->n_new > NEW_PER_SECOND || n->n_conn >= 2 * CONNECTIONS);
}

static uint32_t
address(int fd, bool peer)
{
	struct sockaddr_in sin = { 0 };
	socklen_t len = sizeof(sin);

	if ((peer ? getpeername(fd, (struct sockaddr *)&sin, &len) :
	    getsockname(fd, (struct sockaddr *)&sin, &len)) == -1 || sin.sin_family != AF_INET)
		return 0;
	return ntohl(sin.sin_addr.s_addr);
}

/* Never NULL where it can be helped: evhttp would go on without TLS.  Who has come
 * in so is refused by api_net_asked(). */
static struct bufferevent *
on_connection(struct event_base *base, void *arg)
{
	struct api_net *n = arg;
	struct bufferevent *b = http_tls_accept(n->tls, base, -1);
	struct conn *c = b != NULL ? calloc(1, sizeof(*c)) : NULL;

	if (c == NULL || SSL_set_ex_data(bufferevent_openssl_get_ssl(b), n->index, c) != 1) {
		free(c);
		if (b != NULL)
			bufferevent_free(b);
		return bufferevent_socket_new(base, -1, BEV_OPT_CLOSE_ON_FREE);
	}
	*c = (struct conn){ .net = n, .bev = b, .since = clock_ms() };
	LIST_INSERT_HEAD(&n->conns, c, link);
	n->n_conn++;
	bound(n);
	return b;
}

static unsigned
of_address(struct api_net *n, uint32_t peer)
{
	unsigned k = 0;
	struct conn *c;

	LIST_FOREACH(c, &n->conns, link)
		k += c->peer == peer;
	return k;
}

static void
on_tick(evutil_socket_t fd, short what, void *arg)
{
	struct api_net *n = arg;
	int64_t now = clock_ms();
	struct conn *c;

	(void)fd;
	(void)what;
	LIST_FOREACH(c, &n->conns, link) {
		if (c->peer == 0 && (c->peer = address((int)bufferevent_getfd(c->bev),
		    true)) != 0 && of_address(n, c->peer) > PER_ADDRESS)
			send_away(c);
		else if (!c->busy && now - c->since > ASK_MS)
			send_away(c);
	}
	if (n->deaf && n->n_conn < CONNECTIONS && now - n->second >= 1000)
		set_deaf(n, false);
}

bool
api_net_asked(struct api_net *n, struct bufferevent *b, uint32_t *ret_peer, uint32_t *ret_local)
{
	int fd = (int)bufferevent_getfd(b);
	SSL *ssl = bufferevent_openssl_get_ssl(b);
	struct conn *c = ssl != NULL ? SSL_get_ex_data(ssl, n->index) : NULL;

	if (c == NULL)
		return false;
	c->busy = true;
	c->peer = *ret_peer = address(fd, true);
	*ret_local = address(fd, false);
	return *ret_peer != 0 && of_address(n, c->peer) <= PER_ADDRESS;
}

bool
api_net_names(struct bufferevent *b, const char *host)
{
	SSL *ssl = bufferevent_openssl_get_ssl(b);
	X509 *cert = ssl != NULL ? SSL_get_certificate(ssl) : NULL;

	return cert != NULL && X509_check_host(cert, host, 0, 0, NULL) == 1;
}

/* Opening, reading ------------------------------------------------------------- */

struct api_auth *
api_net_auth(struct api_net *n)
{
	return n != NULL ? n->auth : NULL;
}

/* At a reload provd is no longer root. */
static int
kept(int r, const char *why)
{
	if (r != -EACCES)
		return r;
	log_ev(LOG_WARNING, "api", KV_S("err", why), KV_S("did", "kept what was read before"));
	return 0;
}

int
api_net_prepare(struct api_net *n, const struct config *cfg, char why[200])
{
	const struct cfg_api *a = &cfg->top.api;
	int r;

	if (n == NULL || a->certificate == NULL)
		return 0;
	if ((r = kept(http_tls_read(n->tls, "api", a->certificate, a->key, why), why)) == 0)
		r = kept(api_auth_read(n->auth, a->tokens, why), why);
	return r;
}

void
api_net_commit(struct api_net *n, bool take)
{
	if (n == NULL)
		return;
	http_tls_take(n->tls, take);
	api_auth_take(n->auth, take);
}

int
api_net_open(const struct config *cfg, struct api_net **ret, char why[200])
{
	const struct cfg_api *a = &cfg->top.api;
	struct api_net *n;
	char ip[IP4_STRLEN];
	int r = 0;

	*ret = NULL;
	if (a->n_address == 0)
		return 0;
	if ((n = calloc(1, sizeof(*n))) == NULL || http_tls_new(&n->tls) < 0 ||
	    api_auth_new(&n->auth) < 0 ||
	    (n->index = SSL_get_ex_new_index(0, NULL, NULL, NULL, conn_gone)) < 0) {
		(void)snprintf(why, 200, "api: out of memory");
		api_net_close(n);
		return -ENOMEM;
	}
	LIST_INIT(&n->conns);
	for (size_t i = 0; i < a->n_address && r == 0; i++) {
		if ((r = os_tcp_listen(a->address[i], (uint16_t)a->port, false, &n->fd[n->n])) == 0)
			n->n++;
		else
			(void)snprintf(why, 200, "api: %s port %u: %s", ip4_str(a->address[i], ip),
			    (unsigned)a->port, strerror(-r));
	}
	if (r == 0 && (r = http_tls_read(n->tls, "api", a->certificate, a->key, why)) == 0 &&
	    (r = api_auth_read(n->auth, a->tokens, why)) == 0) {
		api_net_commit(n, true);
		*ret = n;
		return 0;
	}
	api_net_close(n);
	return r;
}

void
api_net_close(struct api_net *n)
{
	if (n == NULL)
		return;
	for (size_t i = 0; i < n->n; i++)
		if (n->listener[i] == NULL)
			(void)close(n->fd[i]);
	http_tls_unref(n->tls);
	api_auth_free(n->auth);
	free(n);
}

/* Life ------------------------------------------------------------------------- */

int
api_net_start(struct api_net *n, struct event_base *base, struct evhttp *http)
{
	const struct timeval tv = { .tv_usec = TICK_MS * 1000 };

	if (n == NULL)
		return 0;
	evhttp_set_bevcb(http, on_connection, n);
	for (size_t i = 0; i < n->n; i++) {
		struct evconnlistener *l = evconnlistener_new(base, NULL, NULL,
		    LEV_OPT_CLOSE_ON_EXEC | LEV_OPT_CLOSE_ON_FREE, 0, n->fd[i]);

		if (l == NULL || evhttp_bind_listener(http, l) == NULL)
			return -ENOMEM;
		evconnlistener_set_error_cb(l, api_accept_failed);
		n->listener[i] = l;
	}
	if ((n->tick = event_new(base, -1, EV_PERSIST, on_tick, n)) == NULL ||
	    event_add(n->tick, &tv) == -1)
		return -ENOMEM;
	return 0;
}

void
api_net_stop(struct api_net *n)
{
	if (n != NULL && n->tick != NULL)
		event_free(n->tick);
}

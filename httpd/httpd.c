/* httpd.c - the HTTP service: connections taken up, limits, start and stop. */
#include <sys/socket.h>
#include <netinet/in.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <event2/event.h>

#include "../lib/clock.h"
#include "../lib/log.h"
#include "http_tls.h"
#include "httpd.h"

#define BATCH		64	/* connections in a row before others have their turn */
#define FILES_OPEN	512u
#define EVICT_MS	1000	/* who waits for longer makes room */
#define SAY_MS		10000

/* Connections of one address. */
struct http_peer {
	SLIST_ENTRY(http_peer) link;
	uint32_t	 addr;
	unsigned	 n;
};

/* Limits ------------------------------------------------------------------- */

static struct http_peers *
bucket(struct httpd *d, uint32_t addr)
{
	return &d->peers[(addr * 0x9e3779b1u) >> 24 & (HTTP_PEERS - 1)];
}

static struct http_peer *
peer_enter(struct httpd *d, uint32_t addr, unsigned max)
{
	struct http_peers *all = bucket(d, addr);
	struct http_peer *p;

	SLIST_FOREACH(p, all, link)
		if (p->addr == addr)
			break;
	if (p == NULL && (p = calloc(1, sizeof(*p))) != NULL) {
		p->addr = addr;
		SLIST_INSERT_HEAD(all, p, link);
	}
	if (p == NULL || p->n >= max)
		return NULL;
	p->n++;
	count_set(&d->w->count, COUNT_http_open, ++d->n_conn);
	return p;
}

void
http_peer_leave(struct httpd *d, struct http_peer *p)
{
	count_set(&d->w->count, COUNT_http_open, --d->n_conn);
	if (--p->n > 0)
		return;
	SLIST_REMOVE(bucket(d, p->addr), p, http_peer, link);
	free(p);
}

static void
say_full(struct httpd *d, const char *why, uint32_t addr)
{
	int64_t now = clock_ms();
	char ip[IP4_STRLEN];

	if (d->full_said != 0 && now - d->full_said < SAY_MS)
		return;
	d->full_said = now;
	log_ev(LOG_WARNING, "http.full", KV_S("why", why), KV_S("ip", ip4_str(addr, ip)),
	    KV_N("connections", d->n_conn), KV_S("did", "closed another one"));
}

/* Who waits without having asked for anything makes room. */
static bool
make_room(struct httpd *d)
{
	struct http_conn *c = TAILQ_FIRST(&d->idle);

	if (c == NULL || clock_ms() - c->since < EVICT_MS)
		return false;
	http_conn_drop(c);
	count_add(&d->w->count, COUNT_http_closed, 1);
	return true;
}

static void
on_accept(struct http_listener *l, int fd, const struct sockaddr_in *peer)
{
	struct httpd *d = l->d;
	const struct cfg_http *cfg = &d->w->snap->cfg->top.http;
	uint32_t addr = ntohl(peer->sin_addr.s_addr);
	struct http_peer *p = NULL;

	if (d->n_conn >= cfg->max_clients && !make_room(d))
		say_full(d, "max-connections", addr);
	else if ((p = peer_enter(d, addr, cfg->max_per_client)) == NULL)
		say_full(d, "max-connections-per-client", addr);
	if (p == NULL) {
		(void)close(fd);
		count_add(&d->w->count, COUNT_http_closed, 1);
		return;
	}
	count_add(&d->w->count, COUNT_http_accepted, 1);
	http_conn_new(l, fd, addr, ntohs(peer->sin_port), p);
	http_tick(d);
}

/* Time ---------------------------------------------------------------------- */

static void
on_tick(evutil_socket_t fd, short what, void *arg)
{
	struct httpd *d = arg;
	struct http_conn *c, *next;
	int64_t now = clock_ms();
	bool known;

	(void)fd;
	(void)what;
	for (c = TAILQ_FIRST(&d->conns); c != NULL; c = next) {
		next = TAILQ_NEXT(c, link);
		if (c->deadline <= now)
			http_conn_late(c);
	}
	known = http_found_sweep(d, false);
	files_sweep(d->files, false);
	if (d->deaf)
		http_listen_deaf(d, false);
	if (TAILQ_EMPTY(&d->conns) && !known && !files_any(d->files)) {
		d->ticking = false;
		(void)event_del(d->tick);
	}
}

void
http_tick(struct httpd *d)
{
	const struct timeval second = { .tv_sec = 1 };

	if (d->ticking)
		return;
	d->ticking = true;
	(void)event_add(d->tick, &second);
}

void
http_on_connection(evutil_socket_t fd, short what, void *arg)
{
	struct http_listener *l = arg;
	struct sockaddr_in peer;
	socklen_t len;
	int s;

	(void)what;
	for (int i = 0; i < BATCH; i++) {
		len = sizeof(peer);
		s = accept4((int)fd, (struct sockaddr *)&peer, &len,
		    SOCK_NONBLOCK | SOCK_CLOEXEC);
		if (s >= 0) {
			on_accept(l, s, &peer);
			continue;
		}
		if (errno == ECONNABORTED || errno == EINTR)
			continue;
		if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
			(void)http_found_sweep(l->d, true);
			files_sweep(l->d->files, true);
			http_listen_deaf(l->d, true);	/* until the next tick */
			http_tick(l->d);
		}
		return;
	}
}

/* The service --------------------------------------------------------------- */

void
httpd_unref(struct httpd *d)
{
	if (--d->refs > 0)
		return;
	files_free(d->files);
	free(d);
}

static void
httpd_close(struct httpd *d)
{
	http_listen_close(d);
	if (d->tick != NULL)
		event_free(d->tick);
	(void)http_found_sweep(d, true);
	http_tls_unref(d->tls);
	httpd_unref(d);
}

/* http.tls.key is often for root alone: so it is read here. */
static int
read_tls(struct httpd *d, const struct cfg_http *h, char why[200])
{
	int r;

	if (h->tls.certificate == NULL)
		return 0;
	if ((r = http_tls_new(&d->tls)) == 0 &&
	    (r = http_tls_read(d->tls, "http.tls", h->tls.certificate, h->tls.key, why)) == 0)
		http_tls_take(d->tls, true);
	return r;
}

static int
httpd_open(const struct config *cfg, unsigned index, void **ret, char why[200])
{
	struct httpd *d = calloc(1, sizeof(*d)), *first = *ret;
	int r;

	(void)snprintf(why, 200, "http: out of memory");
	if (d == NULL)
		return -ENOMEM;
	d->refs = 1;
	TAILQ_INIT(&d->conns);
	TAILQ_INIT(&d->idle);
	r = files_new(FILES_OPEN, &d->files);
	if (r == 0 && index == 0)
		r = read_tls(d, &cfg->top.http, why);
	else if (r == 0)
		d->tls = http_tls_ref(first->tls);
	if (r == 0)
		r = http_listen_open(d, &cfg->top, index == 0, why);
	if (r < 0) {
		httpd_close(d);
		return r;
	}
	*ret = d;
	return 0;
}

/* No longer as root: a key that cannot be read any more has not changed in a
 * way that we could see. */
static int
httpd_prepare(void *arg, const struct config *cfg, char why[200])
{
	const struct cfg_http *h = &cfg->top.http;
	struct httpd *d = arg;
	int r;

	if (d->tls == NULL || h->tls.certificate == NULL)
		return 0;
	r = http_tls_read(d->tls, "http.tls", h->tls.certificate, h->tls.key, why);
	if (r != -EACCES)
		return r;
	log_ev(LOG_WARNING, "http.tls", KV_S("err", why),
	    KV_S("did", "kept the certificate that was read before"));
	return 0;
}

static void
httpd_commit(void *arg, bool take)
{
	struct httpd *d = arg;

	if (d->tls != NULL)
		http_tls_take(d->tls, take);
}

static int
httpd_start(void *arg, struct worker *w)
{
	struct httpd *d = arg;

	d->w = w;
	if ((d->tick = event_new(w->base, -1, EV_PERSIST, on_tick, d)) == NULL)
		return -ENOMEM;
	return http_listen_start(d);
}

static void
httpd_stop(void *arg)
{
	struct httpd *d = arg;

	while (!TAILQ_EMPTY(&d->conns))
		http_conn_drop(TAILQ_FIRST(&d->conns));
	httpd_close(d);
}

const struct service httpd_service = {
	.name = "http", .open = httpd_open, .prepare = httpd_prepare,
	.commit = httpd_commit, .start = httpd_start, .stop = httpd_stop,
};

/* handover.c - see handover.h. */
#include <sys/socket.h>
#include <sys/un.h>
#include <netinet/in.h>
#include <arpa/inet.h>
#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../lib/clock.h"
#include "../lib/log.h"
#include "../lib/os.h"
#include "handover.h"
#include "kea_talk.h"
#include "omapi_talk.h"

#define QUEUE_MAX	4096u
#define TIMEOUT_S	20		/* nothing was heard for so long */
#define TALK_MS		60000		/* one host's conversation as a whole */
#define FIRST_MS	5000
#define LAST_MS		600000

struct item {
	struct item	*next;
	struct handover_job job;
	unsigned	 tries;
	int64_t		 at;		/* not before */
	char		 said[HANDOVER_WHY];
};

struct target {
	struct handover	*h;
	bool		 kea, on;
	char		 name[128];
	struct sockaddr_storage addr;
	socklen_t	 addr_len;
	struct omapi_key key;
	bool		 write;
	struct item	*first;
	size_t		 n;
	struct item	*now;		/* the one that is talked about; not in the list */
	int64_t		 until;		/* then that is given up */
	struct bufferevent *bev;
	struct event	*timer;
	struct omapi_talk omapi;
	struct kea_talk	 kea_talk;
};

struct handover {
	struct handover_param p;
	struct target	 target[HANDOVER_TARGETS];
};

static void	go(struct target *);

/* The queue ------------------------------------------------------------------- */

static void
put_back(struct target *t, struct item *it)
{
	struct item **end = &t->first;

	while (*end != NULL)
		end = &(*end)->next;
	it->next = NULL;
	*end = it;
	t->n++;
}

static struct item *
take_due(struct target *t, int64_t now, int64_t *ret_next)
{
	*ret_next = -1;
	for (struct item **p = &t->first; *p != NULL; p = &(*p)->next) {
		struct item *it = *p;

		if (it->at <= now) {
			*p = it->next;
			t->n--;
			return it;
		}
		if (*ret_next < 0 || it->at < *ret_next)
			*ret_next = it->at;
	}
	return NULL;
}

static struct item *
waiting(struct target *t, const char *host)
{
	for (struct item *it = t->first; it != NULL; it = it->next)
		if (strcmp(it->job.name, host) == 0)
			return it;
	return NULL;
}

static void
wake(struct target *t, int64_t ms)
{
	struct timeval tv = { .tv_sec = (time_t)(ms / 1000), .tv_usec = (suseconds_t)(ms % 1000 * 1000) };

	event_add(t->timer, &tv);
}

/* The end of a conversation ----------------------------------------------------- */

static void
hang_up(struct target *t)
{
	if (t->bev != NULL)
		bufferevent_free(t->bev);
	t->bev = NULL;
}

static void
over(struct target *t)
{
	hang_up(t);
	kea_talk_free(&t->kea_talk);
	t->now = NULL;
	wake(t, 0);
}

static void
succeeded(struct target *t)
{
	struct item *it = t->now;
	const char *text = "created";

	if (t->kea ? t->kea_talk.did == KEA_SAME : false)
		text = "it was there";
	else if (t->kea ? t->kea_talk.did == KEA_UPDATED : t->omapi.updated > 0)
		text = "updated";
	log_ev(LOG_NOTICE, "handover", KV_S("host", it->job.name), KV_S("to", t->name),
	    KV_S("did", text));
	t->h->p.said(t->h->p.arg, it->job.name, t->name, true, text);
	free(it);
	over(t);
}

static void
failed(struct target *t, const char *why)
{
	struct item *it = t->now;
	int64_t wait = FIRST_MS;

	for (unsigned i = 0; i < it->tries && wait < LAST_MS; i++)
		wait *= 2;
	it->tries++;
	it->at = clock_ms() + (wait < LAST_MS ? wait : LAST_MS);
	log_ev(LOG_WARNING, "handover", KV_S("host", it->job.name), KV_S("to", t->name),
	    KV_S("err", why), KV_S("did", "tries-again"));
	if (strcmp(it->said, why) != 0) {
		snprintf(it->said, sizeof(it->said), "%s", why);
		t->h->p.said(t->h->p.arg, it->job.name, t->name, false, why);
	}
	/* Another one of this host may have come meanwhile: it is newer. */
	if (waiting(t, it->job.name) != NULL)
		free(it);
	else
		put_back(t, it);
	over(t);
}

/* Talking ------------------------------------------------------------------------ */

static bool	dial(struct target *, struct buf *first);

static void
follow(struct target *t, enum talk r, struct buf *out)
{
	switch (r) {
	case TALK_MORE:
		if (out->len > 0)
			bufferevent_write(t->bev, out->p, out->len);
		break;
	case TALK_AGAIN:
		hang_up(t);
		if (!dial(t, out))
			failed(t, "out of memory");
		break;
	case TALK_DONE:
		succeeded(t);
		break;
	case TALK_FAILED:
		failed(t, t->kea ? t->kea_talk.why : t->omapi.why);
		break;
	}
	buf_free(out);
}

static void
on_read(struct bufferevent *bev, void *arg)
{
	struct target *t = arg;
	struct evbuffer *in = bufferevent_get_input(bev);
	size_t len = evbuffer_get_length(in), used = 0;
	struct buf out = { 0 };
	const uint8_t *p;
	enum talk r;

	if (t->kea) {
		/* An answer is whole when Kea ends the connection. */
		if (len > KEA_ANSWER_MAX)
			failed(t, "the answer is too long");
		return;
	}
	if (len > 2 * OMAPI_MAX) {
		failed(t, "the answer is too long");
		return;
	}
	if (len == 0 || (p = evbuffer_pullup(in, -1)) == NULL)
		return;
	r = omapi_talk_input(&t->omapi, p, len, &used, &out);
	evbuffer_drain(in, used);
	follow(t, r, &out);
}

static void
on_event(struct bufferevent *bev, short what, void *arg)
{
	struct target *t = arg;
	struct evbuffer *in = bufferevent_get_input(bev);
	size_t len = evbuffer_get_length(in);
	struct buf out = { 0 };
	const char *p;

	if ((what & BEV_EVENT_CONNECTED) != 0)
		return;
	if (t->kea && (what & BEV_EVENT_EOF) != 0 && len > 0 &&
	    (p = (const char *)evbuffer_pullup(in, -1)) != NULL)
		follow(t, kea_talk_input(&t->kea_talk, p, len, &out), &out);
	else if ((what & BEV_EVENT_TIMEOUT) != 0)
		failed(t, "no answer");
	else if ((what & BEV_EVENT_EOF) != 0)
		failed(t, "it ended the connection");
	else
		failed(t, strerror(EVUTIL_SOCKET_ERROR()));
}

/* A connection, and what is said first. */
static bool
dial(struct target *t, struct buf *first)
{
	const struct timeval limit = { .tv_sec = TIMEOUT_S };

	t->bev = bufferevent_socket_new(t->h->p.base, -1, BEV_OPT_CLOSE_ON_FREE |
	    BEV_OPT_DEFER_CALLBACKS);
	if (t->bev == NULL || first->err != 0 ||
	    bufferevent_write(t->bev, first->p, first->len) < 0)
		return false;
	bufferevent_setcb(t->bev, on_read, NULL, on_event, t);
	bufferevent_set_timeouts(t->bev, &limit, &limit);
	bufferevent_enable(t->bev, EV_READ | EV_WRITE);
	/* What fails at once comes as an event too. */
	(void)bufferevent_socket_connect(t->bev, (struct sockaddr *)&t->addr, (int)t->addr_len);
	return true;
}

static void
go(struct target *t)
{
	struct buf first = { 0 };
	int64_t now = clock_ms(), next;
	uint32_t id = 0;

	if (t->now != NULL || !t->on)
		return;
	if ((t->now = take_due(t, now, &next)) == NULL) {
		if (next >= 0)
			wake(t, next - now);
		return;
	}
	if (t->kea) {
		kea_talk_begin(&t->kea_talk, &t->now->job, t->write, &first);
	} else {
		(void)os_random(&id, sizeof(id));
		omapi_talk_begin(&t->omapi, &t->key, &t->now->job, id & 0x3fffffff, &first);
	}
	t->until = now + t->h->p.talk_ms;
	wake(t, t->h->p.talk_ms);
	if (!dial(t, &first))
		failed(t, "out of memory");
	buf_free(&first);
}

static void
on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct target *t = arg;
	int64_t left = t->until - clock_ms();

	(void)fd;
	(void)what;
	if (t->now == NULL)
		go(t);
	else if (left > 0)
		wake(t, left);
	else	/* it says a little from time to time, and never comes to an end */
		failed(t, "no end of its answers");
}

int
handover_push(struct handover *h, unsigned i, const struct handover_job *job)
{
	struct target *t = &h->target[i];
	struct item *it = waiting(t, job->name);

	if (it == NULL) {
		if (t->n >= QUEUE_MAX)
			return -ENOSPC;
		if ((it = calloc(1, sizeof(*it))) == NULL)
			return -ENOMEM;
		put_back(t, it);
	}
	it->job = *job;
	it->at = 0;
	it->tries = 0;
	wake(t, 0);
	return 0;
}

/* Configuration --------------------------------------------------------------------- */

static int
read_key(const char *file, struct omapi_key *ret, char why[HANDOVER_WHY])
{
	char text[4096];
	int fd = open(file, O_RDONLY | O_CLOEXEC | O_NONBLOCK), e = errno;
	ssize_t n = fd != -1 ? read(fd, text, sizeof(text)) : -1;

	if (fd != -1) {
		e = errno;
		close(fd);
	}
	if (n < 0)
		snprintf(why, HANDOVER_WHY, "handover.isc.key-file: %.100s: %s", file, strerror(e));
	else if (omapi_secret(text, (size_t)n, ret) < 0)
		snprintf(why, HANDOVER_WHY, "handover.isc.key-file: %.100s: holds no key in base64", file);
	else
		return 0;
	return -EINVAL;
}

static int
set_isc(struct target *t, const struct cfg_handover_isc *c, char why[HANDOVER_WHY])
{
	struct sockaddr_in sin = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(c->server) };
	struct omapi_key key = { .alg = (enum hmac_alg)c->key_algorithm };
	char ip[IP4_STRLEN];
	int r;

	t->on = c->server != 0;
	if (!t->on)
		return 0;
	if (c->key_file != NULL && (r = read_key(c->key_file, &key, why)) < 0)
		return r;
	snprintf(key.name, sizeof(key.name), "%s", c->key_name != NULL ? c->key_name : "");
	t->key = key;
	sin.sin_port = htons((uint16_t)(c->port != 0 ? c->port : 7911));
	memcpy(&t->addr, &sin, sizeof(sin));
	t->addr_len = sizeof(sin);
	snprintf(t->name, sizeof(t->name), "dhcpd at %s", ip4_str(c->server, ip));
	return 0;
}

static int
set_kea(struct target *t, const struct cfg_handover_kea *c, char why[HANDOVER_WHY])
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };

	t->kea = true;
	t->on = c->socket != NULL;
	if (!t->on)
		return 0;
	if (strlen(c->socket) >= sizeof(un.sun_path)) {
		snprintf(why, HANDOVER_WHY, "handover.kea.socket: is too long a path");
		return -EINVAL;
	}
	snprintf(un.sun_path, sizeof(un.sun_path), "%s", c->socket);
	memcpy(&t->addr, &un, sizeof(un));
	t->addr_len = sizeof(un);
	t->write = c->write;
	snprintf(t->name, sizeof(t->name), "Kea at %.110s", c->socket);
	return 0;
}

int
handover_configure(struct handover *h, const struct cfg_handover *c, char why[HANDOVER_WHY])
{
	struct target next[HANDOVER_TARGETS];
	int r;

	memcpy(next, h->target, sizeof(next));
	if ((r = set_isc(&next[0], &c->isc, why)) < 0 || (r = set_kea(&next[1], &c->kea, why)) < 0)
		return r;
	memcpy(h->target, next, sizeof(next));
	for (size_t i = 0; i < HANDOVER_TARGETS; i++)
		wake(&h->target[i], 0);
	return 0;
}

int
handover_new(const struct handover_param *p, struct handover **ret)
{
	struct handover *h = calloc(1, sizeof(*h));

	if (h == NULL)
		return -ENOMEM;
	h->p = *p;
	if (h->p.talk_ms == 0)
		h->p.talk_ms = TALK_MS;
	for (size_t i = 0; i < HANDOVER_TARGETS; i++) {
		h->target[i].h = h;
		if ((h->target[i].timer = evtimer_new(p->base, on_timer, &h->target[i])) == NULL) {
			handover_free(h);
			return -ENOMEM;
		}
	}
	*ret = h;
	return 0;
}

void
handover_free(struct handover *h)
{
	if (h == NULL)
		return;
	for (size_t i = 0; i < HANDOVER_TARGETS; i++) {
		struct target *t = &h->target[i];

		hang_up(t);
		kea_talk_free(&t->kea_talk);
		free(t->now);
		for (struct item *it = t->first, *next; it != NULL; it = next) {
			next = it->next;
			free(it);
		}
		if (t->timer != NULL)
			event_free(t->timer);
	}
	free(h);
}

const char *
handover_target(const struct handover *h, unsigned i)
{
	return i < HANDOVER_TARGETS && h->target[i].on ? h->target[i].name : NULL;
}

/* tftp_io.c - a transfer's socket, timer and file. */
#include <assert.h>
#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <event2/event.h>

#include "../lib/clock.h"
#include "../lib/log.h"
#include "../lib/siphash.h"
#include "tftp_refuse.h"
#include "tftp_src.h"
#include "tftpd.h"

#define PROGRESS_MS	250	/* between two EV_PROGRESS of a transfer */
#define DISK_RETRY_MS	50	/* when the queue to the disk threads is full */
#define BATCH		32	/* datagrams looked at before a wait is called over */
#define IP_UDP_HEAD	28u

struct transfer {
	struct tftpd		*d;		/* NULL: dropped, waits for the disk */
	struct transfer		*hash_next;
	TAILQ_ENTRY(transfer)	 link;		/* d->unheard, until heard */
	bool			 heard;
	struct os_dgram		 who;
	uint64_t		 rrq;		/* hash of the request's bytes */
	int			 lfd;		/* listening socket it came by */
	int			 fd;		/* its own; -1: none (yet) */
	bool			 begun;		/* the file is open */
	struct event		*ev, *timer;
	int64_t			 fires_at;	/* timer is set for; 0: not set */
	int64_t			 deadline;	/* 0: waits for the disk */
	int64_t			 began, told;	/* told: last EV_PROGRESS */
	int64_t			 heard_at;	/* the client, last */
	int64_t			 held_until;	/* by a limit of bandwidth */
	bool			 go_on;		/* deadline: not the client's */
	struct tftp_src		 src;
	struct tftp_xfer	 x;
	struct tftp_msg		 msg;		/* .file is name */
	char			 name[];
};

static void pump(struct transfer *, int64_t now);

/* Words ----------------------------------------------------------------- */

static void
post(struct transfer *t, enum event_kind kind, uint64_t done, const char *why)
{
	struct event e = { .kind = kind, .inst = t->src.inst, .done = done,
	    .total = t->x.size, .block = t->x.blksize };

	if (kind == EV_TFTP_FAIL)
		e.cause = t->x.end == TFTP_END_REFUSED ? EC_REFUSED :
		    t->x.end == TFTP_END_LOST ? EC_LOST : EC_OTHER;
	tell_fleet(t->d, &e, &t->who, t->name, why);
}

static void
post_transfer(struct transfer *t, enum event_kind kind, const char *why)
{
	post(t, kind, tftp_xfer_done(&t->x), why);
}

static void
log_begin(const struct transfer *t)
{
	char peer[PEER_STRLEN];

	log_ev(LOG_DEBUG, "tftp.rrq", KV_S("peer", peer_str(&t->who, peer)),
	    KV_S("file", t->name), KV_N("bytes", t->x.size),
	    KV_N("blksize", t->x.blksize), KV_N("window", t->x.window),
	    KV_S("mode", t->x.netascii ? "netascii" : "octet"));
}

static void
log_end(const struct transfer *t, int prio, const char *ev, const char *why)
{
	char peer[PEER_STRLEN];
	const struct kv kv[] = {
		KV_S("peer", peer_str(&t->who, peer)), KV_S("file", t->name),
		KV_N("bytes", tftp_xfer_done(&t->x)),
		KV_N("ms", clock_ms() - t->began), KV_N("resent", t->x.resent),
		KV_S("err", why),
	};

	log_kv(prio, ev, kv, sizeof(kv) / sizeof(kv[0]) - (why == NULL));
}

/* The table ------------------------------------------------------------- */

static struct transfer **
slot(struct tftpd *d, const struct os_dgram *who)
{
	const uint32_t id[3] = { who->peer, who->peer_port, who->local };
	struct transfer **p;

	p = &d->bucket[siphash(d->key, id, sizeof(id)) & (d->n_bucket - 1)];
	while (*p != NULL && ((*p)->who.peer != who->peer ||
	    (*p)->who.peer_port != who->peer_port ||
	    (*p)->who.local != who->local))
		p = &(*p)->hash_next;
	return p;
}

static void
transfer_free(struct transfer *t)
{
	src_close(&t->src);
	free(t);
}

static void
transfer_drop(struct transfer *t)
{
	struct tftpd *d = t->d;
	struct transfer **p = slot(d, &t->who);

	assert(*p == t);
	*p = t->hash_next;
	count_set(&d->w->count, COUNT_tftp_open, --d->n_transfer);
	if (!t->heard)
		TAILQ_REMOVE(&d->unheard, t, link);
	if (t->ev != NULL)
		event_free(t->ev);
	if (t->timer != NULL)
		event_free(t->timer);
	if (t->fd != -1)
		(void)close(t->fd);
	t->d = NULL;
	if (!t->src.busy)
		transfer_free(t);	/* else on_disk() does */
}

void
transfer_drop_all(struct tftpd *d)
{
	for (size_t i = 0; i < d->n_bucket; i++)
		while (d->bucket[i] != NULL)
			transfer_drop(d->bucket[i]);
}

/* Time ------------------------------------------------------------------ */

static void
set_timer(struct transfer *t, int64_t now, int64_t at)
{
	int64_t ms = at > now ? at - now : 0;
	struct timeval tv = {
		.tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000
	};

	t->fires_at = event_add(t->timer, &tv) == 0 ? at : 0;
}

/* The timer is not moved for every packet: it fires too early and is then set
 * again for what is left. */
static void
wait_until(struct transfer *t, int64_t now, int64_t at)
{
	t->deadline = at;
	if (t->fires_at == 0 || t->fires_at > at)
		set_timer(t, now, at);
}

/* A transfer ------------------------------------------------------------ */

static void
finish(struct transfer *t, const struct tftp_act *a)
{
	switch (a->end) {
	case TFTP_END_DONE:
		log_end(t, LOG_INFO, "tftp.done", NULL);
		post_transfer(t, EV_TFTP_DONE, NULL);
		break;
	case TFTP_END_UNCONFIRMED:
		log_end(t, LOG_INFO, "tftp.done", "no last ACK");
		post(t, EV_TFTP_DONE, t->x.size, NULL);
		break;
	case TFTP_END_PROBE:
		log_end(t, LOG_DEBUG, "tftp.probe", a->text);
		break;
	case TFTP_END_ABORTED:
		log_end(t, LOG_DEBUG, "tftp.aborted", a->text);
		post_transfer(t, EV_TFTP_DONE, NULL);
		break;
	case TFTP_END_REFUSED:
	case TFTP_END_LOST:
	case TFTP_END_FAILED:
		count_add(&t->d->w->count, COUNT_tftp_failed, 1);
		log_end(t, LOG_NOTICE, "tftp.fail", a->text);
		post_transfer(t, EV_TFTP_FAIL, a->text);
		break;
	}
	transfer_drop(t);
}

/* A datagram that can't be sent now is like one that is lost on the way. */
static void
send_all(struct transfer *t, const struct tftp_act *a, int64_t now)
{
	bool own = t->fd != -1;

	t->held_until = now + pace_sent(t->src.snap->pace, t->who.peer,
	    a->pkt_len, now);
	count_add(&t->d->w->count, COUNT_tftp_bytes, a->pkt_len);
	if (os_send_many(own ? t->fd : t->lfd, a->pkt, a->pkt_len, a->seg,
	    own ? NULL : &t->who, t->d->segment) == -ECONNREFUSED)
		tftp_xfer_gone(&t->x);
}

static void
read_failed(struct transfer *t, int r)
{
	struct tftp_refusal no = tftp_refusal_of(r);

	tftp_xfer_fail(&t->x, no.code, no.text);
}

/* Do what the machine says until it waits for something. */
static void
pump(struct transfer *t, int64_t now)
{
	struct tftp_act a;
	int r;

	t->go_on = false;
	for (;;) {
		if (t->held_until > now && t->x.state == TFTP_S_DATA) {
			t->go_on = true;
			wait_until(t, now, t->held_until);
			return;
		}
		tftp_xfer_next(&t->x, &t->src.piece, t->d->out,
		    sizeof(t->d->out), now, &a);
		switch (a.what) {
		case TFTP_SEND:
			send_all(t, &a, now);
			break;
		case TFTP_READ:
			t->deadline = 0;
			r = src_read(&t->src, a.off, a.len,
			    t->x.netascii ? 0 : t->x.blksize);
			if (r == -EINPROGRESS)
				return;
			if (r == -ENOBUFS) {
				t->go_on = true;
				wait_until(t, now, now + DISK_RETRY_MS);
				return;
			}
			if (r < 0)
				read_failed(t, r);
			break;
		case TFTP_WAIT:
			wait_until(t, now, now + a.timeout_ms);
			return;
		case TFTP_END:
			finish(t, &a);
			return;
		}
	}
}

static void
progress(struct transfer *t, int64_t now)
{
	if (!t->heard) {
		t->heard = true;
		TAILQ_REMOVE(&t->d->unheard, t, link);
		post_transfer(t, EV_TFTP, NULL);
	} else if (now - t->told >= PROGRESS_MS) {
		t->told = now;
		post_transfer(t, EV_PROGRESS, NULL);
	}
}

/* False: nothing has happened. */
static bool
input(struct transfer *t, const struct tftp_msg *m, int64_t now)
{
	if (tftp_xfer_input(&t->x, m, now) < 0)
		return false;
	t->heard_at = now;
	if (m->op == TFTP_ACK)
		progress(t, now);
	pump(t, now);
	return true;
}

enum heard { NOTHING, IGNORED, HEARD };		/* HEARD: t may be gone */

static enum heard
hear(struct transfer *t, int64_t now)
{
	struct tftpd *d = t->d;
	struct tftp_msg m;
	ssize_t n = recv(t->fd, d->in, sizeof(d->in), 0);

	if (n == -1) {
		if (errno != ECONNREFUSED)
			return NOTHING;
		tftp_xfer_gone(&t->x);
		pump(t, now);
		return HEARD;
	}
	return tftp_msg_parse(d->in, (size_t)n, &m) == 0 && input(t, &m, now) ?
	    HEARD : IGNORED;
}

/* One datagram each time: the loop calls again if more wait, and a client in
 * lock-step has sent only one. */
static void
on_packet(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	(void)hear(arg, clock_ms());
}

static void
on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct transfer *t = arg;
	int64_t now = clock_ms();

	(void)fd;
	(void)what;
	t->fires_at = 0;
	if (t->deadline == 0)
		return;
	if (now < t->deadline) {
		set_timer(t, now, t->deadline);
		return;
	}
	if (!t->go_on) {
		/* Perhaps it is we who are late. */
		for (int i = 0; t->fd != -1 && i < BATCH; i++)
			switch (hear(t, now)) {
			case HEARD:
				return;
			case IGNORED:
				continue;
			case NOTHING:
				i = BATCH;
			}
		tftp_xfer_timeout(&t->x);
	}
	pump(t, now);
}

/* The transfer's own port is our TID (RFC 1350 section 4), at the address that
 * was asked.  It is connected, so that the kernel sorts out what comes from
 * elsewhere: the sender gets an ICMP port unreachable, and the transfer is not
 * disturbed.  With tftp.single-port it is the listening socket, and the client's
 * address and port tell the transfers apart. */
static int
open_socket(struct transfer *t)
{
	struct event_base *base = t->d->w->base;
	int r;

	if ((t->timer = event_new(base, -1, 0, on_timer, t)) == NULL)
		return -ENOMEM;
	if (t->d->single_port)
		return 0;
	if ((r = os_udp_connect(&t->who, &t->fd)) < 0)
		return r;
	t->ev = event_new(base, t->fd, EV_READ | EV_PERSIST, on_packet, t);
	return t->ev == NULL || event_add(t->ev, NULL) == -1 ? -ENOMEM : 0;
}

/* Boot ROMs put no fragments together: no block is larger than the path's MTU. */
static uint16_t
max_blksize(const struct transfer *t, uint32_t configured)
{
	const uint32_t most = configured, least = TFTP_BLKSIZE_DEFAULT;
	uint32_t mtu;
	int fd = t->fd;

	if (!(t->msg.opt.has & TFTP_HAS_BLKSIZE) || t->msg.opt.blksize <= least ||
	    (fd == -1 && os_udp_connect(&t->who, &fd) < 0))
		return (uint16_t)most;
	mtu = os_path_mtu(fd);
	if (t->fd == -1)
		(void)close(fd);
	if (mtu == 0 || mtu >= most + IP_UDP_HEAD + TFTP_HEAD)
		return (uint16_t)most;
	return (uint16_t)(mtu <= least + IP_UDP_HEAD + TFTP_HEAD ? least :
	    mtu - IP_UDP_HEAD - TFTP_HEAD);
}

static void
refuse(struct transfer *t, int r)
{
	struct tftp_refusal no = tftp_refusal_of(r);

	send_error(t->d, t->lfd, &t->who, no.code, no.text);
	tell_refused(t->d, &t->who, t->src.inst, t->name, &no);
}

static void
begin(struct transfer *t)
{
	const struct cfg_tftp *cfg = &t->src.snap->cfg->top.tftp;
	int r;

	if ((r = src_open(&t->src)) == -EINPROGRESS)
		return;
	if (r == 0 && (r = open_socket(t)) == 0) {
		const struct tftp_limits lim = {
			.max_blksize = max_blksize(t, cfg->max_blksize),
			.timeout_ms = cfg->timeout_ms,
			.retries = cfg->retries,
		};

		t->begun = true;
		tftp_xfer_init(&t->x, &lim, &t->msg, src_size(&t->src));
		log_begin(t);
		pump(t, clock_ms());
		return;
	}
	if (t->timer != NULL || r == -ENOBUFS || r == -ENOMEM || r == -EMFILE ||
	    r == -ENFILE)
		tell_short(t->d, r);
	else
		refuse(t, r);
	transfer_drop(t);
}

static void
on_disk(struct tftp_src *src)
{
	struct transfer *t = (struct transfer *)(void *)
	    ((char *)src - offsetof(struct transfer, src));

	if (t->d == NULL)
		transfer_free(t);
	else if (!t->begun)
		begin(t);
	else
		pump(t, clock_ms());
}

/* Requests -------------------------------------------------------------- */

/* The same client port has a transfer already.  True: that is the answer. */
static bool
known(struct transfer *t, uint64_t rrq)
{
	int64_t now;

	if (t->rrq != rrq) {
		/* It has given up the old one and asks for something else. */
		log_ev(LOG_DEBUG, "tftp.superseded", KV_S("file", t->name));
		transfer_drop(t);
		return false;
	}
	if (!t->begun)
		return true;		/* still looking for the file */
	now = clock_ms();
	if (tftp_xfer_again(&t->x) == 0) {
		pump(t, now);
	} else if (now - t->heard_at >= t->x.timeout_ms) {
		/* Silent since, and now this: it was reset and begins anew. */
		transfer_drop(t);
		return false;
	}
	return true;
}

/* Whoever forges requests fills the table with transfers that nobody answers:
 * the oldest of these makes room.  False: there is none. */
static bool
make_room(struct tftpd *d)
{
	struct transfer *old = TAILQ_FIRST(&d->unheard);

	tell_short(d, -EUSERS);
	if (old == NULL)
		return false;
	transfer_drop(old);
	return true;
}

void
transfer_request(struct tftpd *d, int lfd, const struct os_dgram *who,
    size_t len, const struct tftp_msg *rrq)
{
	uint64_t id = siphash(d->key, d->in, len);
	struct transfer *t, **p = slot(d, who);
	size_t name_size = strlen(rrq->file) + 1;

	if (*p != NULL && known(*p, id))
		return;
	if (d->n_transfer >= d->w->snap->cfg->top.tftp.max_transfers &&
	    !make_room(d))
		return;
	if ((t = calloc(1, sizeof(*t) + name_size)) == NULL)
		return;
	memcpy(t->name, rrq->file, name_size);
	t->d = d;
	t->who = *who;
	t->rrq = id;
	t->lfd = lfd;
	t->fd = -1;
	t->began = t->told = t->heard_at = clock_ms();
	t->msg = *rrq;
	t->msg.file = t->name;
	src_init(&t->src, d->w, d->files, who->peer, t->name, on_disk);
	p = slot(d, who);		/* it may have moved */
	t->hash_next = *p;
	*p = t;
	count_set(&d->w->count, COUNT_tftp_open, ++d->n_transfer);
	count_add(&d->w->count, COUNT_tftp_requests, 1);
	TAILQ_INSERT_TAIL(&d->unheard, t, link);
	begin(t);
}

bool
transfer_input(struct tftpd *d, const struct os_dgram *who,
    const struct tftp_msg *m)
{
	struct transfer *t = *slot(d, who);

	if (t != NULL && t->begun)
		(void)input(t, m, clock_ms());
	return t != NULL;
}

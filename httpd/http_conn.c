/* http_conn.c - one connection: requests in, files out. */
#include <assert.h>
#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>

#include "../lib/clock.h"
#include "../lib/log.h"
#include "httpd.h"

#define IDLE_S		30	/* without a request, or with one that is not complete */
#define SEND_S		60	/* nothing of an answer was taken */
#define PIECE		((size_t)256 << 10)
/* Anybody can send requests that are refused; more lines than this in a
 * second, of one thread, would only hide the others. */
#define REFUSED_PER_S	50

struct http_conn {
	struct pool_job	  job;
	struct httpd	 *d;		/* NULL: dropped, waits for the disk */
	TAILQ_ENTRY(http_conn) link;
	struct bufferevent *bev;
	uint32_t	  peer;
	uint16_t	  port;
	bool		  busy;		/* a request is being answered */
	bool		  on_disk;	/* a disk thread has it */
	bool		  begun;	/* the head has been sent */
	struct http_req	  req;
	struct http_answer ans;
	uint64_t	  at;		/* next byte to read */
	/* For the disk thread: */
	struct snapshot	 *snap;
	struct view_file *file;
	uint32_t	  inst;
	uint8_t		 *buf;		/* PIECE */
	size_t		  got;
	int		  result;
};

static const struct tree_cred nobody = { .uid = 65534, .gid = 65534 };

static void next_request(struct http_conn *);

/* Words ------------------------------------------------------------------- */

static void
tell(const struct http_conn *c, enum event_kind kind, const char *why)
{
	struct event e = { .kind = kind, .http = true, .inst = c->inst,
	    .addr = c->peer, .done = c->at - c->ans.from, .total = c->ans.size };

	if (why == NULL)
		(void)snprintf(e.text, sizeof(e.text), "%.159s", c->req.path);
	else
		(void)snprintf(e.text, sizeof(e.text), "%.80s: %.76s", c->req.path, why);
	fleet_port_event(c->d->w->port, &e);
}

static void
log_end(const struct http_conn *c, int prio, const char *why)
{
	char ip[IP4_STRLEN], peer[IP4_STRLEN + 6];

	(void)snprintf(peer, sizeof(peer), "%s:%u", ip4_str(c->peer, ip),
	    (unsigned)c->port);
	log_ev(prio, "http", KV_S("peer", peer), KV_S("file", c->req.path),
	    KV_N("status", c->ans.status), KV_N("bytes", c->at - c->ans.from),
	    KV_S("err", why));
}

/* Life -------------------------------------------------------------------- */

static void
close_file(struct http_conn *c)
{
	if (c->file != NULL)
		view_file_close(c->file);
	c->file = NULL;
	snapshot_unref(c->snap);
	c->snap = NULL;
}

static void
conn_free(struct http_conn *c)
{
	close_file(c);
	free(c->buf);
	free(c);
}

static void
conn_drop(struct http_conn *c)
{
	TAILQ_REMOVE(&c->d->conns, c, link);
	c->d->n_conn--;
	c->d->full_said = false;
	bufferevent_free(c->bev);
	c->d = NULL;
	if (!c->on_disk)
		conn_free(c);		/* else the job's end does */
}

void
http_conn_drop_all(struct httpd *d)
{
	while (!TAILQ_EMPTY(&d->conns))
		conn_drop(TAILQ_FIRST(&d->conns));
}

/* Answers ----------------------------------------------------------------- */

static int
status_of(int r)
{
	switch (r) {
	case -ENOENT:
	case -ENOTDIR:
	case -ELOOP:
	case -ENAMETOOLONG:
	case -EISDIR:
	case -EINVAL:
	case -EXDEV:
		return 404;
	case -EACCES:
	case -EPERM:
		return 403;
	case -ENOBUFS:
	case -ENOMEM:
	case -EMFILE:
	case -ENFILE:
		return 503;
	default:
		return 500;
	}
}

static void
send_head(struct http_conn *c)
{
	char head[512];
	int n = http_head(&c->ans, c->req.path, c->req.keep, head, sizeof(head));

	assert(n > 0 && (size_t)n < sizeof(head));
	(void)bufferevent_write(c->bev, head, (size_t)n);
}

/* Nothing more is to be written: for the next request, or the end. */
static void
answered(struct http_conn *c)
{
	close_file(c);
	c->busy = false;
	if (c->req.has_body)
		c->req.keep = false;	/* where it ends is not known */
	if (!c->req.keep) {
		if (evbuffer_get_length(bufferevent_get_output(c->bev)) == 0)
			conn_drop(c);
		return;		/* else when it has left */
	}
	(void)bufferevent_enable(c->bev, EV_READ);
	next_request(c);
}

static bool
too_many(struct httpd *d)
{
	int64_t now = clock_ms();

	if (now - d->refused_since >= 1000) {
		if (d->refused > REFUSED_PER_S)
			log_ev(LOG_NOTICE, "http.refused", KV_S("did", "not told"),
			    KV_N("requests", d->refused - REFUSED_PER_S));
		d->refused_since = now;
		d->refused = 0;
	}
	return ++d->refused > REFUSED_PER_S;
}

static void
refuse(struct http_conn *c, int status)
{
	c->ans = (struct http_answer){ .status = status, .size = c->ans.size };
	c->at = 0;
	if (status != 404 && status != 416)
		c->req.keep = false;
	send_head(c);
	if (status != 416 && !too_many(c->d)) {
		log_end(c, status == 404 ? LOG_INFO : LOG_NOTICE, "refused");
		tell(c, EV_TFTP_FAIL, status == 404 ? "File not found" :
		    status == 403 ? "Access denied" : "refused");
	}
	answered(c);
}

/* Files ------------------------------------------------------------------- */

static void on_disk(struct mbox_msg *);

static void
submit(struct http_conn *c, void (*run)(struct pool_job *))
{
	int r;

	c->job.run = run;
	c->job.reply = c->d->w->mbox;
	c->job.msg.run = on_disk;
	c->on_disk = true;
	if ((r = pool_submit(c->d->w->pool, &c->job)) < 0) {
		c->on_disk = false;
		log_end(c, LOG_WARNING, "too much waits for the disk");
		conn_drop(c);		/* it asks again */
	}
}

static void
read_job(struct pool_job *job)
{
	struct http_conn *c = (struct http_conn *)(void *)job;
	uint64_t left = c->ans.to - c->at;

	c->result = view_file_read(c->file, c->at, c->buf,
	    left < PIECE ? (size_t)left : PIECE, 0, &c->got);
	if (c->result == 0 && c->got == 0)
		c->result = -ERANGE;	/* it became shorter */
}

static void
open_job(struct pool_job *job)
{
	struct http_conn *c = (struct http_conn *)(void *)job;
	struct node n;

	c->result = snapshot_file(c->snap, c->peer, c->req.path, 0, &n, &c->inst);
	if (c->result == 0)
		c->result = view_file_open(&nobody, &n, 0, &c->file);
	c->got = 0;
	if (c->result < 0)
		return;
	http_range(&c->req, view_file_size(c->file), &c->ans);
	c->at = c->ans.from;
	if (c->req.method == HTTP_GET && c->ans.status < 300 &&
	    c->at < c->ans.to)
		read_job(job);
}

static void
finish(struct http_conn *c)
{
	log_end(c, LOG_INFO, NULL);
	if (c->ans.status == 200 && c->req.method == HTTP_GET)
		tell(c, EV_TFTP_DONE, NULL);
	answered(c);
}

/* What was read goes out; on_drained() comes for more. */
static void
on_disk(struct mbox_msg *m)
{
	struct http_conn *c = (struct http_conn *)(void *)m;
	c->on_disk = false;
	if (c->d == NULL) {
		conn_free(c);
		return;
	}
	if (c->result < 0 && c->begun) {
		log_end(c, LOG_NOTICE, "the server could not read the file");
		conn_drop(c);		/* the length was promised */
		return;
	}
	if (c->result < 0 || c->ans.status == 416) {
		refuse(c, c->result < 0 ? status_of(c->result) : 416);
		return;
	}
	if (!c->begun) {
		c->begun = true;
		send_head(c);
		if (c->req.method == HTTP_GET)
			tell(c, EV_TFTP, NULL);
	}
	(void)bufferevent_write(c->bev, c->buf, c->got);
	c->at += c->got;
	if (c->req.method == HTTP_HEAD || c->at >= c->ans.to)
		finish(c);
}

/* Events ------------------------------------------------------------------ */

static void
on_drained(struct bufferevent *bev, void *arg)
{
	struct http_conn *c = arg;

	if (c->on_disk)
		return;
	if (c->busy) {
		tell(c, EV_PROGRESS, NULL);
		submit(c, read_job);
	} else if (!c->req.keep)
		conn_drop(c);
	else {
		(void)bufferevent_enable(bev, EV_READ);
		next_request(c);
	}
}

static void
on_readable(struct bufferevent *bev, void *arg)
{
	(void)bev;
	next_request(arg);
}

static void
on_event(struct bufferevent *bev, short what, void *arg)
{
	struct http_conn *c = arg;

	(void)bev;
	if (c->busy)
		log_end(c, LOG_NOTICE, (what & BEV_EVENT_TIMEOUT) != 0 ?
		    "it stopped reading" : "it closed the connection");
	conn_drop(c);
}

static void
next_request(struct http_conn *c)
{
	struct evbuffer *in = bufferevent_get_input(c->bev);
	size_t len = evbuffer_get_length(in);
	int n;

	if (c->busy || len == 0)
		return;
	/* One that asks and does not read gets no further: see on_drained(). */
	if (evbuffer_get_length(bufferevent_get_output(c->bev)) > 0) {
		(void)bufferevent_disable(c->bev, EV_READ);
		return;
	}
	if (len > HTTP_HEAD_MAX)
		len = HTTP_HEAD_MAX;
	n = http_parse((const char *)evbuffer_pullup(in, (ev_ssize_t)len), len, &c->req);
	if (n == 0)
		return;
	c->ans = (struct http_answer){ 0 };
	c->at = 0;
	c->inst = 0;
	c->busy = true;
	c->begun = false;
	/* Nothing is read meanwhile, so that nothing piles up. */
	(void)bufferevent_disable(c->bev, EV_READ);
	if (n < 0) {
		refuse(c, n == -EMSGSIZE ? 431 : 400);
		return;
	}
	(void)evbuffer_drain(in, (size_t)n);
	if (c->req.method == HTTP_OTHER)
		refuse(c, 405);
	else if (c->req.path[0] == '\0')
		refuse(c, 400);
	else if (c->buf == NULL && (c->buf = malloc(PIECE)) == NULL)
		refuse(c, 503);
	else {
		c->snap = snapshot_ref(c->d->w->snap);
		submit(c, open_job);
	}
}

void
http_conn_new(struct httpd *d, int fd, uint32_t peer, uint16_t port)
{
	const struct timeval idle = { .tv_sec = IDLE_S }, stuck = { .tv_sec = SEND_S };
	struct http_conn *c = calloc(1, sizeof(*c));

	if (c == NULL || (c->bev = bufferevent_socket_new(d->w->base, fd,
	    BEV_OPT_CLOSE_ON_FREE)) == NULL) {
		free(c);
		(void)close(fd);
		return;
	}
	c->d = d;
	c->peer = peer;
	c->port = port;
	c->req.keep = true;
	TAILQ_INSERT_TAIL(&d->conns, c, link);
	d->n_conn++;
	bufferevent_setcb(c->bev, on_readable, on_drained, on_event, c);
	bufferevent_setwatermark(c->bev, EV_READ, 0, HTTP_HEAD_MAX);
	(void)bufferevent_set_timeouts(c->bev, &idle, &stuck);
	(void)bufferevent_enable(c->bev, EV_READ | EV_WRITE);
}

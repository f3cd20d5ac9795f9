/* http_conn.c - one connection: requests in, one answer at a time out. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../lib/clock.h"
#include "httpd.h"

#define HEAD_MS		20000	/* a request's head takes no longer, nor does a handshake */
#define KEEP_MS		60000	/* without a request */
#define SEND_MS		60000	/* nothing of an answer was taken */
#define LINGER_MS	2000	/* for what a client still sends behind its last request */
#define LINGER_MAX	((size_t)256 << 10)
#define TURN		32u	/* requests before others have their turn */

/* Life -------------------------------------------------------------------- */

static bool
is_idle(const struct http_conn *c)
{
	return c->state == HTTP_IDLE || c->state == HTTP_READING;
}

static void
set_state(struct http_conn *c, enum http_state state, int64_t ms)
{
	bool was = is_idle(c);

	c->state = state;
	c->deadline = clock_ms() + ms;
	if (!was)
		c->since = c->deadline - ms;
	if (was && !is_idle(c))
		TAILQ_REMOVE(&c->d->idle, c, idle);
	else if (!was && is_idle(c))
		TAILQ_INSERT_TAIL(&c->d->idle, c, idle);
}

/* All but the struct itself, which somebody on the stack may still have. */
static void
conn_close(struct http_conn *c)
{
	if (c->state == HTTP_CLOSED)
		return;
	set_state(c, HTTP_CLOSED, 0);
	TAILQ_REMOVE(&c->d->conns, c, link);
	http_peer_leave(c->d, c->from);
	http_task_free(c->task);
	c->task = NULL;
	http_wire_free(c->wire);
	c->wire = NULL;
	free(c->in);
	c->in = NULL;
}

/* The end of every callback. */
static void
leave(struct http_conn *c)
{
	if (c->state == HTTP_CLOSED)
		free(c);
}

void
http_conn_drop(struct http_conn *c)
{
	conn_close(c);
	leave(c);
}

/* If a client were cut off while it sends, it might not read what it was told. */
static void
linger(struct http_conn *c)
{
	set_state(c, HTTP_LINGERING, LINGER_MS);
	free(c->in);
	c->in = NULL;
	c->in_len = 0;
	http_wire_end(c->wire);
	http_wire_listen(c->wire, true);
}

/* Requests ---------------------------------------------------------------- */

static const char *
why_of(int r)
{
	switch (r) {
	case -EPIPE:
	case -ECONNRESET:
		return "it closed the connection";
	case -ESTALE:
	case -ERANGE:
		return "the file was changed while it was sent";
	case -ENOBUFS:
	case -ENOMEM:
		return "the server has too much to do";
	default:
		return "the server could not read the file";
	}
}

/* What came of the task. */
static void
settle(struct http_conn *c, int r)
{
	bool keep, body;
	int64_t hold;

	if (r == -EAGAIN) {
		set_state(c, HTTP_ANSWERING, SEND_MS);
		hold = c->task->hold == 0 ? 0 : c->task->hold - clock_ms();
		http_wire_wait(c->wire, !c->task->on_disk && hold <= 0);
		if (!c->task->on_disk && hold > 0) {
			c->deadline += hold;
			http_wire_pause(c->wire, (unsigned)hold);
		}
		return;
	}
	if (r < 0) {
		if (c->task != NULL)
			http_say_done(c->task, why_of(r));
		conn_close(c);
		return;
	}
	keep = c->task->req.keep;
	body = c->task->req.has_body;
	http_task_free(c->task);
	c->task = NULL;
	http_wire_wait(c->wire, false);
	if (keep)
		set_state(c, HTTP_IDLE, KEEP_MS);
	else if (body || c->in_len > 0)
		linger(c);
	else
		conn_close(c);
}

static void
begin(struct http_conn *c, int n)
{
	struct http_req *r = &c->d->req;

	set_state(c, HTTP_ANSWERING, SEND_MS);
	if (n < 0) {
		/* How far it goes is not known, nor what it wants. */
		r->has_body = true;
		r->keep = false;
		r->method = HTTP_GET;
		r->path[0] = '\0';
		settle(c, http_task_refuse(c, r, -n));
	} else if (r->method == HTTP_OTHER)
		settle(c, http_task_refuse(c, r, 405));
	else
		settle(c, http_task_begin(c, r));
}

static int
keep(struct http_conn *c, const uint8_t *p, size_t n)
{
	if (n == 0) {
		free(c->in);
		c->in = NULL;
	} else if (c->in == NULL && (c->in = malloc(HTTP_HEAD_MAX)) == NULL)
		return -ENOMEM;
	if (n > 0)
		memmove(c->in, p, n);
	c->in_len = n;
	return 0;
}

/* Those that have come, one after the other; what is left over is kept. */
static void
requests(struct http_conn *c, const uint8_t *p, size_t len)
{
	unsigned turn = 0;
	int n = 1;

	while (is_idle(c) && len > 0 && n != 0 && turn++ < TURN) {
		n = http_parse((const char *)p, len, &c->d->req);
		if (n > 0) {
			p += n;
			len -= (size_t)n;
		} else if (n < 0)
			len = 0;
		c->in_len = len;	/* settle() looks at it */
		if (n != 0)
			begin(c, n);
	}
	if (c->state == HTTP_CLOSED || c->state == HTTP_LINGERING)
		return;
	if (keep(c, p, len) < 0 || (c->eof && is_idle(c) && (n == 0 || len == 0))) {
		conn_close(c);
		return;
	}
	/* From the first byte on, and once, so that slowness is of no use. */
	if (c->state == HTTP_IDLE && len > 0)
		set_state(c, HTTP_READING, HEAD_MS);
	if (is_idle(c) && n != 0 && len > 0)
		http_wire_again(c->wire);
	else if (is_idle(c))
		http_wire_rest(c->wire);
}

/* Events ------------------------------------------------------------------ */

static void
discard(struct http_conn *c)
{
	ssize_t n = http_wire_recv(c->wire, c->d->in, sizeof(c->d->in));

	if (n > 0)
		c->lingered += (size_t)n;
	if ((n <= 0 && n != -EAGAIN) || c->lingered > LINGER_MAX)
		conn_close(c);
}

/* 0: the end or -EAGAIN; else all that is there to be looked at. */
static size_t
receive(struct http_conn *c, const uint8_t **ret)
{
	bool own = c->in != NULL || c->state == HTTP_ANSWERING;
	ssize_t n;

	if (own && c->in == NULL && (c->in = malloc(HTTP_HEAD_MAX)) == NULL) {
		conn_close(c);
		return 0;
	}
	if (c->in_len == HTTP_HEAD_MAX) {
		http_wire_listen(c->wire, false);
		*ret = c->in;
		return c->in_len;
	}
	n = http_wire_recv(c->wire, own ? c->in + c->in_len : c->d->in,
	    HTTP_HEAD_MAX - c->in_len);
	if (n == 0) {
		c->eof = true;
		http_wire_listen(c->wire, false);
	} else if (n < 0 && n != -EAGAIN) {
		if (c->task != NULL)
			http_say_done(c->task, why_of((int)n));
		conn_close(c);
		return 0;
	}
	*ret = own ? c->in : c->d->in;
	if (own && n > 0)
		c->in_len += (size_t)n;
	return own ? c->in_len : n > 0 ? (size_t)n : 0;
}

void
http_conn_readable(struct http_conn *c)
{
	const uint8_t *p = NULL;
	size_t n;

	if (c->state == HTTP_LINGERING)
		discard(c);
	else {
		n = receive(c, &p);
		if (is_idle(c) && (n > 0 || c->eof))
			requests(c, p, n);
	}
	leave(c);
}

/* Room to send, or a disk thread is done. */
void
http_conn_writable(struct http_conn *c)
{
	if (c->state == HTTP_ANSWERING) {
		settle(c, http_task_send(c->task));
		if (is_idle(c)) {
			if (!c->eof)
				http_wire_listen(c->wire, true);
			requests(c, c->in, c->in_len);
		}
	}
	leave(c);
}

void
http_conn_gone(struct http_conn *c, const char *why)
{
	if (c->task != NULL)
		http_say_done(c->task, why);
	conn_close(c);
	leave(c);
}

void
http_conn_late(struct http_conn *c)
{
	if (c->state == HTTP_ANSWERING && c->task->on_disk)
		c->deadline = clock_ms() + SEND_MS;
	else if (c->state == HTTP_ANSWERING)
		http_conn_gone(c, "it stopped reading");
	else if (c->state == HTTP_READING && c->in_len > 0) {
		begin(c, -408);
		leave(c);
	} else
		http_conn_drop(c);
}

void
http_conn_new(struct http_listener *l, int fd, uint32_t peer, uint16_t port,
    struct http_peer *from)
{
	struct httpd *d = l->d;
	struct http_conn *c = calloc(1, sizeof(*c));

	if (c == NULL) {
		http_peer_leave(d, from);
		(void)close(fd);
		return;
	}
	c->d = d;
	c->peer = peer;
	c->port = port;
	c->from = from;
	TAILQ_INSERT_TAIL(&d->conns, c, link);
	TAILQ_INSERT_TAIL(&d->idle, c, idle);
	c->since = clock_ms();
	set_state(c, HTTP_READING, HEAD_MS);
	if (http_wire_new(c, fd, l->tls ? d->tls : NULL, &c->wire) < 0)
		http_conn_drop(c);
}

/* rpc_tcp.c - connections: calls in, replies out, and nothing without bound.
 *
 * While replies wait to be sent on a connection, or too many of its calls are
 * tasks, no more of its calls are looked at; what was read already is kept
 * (at most RPC_IN bytes), the rest is left to TCP's own window.  When all
 * connections of a worker hold too much, or there are too many of them, one is
 * closed: the one that got nothing done for longest among those that have not
 * named a file of ours yet, nor come from a host's address; if there is none, among the rest.
 * So who connects and does nothing, however often, is in the way of his like.
 */
#include <sys/socket.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <event2/event.h>

#include "../lib/clock.h"
#include "../lib/log.h"
#include "rpc_io.h"

#define ACCEPTS		64	/* in one turn of the loop */
#define RETRY_MS	100	/* no descriptors left: accept again then */
#define GONE_S		120	/* a peer that says nothing to what it must answer */

struct rpc_conn {
	TAILQ_ENTRY(rpc_conn) link, wait;
	struct rpc_from	 from;
	unsigned	 refs;		/* one while open, one for each task */
	unsigned	 tasks;
	int		 fd;		/* -1: closed */
	bool		 waiting;
	bool		 proven;	/* which list it is in */
	struct event	*rd, *wr;
	bool		 rd_on, wr_on;
	struct rec	 rec;
	uint8_t		*stash;		/* read, not looked at yet */
	size_t		 stash_off, stash_len;
	struct out_queue out;
	bool		 loading;	/* its head, by a disk thread */
	size_t		 held;		/* memory, as counted in srv->held */
	unsigned	 segs;		/* as counted in srv->segs */
	uint32_t	 root;		/* installation whose root was used */
};

static void
conn_unref(struct rpc_conn *c)
{
	if (--c->refs == 0)
		free(c);
}

/* Memory ------------------------------------------------------------------ */

static void
conn_account(struct rpc_conn *c)
{
	struct rpc_srv *s = c->from.srv;
	size_t held = c->loading ? RPC_DATA_MAX : 0;

	if (c->fd != -1)
		held += rec_held(&c->rec) + c->stash_len + c->out.held;
	s->held += held;
	s->held -= c->held;
	count_set(&s->w->count, COUNT_nfs_held, s->held);
	c->held = held;
	s->segs += c->out.segs;
	s->segs -= c->segs;
	c->segs = c->out.segs;
}

static struct rpc_conn_list *
list_of(const struct rpc_conn *c)
{
	struct rpc_srv *s = c->from.srv;

	return c->proven ? &s->conns : &s->strangers;
}

static void
conn_close(struct rpc_conn *c)
{
	struct rpc_srv *s = c->from.srv;

	if (c->fd == -1)
		return;
	if (c->rd != NULL)
		event_free(c->rd);
	if (c->wr != NULL)
		event_free(c->wr);
	(void)close(c->fd);
	c->fd = -1;
	rec_free(&c->rec);
	free(c->stash);
	c->stash = NULL;
	out_drop(&c->out);
	conn_account(c);
	TAILQ_REMOVE(list_of(c), c, link);
	if (c->waiting)
		TAILQ_REMOVE(&s->waiting, c, wait);
	c->waiting = false;
	count_set(&s->w->count, COUNT_nfs_open, --s->n_conns);
	conn_unref(c);
}

/* What a stranger can cause is logged once a second at most. */
static bool
may_log(struct rpc_srv *s)
{
	int64_t now = clock_ms();

	if (s->logged_ms != 0 && now - s->logged_ms < 1000)
		return false;
	s->logged_ms = now;
	return true;
}

static struct rpc_conn *
longest_idle(struct rpc_conn_list *list, const struct rpc_conn *not_this, bool holding)
{
	struct rpc_conn *c;

	TAILQ_FOREACH(c, list, link)
		if (c != not_this && (!holding || c->held > 0))
			break;
	return c;
}

static void
evict(struct rpc_srv *s, const struct rpc_conn *not_this, bool holding)
{
	struct rpc_conn *c = longest_idle(&s->strangers, not_this, holding);

	if (c == NULL)
		c = longest_idle(&s->conns, not_this, holding);
	if (c == NULL)
		return;
	if (may_log(s))
		log_ev(LOG_NOTICE, "nfs.close",
		    KV_S("why", holding ? "memory" : "connections"),
		    KV_N("connections", s->n_conns), KV_N("held", s->held));
	count_add(&s->w->count, COUNT_nfs_closed, 1);
	conn_close(c);
}

static void
touch(struct rpc_conn *c)
{
	TAILQ_REMOVE(list_of(c), c, link);
	TAILQ_INSERT_TAIL(list_of(c), c, link);
}

void
rpc_tcp_proven(struct rpc_conn *c)
{
	if (c->proven || c->fd == -1)
		return;
	TAILQ_REMOVE(list_of(c), c, link);
	c->proven = true;
	TAILQ_INSERT_TAIL(list_of(c), c, link);
}

/* Out ---------------------------------------------------------------------- */

/* What is in the worker's scratch buffer, and then a piece of a file. */
static int
send_scratch(struct rpc_conn *c, size_t len, const struct file_seg *seg)
{
	int r = out_bytes(&c->out, c->from.srv->out, len, seg->file != NULL);

	count_add(&c->from.srv->w->count, COUNT_nfs_bytes, len + seg->len);
	if (seg->file == NULL)
		return r;
	if (r == 0)
		return out_seg(&c->out, seg);
	file_unref(seg->file);
	return r;
}

static int
flush(struct rpc_conn *c)
{
	struct rpc_srv *s = c->from.srv;
	int r = c->loading ? 0 : out_flush(&c->out, s->files);
	struct file_seg cold;

	if (r != OUT_COLD)
		return r;
	cold = out_cold(&c->out);
	r = rpc_load(s, c, &cold);
	if (r == 0) {
		c->loading = true;
		c->refs++;
	}
	return r;
}

/* In ----------------------------------------------------------------------- */

static bool
own_limits(const struct rpc_conn *c)
{
	return c->fd != -1 && c->out.head == NULL && c->tasks < RPC_CONN_TASKS;
}

static bool
ready(const struct rpc_conn *c)
{
	return own_limits(c) && c->from.srv->tasks < RPC_TASKS;
}

/* Looks at the calls in *p, *n while there is leave to. */
static int
conn_work(struct rpc_conn *c, const uint8_t **p, size_t *n)
{
	struct rpc_srv *s = c->from.srv;
	const uint8_t *call;
	size_t used = 0, len, rep_len;
	struct file_seg seg = { .file = NULL };
	int r = 0;

	while (ready(c)) {
		r = rec_take(&c->rec, RPC_CALL_MAX, p, n, &call, &len);
		if (r <= 0)
			break;
		touch(c);
		if (rpc_serve(&c->from, call, len, s->out + used + REC_MARK,
		    RPC_REPLY_MAX, &rep_len, &seg) && rep_len > 0) {
			rec_mark(s->out + used, rep_len + xdr_padded(seg.len));
			used += REC_MARK + rep_len;
		}
		if (seg.file != NULL ||
		    RPC_OUT - used < REC_MARK + RPC_REPLY_MAX) {
			r = send_scratch(c, used, &seg);
			used = 0;
			seg = (struct file_seg){ .file = NULL };
			if (r < 0)
				break;
		}
	}
	if (r >= 0 && used > 0)
		r = send_scratch(c, used, &seg);
	return r < 0 ? r : 0;
}

/* Asks the loop for what can go on now. */
static void
conn_update(struct rpc_conn *c)
{
	struct rpc_srv *s = c->from.srv;
	bool rd, wr;

	if (c->fd == -1)
		return;
	rd = ready(c) && c->stash == NULL;
	wr = c->out.head != NULL && !c->loading;
	if (rd != c->rd_on)
		(void)(rd ? event_add(c->rd, NULL) : event_del(c->rd));
	if (wr != c->wr_on)
		(void)(wr ? event_add(c->wr, NULL) : event_del(c->wr));
	c->rd_on = rd;
	c->wr_on = wr;
	if (!c->waiting && own_limits(c) && !ready(c)) {
		TAILQ_INSERT_TAIL(&s->waiting, c, wait);
		c->waiting = true;
	}
	conn_account(c);
	if (s->held > RPC_HELD_MAX)
		evict(s, c, true);
}

/* Keeps what could not be looked at yet. */
static int
stash(struct rpc_conn *c, const uint8_t *p, size_t n)
{
	if (n == 0)
		return 0;
	c->stash = malloc(n);
	if (c->stash == NULL)
		return -ENOMEM;
	memcpy(c->stash, p, n);
	c->stash_off = 0;
	c->stash_len = n;
	return 0;
}

/* Something that held the connection back has gone. */
static void
conn_kick(struct rpc_conn *c)
{
	const uint8_t *p;
	size_t n;
	int r = 0;

	if (c->stash != NULL && ready(c)) {
		p = c->stash + c->stash_off;
		n = c->stash_len - c->stash_off;
		warm_poll(c->from.srv->warm);
		r = conn_work(c, &p, &n);
		c->stash_off = c->stash_len - n;
		if (n == 0) {
			free(c->stash);
			c->stash = NULL;
			c->stash_len = c->stash_off = 0;
		}
	}
	if (r < 0)
		conn_close(c);
	else
		conn_update(c);
}

static void
on_readable(evutil_socket_t fd, short what, void *arg)
{
	struct rpc_conn *c = arg;
	struct rpc_srv *s = c->from.srv;
	const uint8_t *p = s->in;
	size_t left;
	ssize_t n;
	int r;

	(void)what;
	n = recv(fd, s->in, RPC_IN, 0);
	if (n == -1 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR))
		return;
	if (n <= 0) {
		conn_close(c);
		return;
	}
	left = (size_t)n;
	warm_poll(s->warm);
	r = conn_work(c, &p, &left);
	if (r == 0)
		r = stash(c, p, left);
	if (r < 0)
		conn_close(c);
	else
		conn_update(c);
}

static void
on_writable(evutil_socket_t fd, short what, void *arg)
{
	struct rpc_conn *c = arg;

	(void)fd;
	(void)what;
	if (flush(c) < 0)
		conn_close(c);
	else
		conn_kick(c);
}

/* Tasks ---------------------------------------------------------------------- */

void
rpc_tcp_task_begins(struct rpc_conn *c)
{
	c->tasks++;
	c->refs++;
}

/* The reply, with the task's own buffer. */
static int
send_reply(struct rpc_conn *c, struct rpc_task *t)
{
	struct file_seg seg = t->ctx.seg;
	int r;

	if (t->rep_len == 0)
		return 0;
	count_add(&c->from.srv->w->count, COUNT_nfs_bytes, t->rep_len + seg.len);
	rec_mark(t->buf, t->rep_len + xdr_padded(seg.len));
	r = out_memory(&c->out, &t->buf, REC_MARK + t->rep_len,
	    REC_MARK + RPC_REPLY_MAX, seg.file != NULL);
	if (r < 0 || seg.file == NULL)
		return r;
	t->ctx.seg.file = NULL;
	files_saw(c->from.srv->files, seg.file, seg.off, seg.len);
	return out_seg(&c->out, &seg);
}

void
rpc_tcp_task_ends(struct rpc_task *t)
{
	struct rpc_conn *c = t->from.conn;

	c->tasks--;
	if (c->fd != -1) {
		if (send_reply(c, t) < 0)
			conn_close(c);
		else
			conn_kick(c);
	}
	conn_unref(c);
}

void
rpc_tcp_loaded(struct rpc_conn *c, int result, uint8_t **buf)
{
	c->loading = false;
	if (c->fd != -1) {
		if (result == 0 && (result = out_fill(&c->out, *buf)) == 0) {
			*buf = NULL;
			result = flush(c);
		}
		if (result < 0)
			conn_close(c);
		else
			conn_kick(c);
	} else {
		conn_account(c);
	}
	conn_unref(c);
}

/* One that finds no task free again goes back to the end of the line. */
void
rpc_tcp_wake(struct rpc_srv *s)
{
	struct rpc_conn *c;

	while (s->tasks < RPC_TASKS && (c = TAILQ_FIRST(&s->waiting)) != NULL) {
		TAILQ_REMOVE(&s->waiting, c, wait);
		c->waiting = false;
		conn_kick(c);
	}
}

bool
rpc_tcp_first_root(struct rpc_conn *c, uint32_t inst)
{
	if (c->root == inst)
		return false;
	c->root = inst;
	return true;
}

/* Accepting ------------------------------------------------------------------- */

static uint32_t
local_addr(int fd)
{
	struct sockaddr_in sin = { 0 };
	socklen_t len = sizeof(sin);

	if (getsockname(fd, (struct sockaddr *)&sin, &len) == -1)
		return 0;
	return ntohl(sin.sin_addr.s_addr);
}

/* Small answers leave at once; a peer that vanished is noticed. */
static void
set_options(int fd)
{
	int on = 1;

	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	os_tcp_notice(fd, GONE_S);
}

static bool
is_host(const struct rpc_srv *s, uint32_t addr)
{
	struct addr_owner o;

	return addrmap_get(s->w->snap->addrs, addr, &o) && o.host[0] != '\0';
}

static int
conn_new(struct rpc_sock *sock, int fd, const struct sockaddr_in *peer)
{
	struct rpc_srv *s = sock->srv;
	struct rpc_conn *c;

	c = calloc(1, sizeof(*c));
	if (c == NULL)
		return -ENOMEM;
	c->refs = 1;
	c->fd = fd;
	out_init(&c->out, fd);
	c->from = (struct rpc_from){ .srv = s, .env = sock->env, .conn = c };
	c->from.dgram.peer = ntohl(peer->sin_addr.s_addr);
	c->from.dgram.peer_port = ntohs(peer->sin_port);
	c->from.dgram.local = local_addr(fd);
	c->proven = is_host(s, c->from.dgram.peer);
	TAILQ_INSERT_TAIL(list_of(c), c, link);
	count_set(&s->w->count, COUNT_nfs_open, ++s->n_conns);
	count_add(&s->w->count, COUNT_nfs_accepted, 1);
	set_options(fd);
	c->rd = event_new(s->w->base, fd, EV_READ | EV_PERSIST, on_readable, c);
	c->wr = event_new(s->w->base, fd, EV_WRITE | EV_PERSIST, on_writable, c);
	if (c->rd == NULL || c->wr == NULL) {
		conn_close(c);
		return 0;
	}
	conn_update(c);
	return 0;
}

static void
accept_again(evutil_socket_t fd, short what, void *arg)
{
	struct rpc_srv *s = arg;

	(void)fd;
	(void)what;
	for (size_t i = 0; i < 2; i++)
		if (s->tcp[i].ev != NULL)
			(void)event_add(s->tcp[i].ev, NULL);
}

/* The listener stays readable while nothing can be accepted: leave it alone
 * for a moment. */
static void
pause_accepting(struct rpc_srv *s, int err)
{
	const struct timeval tv = { .tv_usec = RETRY_MS * 1000 };

	if (may_log(s))
		log_ev(LOG_WARNING, "nfs.accept", KV_ERR(-err));
	files_sweep(s->files, true);
	for (size_t i = 0; i < 2; i++)
		if (s->tcp[i].ev != NULL)
			(void)event_del(s->tcp[i].ev);
	(void)event_add(s->retry, &tv);
}

static bool
is_shortage(int err)
{
	return err == EMFILE || err == ENFILE || err == ENOBUFS || err == ENOMEM;
}

static void
on_connection(evutil_socket_t lfd, short what, void *arg)
{
	struct rpc_sock *sock = arg;
	struct rpc_srv *s = sock->srv;
	struct sockaddr_in peer;
	socklen_t len;
	int fd;

	(void)what;
	for (int i = 0; i < ACCEPTS; i++) {
		len = sizeof(peer);
		fd = accept4(lfd, (struct sockaddr *)&peer, &len,
		    SOCK_NONBLOCK | SOCK_CLOEXEC);
		if (fd == -1 && is_shortage(errno))
			pause_accepting(s, errno);
		if (fd == -1 && errno != ECONNABORTED && errno != EINTR)
			return;
		if (fd == -1)
			continue;
		if (s->n_conns >= s->max_conns)
			evict(s, NULL, false);
		if (conn_new(sock, fd, &peer) < 0)
			(void)close(fd);
	}
}

int
rpc_tcp_start(struct rpc_sock *sock)
{
	struct rpc_srv *s = sock->srv;

	if (sock->fd == -1)
		return 0;
	if (s->retry == NULL)
		s->retry = event_new(s->w->base, -1, 0, accept_again, s);
	sock->ev = event_new(s->w->base, sock->fd, EV_READ | EV_PERSIST,
	    on_connection, sock);
	if (s->retry == NULL || sock->ev == NULL ||
	    event_add(sock->ev, NULL) == -1)
		return -ENOMEM;
	return 0;
}

void
rpc_tcp_stop(struct rpc_srv *s)
{
	struct rpc_conn *c;

	if (s->retry != NULL)
		event_free(s->retry);
	s->retry = NULL;
	while ((c = TAILQ_FIRST(&s->strangers)) != NULL ||
	    (c = TAILQ_FIRST(&s->conns)) != NULL)
		conn_close(c);
}

/* rpc_io.c - calls that wait.  See rpc_io.h. */
#include "rpc_io.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <event2/event.h>

#include "../lib/clock.h"
#include "mount3.h"

static int	task_go(struct rpc_task *, int);

/* What the call left in its ctx: whether it was a real one, and an event. */
static void
tell(const struct rpc_from *from, struct rpc_ctx *c)
{
	struct rpc_srv *s = from->srv;

	if (c->real && from->conn != NULL)
		rpc_tcp_proven(from->conn);
	if (!c->has_event || s->stopping)
		return;
	if (c->event.kind == EV_ROOT &&
	    !rpc_tcp_first_root(from->conn, c->event.inst))
		return;
	if (nfs_note(&s->note, &c->event, clock_ms()))
		fleet_port_event(s->w->port, &c->event);
}

/* Open files --------------------------------------------------------------- */

/* Files that nobody reads any more are closed, by a timer that runs only while
 * there are any. */
static void
watch_files(struct rpc_srv *s)
{
	const struct timeval tv = { .tv_sec = 1 };

	if (s->sweeping || s->stopping || !files_any(s->files))
		return;
	s->sweeping = event_add(s->sweep, &tv) == 0;
}

static void
on_sweep(evutil_socket_t fd, short what, void *arg)
{
	struct rpc_srv *s = arg;

	(void)fd;
	(void)what;
	s->sweeping = false;
	files_sweep(s->files, false);
	watch_files(s);
}

int
rpc_files_start(struct rpc_srv *s)
{
	s->sweep = event_new(s->w->base, -1, 0, on_sweep, s);
	return s->sweep == NULL ? -ENOMEM : 0;
}

/* Tasks ---------------------------------------------------------------------- */

void
rpc_srv_unref(struct rpc_srv *s)
{
	if (!s->stopping || s->tasks > 0)
		return;
	mount_list_unref(s->nfs_env.mounts);
	files_free(s->files);
	warm_free(s->warm);
	free(s->in);
	free(s->out);
	free(s);
}

/* The call's copy; the promise's data moves into it. */
static struct rpc_task *
task_new(const struct rpc_from *from, struct rpc_ctx *c, const void *req,
    size_t len)
{
	struct rpc_srv *s = from->srv;
	struct rpc_task *t;

	if (s->tasks >= RPC_TASKS)
		return NULL;
	t = calloc(1, sizeof(*t) + len);
	if (t == NULL)
		return NULL;
	t->buf = malloc(REC_MARK + RPC_REPLY_MAX);
	if (t->buf == NULL) {
		free(t);
		return NULL;
	}
	t->ctx = *c;
	t->ctx.warm = NULL;		/* not for a disk thread */
	c->promise.data = NULL;
	t->from = *from;
	t->snap = snapshot_ref(s->w->snap);
	t->req_len = len;
	memcpy(t->req, req, len);
	return t;
}

static void
task_free(struct rpc_task *t)
{
	rpc_ctx_done(&t->ctx);
	snapshot_unref(t->snap);
	free(t->buf);
	free(t);
}

/* It was counted while it was under way. */
static void
task_end(struct rpc_task *t)
{
	struct rpc_srv *s = t->from.srv;

	count_set(&s->w->count, COUNT_nfs_waiting, --s->tasks);
	if (t->from.conn != NULL)
		rpc_tcp_task_ends(t);
	task_free(t);
	if (s->stopping) {
		rpc_srv_unref(s);
	} else {
		rpc_tcp_wake(s);
		watch_files(s);
	}
}

static int
task_dispatch(struct rpc_task *t)
{
	return rpc_dispatch(&t->ctx, t->req, t->req_len, t->buf + REC_MARK,
	    t->ctx.tcp ? RPC_REPLY_MAX : RPC_REPLY_MAX_UDP, &t->rep_len);
}

/* What can be said at once to a call that would have to wait but can't. */
static void
dispatch_busy(struct rpc_srv *s, struct rpc_ctx *c, int r, const void *req,
    size_t len, void *rep, size_t cap, size_t *rep_len)
{
	count_add(&s->w->count, COUNT_nfs_busy, 1);
	*rep_len = 0;
	if (!c->tcp)
		return;
	c->busy = true;
	c->flags = TREE_NOWAIT;
	if (r == RPC_PROMISE) {
		c->settled = true;
		c->promise.result = -ENOBUFS;
	}
	r = rpc_dispatch(c, req, len, rep, cap, rep_len);
	if (r == RPC_PROMISE) {
		c->settled = true;
		c->promise.result = -ENOBUFS;
		(void)rpc_dispatch(c, req, len, rep, cap, rep_len);
	}
}

/* After a step of the task: the next one, or the end. */
static void
task_next(struct rpc_task *t, int r)
{
	if (t->from.srv->stopping) {
		t->rep_len = 0;
		task_end(t);
		return;
	}
	if (r != RPC_DONE && task_go(t, r) == 0)
		return;
	if (r != RPC_DONE)
		dispatch_busy(t->from.srv, &t->ctx, r, t->req, t->req_len,
		    t->buf + REC_MARK, RPC_REPLY_MAX, &t->rep_len);
	tell(&t->from, &t->ctx);
	if (t->from.conn == NULL && t->rep_len > 0)
		rpc_udp_reply(&t->from, t->buf + REC_MARK, t->rep_len);
	task_end(t);
}

static void
run_job(struct pool_job *job)
{
	struct rpc_task *t = (struct rpc_task *)(void *)job;

	t->result = task_dispatch(t);
}

static void
job_done(struct mbox_msg *m)
{
	struct rpc_task *t = (struct rpc_task *)(void *)m;

	task_next(t, t->result);
}

static void
promise_done(struct promise *p)
{
	struct rpc_task *t = (struct rpc_task *)(void *)
	    ((char *)p - offsetof(struct rpc_task, ctx.promise));

	t->ctx.settled = true;
	t->ctx.flags = TREE_NOWAIT;
	task_next(t, t->from.srv->stopping ? RPC_DONE : task_dispatch(t));
}

/* Hand the task to whom it waits for; -errno: it is still ours. */
static int
task_go(struct rpc_task *t, int r)
{
	struct worker *w = t->from.srv->w;

	if (r == RPC_PROMISE) {
		t->ctx.promise.reply = w->mbox;
		t->ctx.promise.done = promise_done;
		return fleet_port_promise(w->port, &t->ctx.promise);
	}
	t->ctx.flags = 0;
	t->job.run = run_job;
	t->job.reply = w->mbox;
	t->job.msg.run = job_done;
	t->job.lane = t->ctx.lane;
	return pool_submit(w->pool, &t->job);
}

bool
rpc_serve(const struct rpc_from *from, const void *req, size_t len, void *rep,
    size_t cap, size_t *rep_len, struct file_seg *seg)
{
	struct rpc_srv *s = from->srv;
	struct rpc_ctx c = {
		.env = from->env,
		.snap = s->w->snap,
		.peer = from->dgram.peer,
		.local = from->dgram.local,
		.tcp = from->conn != NULL,
		.flags = TREE_NOWAIT,
		.files = s->files,
		.warm = s->warm,
		.may_seg = seg != NULL && s->segs < RPC_SEGS,
	};
	struct rpc_task *t;
	int r;

	count_add(&s->w->count, COUNT_nfs_calls, 1);
	r = rpc_dispatch(&c, req, len, rep, cap, rep_len);
	watch_files(s);
	if (r == RPC_DONE) {
		tell(from, &c);
		if (seg != NULL)
			*seg = c.seg;
		return true;
	}
	t = task_new(from, &c, req, len);
	if (t != NULL && task_go(t, r) == 0) {
		count_set(&s->w->count, COUNT_nfs_waiting, ++s->tasks);
		if (from->conn != NULL)
			rpc_tcp_task_begins(from->conn);
		return false;
	}
	if (t != NULL)
		task_free(t);
	dispatch_busy(s, &c, r, req, len, rep, cap, rep_len);
	if (seg != NULL) {
		*seg = c.seg;
		c.seg.file = NULL;
	}
	rpc_ctx_done(&c);
	return true;
}

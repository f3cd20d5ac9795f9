/* http_task.c - a request and its answer: the file is found, and sent.
 *
 * What may wait for a disk is tried without, and done by a disk thread when
 * that fails: finding and opening the file, and reading ahead what is then sent
 * from memory.
 */
#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "../lib/clock.h"
#include "httpd.h"

#define TURN	((uint64_t)2 << 20)	/* sent before others have their turn */
#define AHEAD	((uint64_t)512 << 10)	/* read by a disk thread at once */

static struct http_task *
task_new(struct http_conn *c, const struct http_req *req)
{
	struct http_task *t = malloc(sizeof(*t));

	if (t == NULL)
		return NULL;
	memset(t, 0, offsetof(struct http_task, req));
	t->req = *req;
	t->ans.status = 0;
	t->c = c;
	t->peer = c->peer;
	t->d = c->d;
	c->task = t;
	return t;
}

void
http_task_free(struct http_task *t)
{
	if (t == NULL)
		return;
	t->c = NULL;
	if (t->on_disk)
		return;			/* http_task_back() does */
	http_found_unref(t->found);
	snapshot_unref(t->snap);
	free(t);
}

/* Disk ------------------------------------------------------------------------ */

void
http_task_back(struct http_task *t)
{
	t->on_disk = false;
	httpd_unref(t->d);
	if (t->c == NULL)
		http_task_free(t);
	else
		http_conn_writable(t->c);
}

static void
came_back(struct mbox_msg *m)
{
	http_task_back((struct http_task *)(void *)m);
}

static int
submit(struct http_task *t, void (*run)(struct pool_job *))
{
	struct worker *w = t->d->w;
	int r;

	t->job.run = run;
	t->job.reply = w->mbox;
	t->job.msg.run = came_back;
	t->on_disk = true;
	t->d->refs++;
	if ((r = pool_submit(w->pool, &t->job)) < 0) {
		t->on_disk = false;
		t->d->refs--;
		return r;
	}
	return -EAGAIN;
}

static void
open_job(struct pool_job *job)
{
	struct http_task *t = (struct http_task *)(void *)job;

	t->result = http_found_open(t->snap, t->peer, t->req.path, 0, t->d->files,
	    &t->found, &t->job.lane);
}

/* What comes next is in memory afterwards. */
static void
load_job(struct pool_job *job)
{
	struct http_task *t = (struct http_task *)(void *)job;
	uint64_t end = t->ans.part[t->part].to, at = t->at;
	uint8_t *buf = malloc(HTTP_PIECE);
	size_t n = 1;

	t->result = buf != NULL ? 0 : -ENOMEM;
	if (end - at > AHEAD)
		end = at + AHEAD;
	for (; t->result == 0 && at < end && n > 0; at += n)
		t->result = view_file_read(t->found->file, at, buf,
		    end - at < HTTP_PIECE ? (size_t)(end - at) : HTTP_PIECE, 0, &n);
	t->warm = at;
	free(buf);
}

static int
load(struct http_task *t)
{
	t->job.lane = view_file_lane(t->found->file);
	return submit(t, load_job);
}

/* Files that are sent ----------------------------------------------------------- */

/* Of bytes that are known to be in memory now. */
static void
saw(struct http_task *t, uint64_t off, uint64_t end)
{
	struct file_seg s;

	for (; off < end && view_file_seg(t->found->file, off, (uint32_t)(end - off), &s);
	    off += s.len)
		files_saw(t->d->files, s.file, s.off, s.len);
}

/* 0: so many bytes, at least one, are in buf.  -EAGAIN: a disk thread reads them. */
static int
copy(struct http_task *t, uint8_t *buf, size_t cap, size_t *ret_n)
{
	uint64_t left = t->ans.part[t->part].to - t->at;
	bool warm = t->at < t->warm;
	int r;

	if (warm && left > t->warm - t->at)
		left = t->warm - t->at;
	if (left < cap)
		cap = (size_t)left;
	r = view_file_read(t->found->file, t->at, buf, cap, warm ? 0 : TREE_NOWAIT, ret_n);
	if (r == -EAGAIN)
		return load(t);
	if (r == 0 && *ret_n == 0)
		return -ESTALE;		/* it became shorter */
	if (r == 0 && !warm && *ret_n >= FILE_SEG_MIN)
		saw(t, t->at, t->at + *ret_n);
	return r;
}

/* What was sent (0: nothing yet) costs time where bandwidth is limited. */
static void
pay(struct http_task *t, size_t n)
{
	struct pace *p = t->d->w->snap->pace;
	int64_t now;
	unsigned ms;

	if (p == NULL)
		return;
	now = clock_ms();
	ms = pace_sent(p, t->peer, n, now);
	t->hold = ms > 0 ? now + ms : 0;
}

static void
moved(struct http_task *t, size_t n)
{
	t->at += n;
	t->sent += n;
	pay(t, n);
}

/* Its length and its validators were promised of what it was. */
static bool
is_same(const struct http_task *t)
{
	uint64_t written;

	if (t->sent == 0)
		return true;
	(void)view_file_state(t->found->file, &written);
	return written == t->found->written;
}

static int
send_part(struct http_task *t)
{
	struct http_wire *w = t->c->wire;
	uint64_t left = t->ans.part[t->part].to - t->at;
	uint32_t slice = t->d->w->snap->pace != NULL ? HTTP_PACED : HTTP_SLICE;
	struct file_seg s;
	size_t got;
	ssize_t n, want;
	int r;

	if (!is_same(t))
		return -ESTALE;
	if (left >= FILE_SEG_MIN && http_wire_plain(w) && view_file_seg(t->found->file, t->at,
	    left < slice ? (uint32_t)left : slice, &s) &&
	    files_resident(t->d->files, s.file, s.off, s.len)) {
		want = s.len;
		n = http_wire_file(w, &s);
		if (n == -EBUSY)
			return load(t);
		if (n == 0)
			return -ESTALE;
	} else {
		if ((r = copy(t, t->d->out, HTTP_PIECE, &got)) < 0)
			return r;
		want = (ssize_t)got;
		n = http_wire_send(w, t->d->out, got, got < left);
	}
	if (n < 0)
		return (int)n;
	moved(t, (size_t)n);
	/* It took what there was room for: to ask again would be in vain. */
	return n < want && t->at < t->ans.part[t->part].to ? -EAGAIN : 0;
}

/* A head, and with it what follows when that is little: one system call. */
static int
send_head(struct http_task *t)
{
	uint8_t *out = t->d->out;
	size_t head = t->head_len - t->head_off, got = 0;
	uint64_t left = t->part < t->ans.n_part ? t->ans.part[t->part].to - t->at : 0;
	ssize_t n;
	int r;

	memcpy(out, t->head + t->head_off, head);
	if (left > 0 && left < FILE_SEG_MIN &&
	    (r = copy(t, out + head, HTTP_PIECE, &got)) < 0)
		return r;
	n = http_wire_send(t->c->wire, out, head + got, got < left);
	if (n < 0)
		return (int)n;
	if ((size_t)n < head) {
		t->head_off += (size_t)n;
		return 0;
	}
	t->head_off = t->head_len;
	moved(t, (size_t)n - head);
	return 0;
}

static void
next_part(struct http_task *t)
{
	if (++t->part < t->ans.n_part)
		t->at = t->ans.part[t->part].from;
	t->warm = 0;
	t->head_off = 0;
	t->head_len = t->ans.n_part > 1 ?
	    http_part_head(&t->ans, t->req.path, t->part, t->head) : 0;
}

static int
send_some(struct http_task *t)
{
	uint64_t begun = t->sent;
	int r;

	for (;;) {
		if (t->hold != 0 && t->hold > clock_ms())
			return -EAGAIN;
		if (t->head_off < t->head_len)
			r = send_head(t);
		else if (t->part >= t->ans.n_part)
			return http_wire_flushed(t->c->wire) ? 0 : -EAGAIN;
		else if (t->at < t->ans.part[t->part].to)
			r = send_part(t);
		else {
			next_part(t);
			r = 0;
		}
		if (r < 0)
			return r;
		if (t->sent - begun >= TURN)
			return -EAGAIN;
	}
}

/* Answers ---------------------------------------------------------------------- */

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

/* The head is made: there is no way back. */
static int
begin(struct http_task *t)
{
	struct http_answer *a = &t->ans;

	t->head_len = http_head(a, t->req.path, t->req.keep, clock_unix(), t->head);
	if (t->req.method == HTTP_HEAD || t->promised)
		a->n_part = 0;
	if (t->req.method == HTTP_GET && t->promised && a->status == 200)
		t->head_len += http_promise_text(t, t->head + t->head_len);
	if (a->n_part > 1)
		t->head_len += http_part_head(a, t->req.path, 0, t->head + t->head_len);
	if (a->n_part > 0)
		t->at = a->part[0].from;
	t->begun = true;
	t->result = 0;
	pay(t, 0);
	http_say_begin(t);
	return http_task_send(t);
}

static int
refuse(struct http_task *t, int status)
{
	http_refuse(status, &t->ans);
	if (status != 404 && status != 403 && status != 405)
		t->req.keep = false;
	return begin(t);
}

static int
answer(struct http_task *t, int r)
{
	if (r < 0)
		return refuse(t, status_of(r));
	if (t->found->file == NULL)
		t->req.n_range = 0;	/* one moment's, and short */
	http_decide(&t->req, t->req.path, &t->found->what, &t->ans);
	if (t->ans.status != 200 || t->promised || !http_promises(t))
		return begin(t);
	r = http_promise(t);
	return r == -EAGAIN ? r : refuse(t, status_of(r));
}

int
http_task_send(struct http_task *t)
{
	int r;

	if (t->on_disk)
		return -EAGAIN;
	if (!t->begun && t->promised)
		return answer(t, http_promise_result(t));
	if (!t->begun) {		/* open_job() is back */
		if (t->result == 0)
			http_found_keep(t->d, t->found);
		return answer(t, t->result);
	}
	if (t->result < 0)
		return t->result;	/* load_job() is */
	if (t->warm > t->at)
		saw(t, t->at, t->warm);
	r = send_some(t);
	if (!t->on_disk)
		t->warm = 0;
	if (r == -EAGAIN)
		http_say_progress(t);
	else if (r == 0)
		http_say_done(t, NULL);
	return r;
}

int
http_task_begin(struct http_conn *c, const struct http_req *req)
{
	struct http_task *t = task_new(c, req);
	int r;

	if (t == NULL)
		return -ENOMEM;
	if ((t->found = http_found_get(t->d, t->peer, t->req.path)) != NULL)
		return answer(t, 0);
	t->snap = snapshot_ref(c->d->w->snap);
	r = http_found_open(t->snap, t->peer, t->req.path, TREE_NOWAIT, t->d->files,
	    &t->found, &t->job.lane);
	if (r == 0)
		http_found_keep(t->d, t->found);
	else if (r == -EAGAIN || r == -ESTALE) {
		r = submit(t, open_job);
		if (r == -EAGAIN)
			return r;
	}
	return answer(t, r);
}

int
http_task_refuse(struct http_conn *c, const struct http_req *req, int status)
{
	struct http_task *t = task_new(c, req);

	return t != NULL ? refuse(t, status) : -ENOMEM;
}

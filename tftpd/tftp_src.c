/* tftp_src.c - the file of a transfer, found and read without blocking. */
#include <assert.h>
#include <errno.h>
#include <stddef.h>
#include <stdlib.h>

#include "tftp_src.h"

/* Nobody logs in over TFTP: what others may not read is not served. */
static const struct tree_cred nobody = { .uid = 65534, .gid = 65534 };

/* Snapshot and mailbox stay valid while a job runs: the snapshot is
 * referenced, and mailboxes outlive the pool. */

static int
find(struct tftp_src *s, unsigned flags)
{
	struct node node;
	int r;

	if ((r = snapshot_session_file(s->snap, s->addr, s->name, flags, &node,
	    &s->inst)) < 0)
		return r;
	return view_file_open(&nobody, &node, flags, &s->file);
}

/* Read [off, off + len) and what follows, as far as there is room. */
static int
fill(struct tftp_src *s, unsigned flags)
{
	uint64_t left = view_file_size(s->file) - s->off;
	size_t want = left < s->cap ? (size_t)left : s->cap;
	size_t got, n = 0;
	int r = 0;

	for (; n < want; n += got) {
		r = view_file_read(s->file, s->off + n, s->buf + n, want - n,
		    flags, &got);
		if (r < 0 || got == 0)
			break;
	}
	s->got = n;
	if (n >= s->len)
		return 0;
	return r < 0 ? r : -ERANGE;
}

static struct tftp_src *
job_src(struct pool_job *job)
{
	return (struct tftp_src *)(void *)
	    ((char *)job - offsetof(struct tftp_src, job));
}

static void
find_job(struct pool_job *job)
{
	struct tftp_src *s = job_src(job);

	if ((s->result = find(s, 0)) == -EAGAIN)
		s->result = -EIO;	/* it may wait, so it must not say that */
}

static void
fill_job(struct pool_job *job)
{
	struct tftp_src *s = job_src(job);

	if ((s->result = fill(s, 0)) == -EAGAIN)
		s->result = -EIO;
}

static void
job_done(struct mbox_msg *msg)
{
	struct tftp_src *s = job_src((struct pool_job *)(void *)
	    ((char *)msg - offsetof(struct pool_job, msg)));

	s->busy = false;
	s->ready(s);
}

static int
submit(struct tftp_src *s, void (*run)(struct pool_job *))
{
	int r;

	s->job.run = run;
	s->busy = true;
	if ((r = pool_submit(s->pool, &s->job)) == 0)
		return -EINPROGRESS;
	s->busy = false;
	return r;
}

/* What a job left: once, then the next call starts afresh. */
static int
take_result(struct tftp_src *s)
{
	int r = s->result;

	s->result = -EAGAIN;
	return r;
}

void
src_init(struct tftp_src *s, struct worker *w, uint32_t addr, const char *name,
    void (*ready)(struct tftp_src *))
{
	*s = (struct tftp_src){
		.pool = w->pool, .snap = snapshot_ref(w->snap), .addr = addr,
		.name = name, .result = -EAGAIN, .ready = ready,
		.job = { .msg.run = job_done, .reply = w->mbox },
	};
}

int
src_open(struct tftp_src *s)
{
	int r = take_result(s);

	assert(!s->busy);
	if (r == -EAGAIN)
		r = find(s, TREE_NOWAIT);
	return r == -EAGAIN ? submit(s, find_job) : r;
}

uint64_t
src_size(const struct tftp_src *s)
{
	return view_file_size(s->file);
}

/* What a disk thread has read may be no longer what is wanted: then the
 * caller asks once more. */
int
src_read(struct tftp_src *s, uint64_t off, size_t len, size_t blksize)
{
	int r;

	if (s->busy)
		return -EINPROGRESS;
	if (s->buf == NULL) {
		s->cap = src_size(s) < SRC_CHUNK ? (size_t)src_size(s) : SRC_CHUNK;
		if (s->cap < blksize)
			s->cap = blksize;
		if ((s->buf = malloc(s->cap)) == NULL)
			return -ENOMEM;
	}
	assert(len <= s->cap);
	if ((r = take_result(s)) == -EAGAIN) {
		s->off = off;
		s->len = len;
		r = fill(s, TREE_NOWAIT);
	}
	s->piece = (struct tftp_piece){ 0 };
	if (r == -EAGAIN)
		return submit(s, fill_job);
	if (r == 0)
		s->piece = (struct tftp_piece){ s->buf, s->off, s->got };
	return r;
}

void
src_close(struct tftp_src *s)
{
	assert(!s->busy);
	if (s->file != NULL)
		view_file_close(s->file);
	free(s->buf);
	snapshot_unref(s->snap);
	*s = (struct tftp_src){ 0 };
}

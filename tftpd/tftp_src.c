/* tftp_src.c - the file of a transfer, found and read without blocking. */
#include <assert.h>
#include <errno.h>
#include <stddef.h>

#include "tftp_src.h"

/* Nobody logs in over TFTP: what others may not read is not served. */
static const struct tree_cred nobody = { .uid = 65534, .gid = 65534 };

/* Snapshot and mailbox stay valid while a job runs: the snapshot is
 * referenced, and mailboxes outlive the pool. */

/* open: NULL, or whether a file that is found need not be opened. */
static int
find(struct tftp_src *s, unsigned flags, struct tftp_files *open)
{
	struct node node;
	int r;

	r = snapshot_session_file(s->snap, s->addr, s->name, flags, &node, &s->inst);
	if (r == 0 || r == -EAGAIN)
		s->job.lane = view_lane(node.view);
	if (r < 0)
		return r;
	tftp_file_key(s->snap->key, &node, &s->key);
	if (open != NULL && (s->file = tftp_file_find(open, &s->key)) != NULL)
		return 0;
	return view_file_open(&nobody, &node, flags, &s->opened);
}

static void
find_job(struct pool_job *job)
{
	struct tftp_src *s = (struct tftp_src *)(void *)
	    ((char *)job - offsetof(struct tftp_src, job));

	if ((s->result = find(s, 0, NULL)) == -EAGAIN)
		s->result = -EIO;	/* it may wait, so it must not say that */
}

static void
found(struct mbox_msg *msg)
{
	struct tftp_src *s = (struct tftp_src *)(void *)((char *)msg -
	    offsetof(struct pool_job, msg) - offsetof(struct tftp_src, job));

	s->busy = false;
	s->ready(s);
}

static void
arrived(struct tftp_wait *w)
{
	struct tftp_src *s = (struct tftp_src *)(void *)
	    ((char *)w - offsetof(struct tftp_src, wait));

	s->ready(s);
}

void
src_init(struct tftp_src *s, struct worker *w, struct tftp_files *files,
    uint32_t addr, const char *name, void (*ready)(struct tftp_src *))
{
	*s = (struct tftp_src){
		.pool = w->pool, .snap = snapshot_ref(w->snap), .files = files,
		.addr = addr, .name = name, .result = -EAGAIN, .ready = ready,
		.job = { .msg.run = found, .run = find_job, .reply = w->mbox },
		.wait.ready = arrived,
	};
}

/* What was opened is shared from here on; perhaps another was quicker. */
static int
share(struct tftp_src *s)
{
	struct view_file *v = s->opened;
	int r = 0;

	s->opened = NULL;
	if (s->file == NULL && (s->file = tftp_file_find(s->files, &s->key)) ==
	    NULL && (r = tftp_file_new(s->files, &s->key, v, &s->file)) == 0)
		return 0;
	if (v != NULL)
		view_file_close(v);
	return r;
}

int
src_open(struct tftp_src *s)
{
	int r = s->result;

	assert(!s->busy);
	s->result = -EAGAIN;
	if (r == -EAGAIN)
		r = find(s, TREE_NOWAIT, s->files);
	if (r == 0)
		return share(s);
	if (r != -EAGAIN)
		return r;
	s->busy = true;
	if ((r = pool_submit(s->pool, &s->job)) == 0)
		return -EINPROGRESS;
	s->busy = false;
	return r;
}

uint64_t
src_size(const struct tftp_src *s)
{
	return tftp_file_size(s->file);
}

/* -EAGAIN: it is another one that is wanted. */
static int
take(struct tftp_src *s, struct tftp_chunk *c, uint64_t off, size_t len)
{
	s->chunk = c;
	s->piece = (struct tftp_piece){ c->data, c->off, c->len };
	if (off >= c->off && off - c->off <= c->len &&
	    c->len - (off - c->off) >= len)
		return 0;
	return c->err < 0 && off >= c->off && off - c->off < c->cap ?
	    c->err : -EAGAIN;
}

/* As many whole blocks as a chunk holds, at the same places for all who have
 * this block size. */
static int
get(struct tftp_src *s, uint64_t off, size_t len, size_t blksize)
{
	size_t cap = TFTP_CHUNK < len ? len : TFTP_CHUNK;

	if (blksize > 0) {
		cap = blksize < cap ? cap / blksize * blksize : blksize;
		off -= off % cap;
	}
	return tftp_chunk_get(s->file, off, cap, &s->wait, &s->chunk);
}

static void
let_go(struct tftp_src *s)
{
	tftp_chunk_unref(s->chunk);
	s->chunk = NULL;
	s->piece = (struct tftp_piece){ 0 };
}

int
src_read(struct tftp_src *s, uint64_t off, size_t len, size_t blksize)
{
	struct tftp_chunk *c = s->wait.got;
	int r;

	if (s->wait.on != NULL)
		return -EINPROGRESS;
	let_go(s);
	s->wait.got = NULL;
	if (c != NULL && (r = take(s, c, off, len)) != -EAGAIN)
		return r;
	let_go(s);		/* no longer what is wanted */
	if ((r = get(s, off, len, blksize)) < 0)
		return r;
	r = take(s, s->chunk, off, len);
	assert(r != -EAGAIN);
	return r;
}

void
src_close(struct tftp_src *s)
{
	assert(!s->busy);
	tftp_wait_cancel(&s->wait);
	tftp_chunk_unref(s->chunk);
	tftp_file_unref(s->file);
	if (s->opened != NULL)
		view_file_close(s->opened);
	snapshot_unref(s->snap);
	*s = (struct tftp_src){ 0 };
}

/* tftp_file.c - see tftp_file.h. */
#include <assert.h>
#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "../lib/os.h"
#include "../lib/siphash.h"
#include "tftp_file.h"

#define BUCKETS	1024u		/* a power of two */

struct tftp_file {
	struct tftp_file  *hash_next;
	TAILQ_ENTRY(tftp_file) link;
	struct tftp_files *map;		/* NULL: it is gone */
	struct view_file  *file;
	struct tftp_key	   key;
	uint64_t	   size, written;	/* view_file_state() */
	unsigned	   refs;	/* of transfers, and chunks with a job */
	unsigned	   chunks;	/* spares too */
	bool		   listed;
};

struct tftp_files {
	uint8_t		   key[16];
	struct pool	  *pool;
	struct mbox	  *mbox;
	TAILQ_HEAD(, tftp_file) all;
	struct tftp_file  *file[BUCKETS];	/* those to be found */
	struct tftp_chunk *chunk[BUCKETS];
	TAILQ_HEAD(, tftp_chunk) spare;	/* oldest first */
	unsigned	   n_spare;
};

int
tftp_files_new(struct worker *w, struct tftp_files **ret)
{
	struct tftp_files *m = calloc(1, sizeof(*m));
	int r;

	if (m == NULL)
		return -ENOMEM;
	if ((r = os_random(m->key, sizeof(m->key))) < 0) {
		free(m);
		return r;
	}
	m->pool = w->pool;
	m->mbox = w->mbox;
	TAILQ_INIT(&m->spare);
	TAILQ_INIT(&m->all);
	*ret = m;
	return 0;
}

/* Files ----------------------------------------------------------------- */

void
tftp_file_key(const uint8_t secret[16], const struct node *n,
    struct tftp_key *ret)
{
	const struct tree_attr *a = &n->attr;

	memset(ret, 0, sizeof(*ret));		/* it is compared as bytes */
	ret->shared = n->src == NODE_DISK;
	ret->tree = n->view->tree;
	ret->dev = a->dev;
	ret->ino = a->ino;
	if (a->ino == 0)
		ret->path = siphash(secret, n->path, n->path_len);
	ret->size = a->size;
	ret->mtime.s = a->mtime.s;
	ret->mtime.ns = a->mtime.ns;
	ret->ctime.s = a->ctime.s;
	ret->ctime.ns = a->ctime.ns;
	ret->mode = a->mode;
	ret->uid = a->uid;
	ret->gid = a->gid;
}

static struct tftp_file **
file_slot(struct tftp_files *m, const struct tftp_key *k)
{
	struct tftp_file **p = &m->file[siphash(m->key, k, sizeof(*k)) &
	    (BUCKETS - 1)];

	while (*p != NULL && memcmp(&(*p)->key, k, sizeof(*k)) != 0)
		p = &(*p)->hash_next;
	return p;
}

struct tftp_file *
tftp_file_find(struct tftp_files *m, const struct tftp_key *k)
{
	struct tftp_file *f = k->shared ? *file_slot(m, k) : NULL;

	if (f != NULL)
		f->refs++;
	return f;
}

int
tftp_file_new(struct tftp_files *m, const struct tftp_key *k,
    struct view_file *file, struct tftp_file **ret)
{
	struct tftp_file *f = calloc(1, sizeof(*f)), **p;

	if (f == NULL)
		return -ENOMEM;
	memcpy(&f->key, k, sizeof(*k));
	f->map = m;
	f->file = file;
	f->size = view_file_size(file);
	(void)view_file_state(file, &f->written);
	f->refs = 1;
	if (k->shared && *(p = file_slot(m, k)) == NULL) {
		f->listed = true;
		*p = f;
	}
	TAILQ_INSERT_TAIL(&m->all, f, link);
	*ret = f;
	return 0;
}

uint64_t
tftp_file_size(const struct tftp_file *f)
{
	return f->size;
}

static void
file_leave(struct tftp_file *f)
{
	struct tftp_file **p;

	if (f->listed) {
		p = file_slot(f->map, &f->key);
		assert(*p == f);
		*p = f->hash_next;
	}
	TAILQ_REMOVE(&f->map->all, f, link);
	f->map = NULL;
}

static void
file_free_if_unused(struct tftp_file *f)
{
	if (f->refs > 0 || f->chunks > 0)
		return;
	if (f->map != NULL)
		file_leave(f);
	view_file_close(f->file);
	free(f);
}

/* Chunks ----------------------------------------------------------------- */

static struct tftp_chunk **
chunk_slot(struct tftp_files *m, const struct tftp_file *f, uint64_t off,
    size_t cap)
{
	uint64_t h = ((uint64_t)(uintptr_t)f >> 6) + off / 512 * 0x9e3779b97f4a7c15u;
	struct tftp_chunk **p = &m->chunk[(h ^ h >> 32) & (BUCKETS - 1)];

	while (*p != NULL && ((*p)->file != f || (*p)->off != off ||
	    (*p)->cap != cap))
		p = &(*p)->hash_next;
	return p;
}

static void
chunk_unlist(struct tftp_chunk *c)
{
	struct tftp_chunk **p;

	if (!c->listed)
		return;
	p = chunk_slot(c->file->map, c->file, c->off, c->cap);
	assert(*p == c);
	*p = c->hash_next;
	c->listed = false;
}

/* It is nobody's, and no spare. */
static void
chunk_free(struct tftp_chunk *c)
{
	struct tftp_file *f = c->file;

	chunk_unlist(c);
	free(c);
	f->chunks--;
	file_free_if_unused(f);
}

static void
spare_drop(struct tftp_files *m, struct tftp_chunk *c)
{
	TAILQ_REMOVE(&m->spare, c, link);
	m->n_spare--;
	chunk_free(c);
}

void
tftp_chunk_unref(struct tftp_chunk *c)
{
	struct tftp_files *m;

	if (c == NULL || --c->refs > 0)
		return;
	m = c->file->map;
	if (!c->listed) {
		chunk_free(c);
		return;
	}
	TAILQ_INSERT_TAIL(&m->spare, c, link);
	if (++m->n_spare > TFTP_SPARE)
		spare_drop(m, TAILQ_FIRST(&m->spare));
}

/* Spares live no longer than the last transfer of their file. */
void
tftp_file_unref(struct tftp_file *f)
{
	struct tftp_chunk *c, *next;

	if (f == NULL || --f->refs > 0)
		return;
	if (f->map != NULL && f->chunks > 0) {
		f->refs = 1;
		for (c = TAILQ_FIRST(&f->map->spare); c != NULL; c = next) {
			next = TAILQ_NEXT(c, link);
			if (c->file == f)
				spare_drop(f->map, c);
		}
		f->refs = 0;
	}
	file_free_if_unused(f);
}

/* As much of it as there is.  -EAGAIN: the rest is not in memory. */
static int
fill(struct tftp_chunk *c, unsigned flags)
{
	uint64_t left = c->file->size - c->off, written;
	size_t want = left < c->cap ? (size_t)left : c->cap, got;
	int r;

	for (; c->len < want; c->len += got) {
		r = view_file_read(c->file->file, c->off + c->len,
		    c->data + c->len, want - c->len, flags, &got);
		if (r < 0)
			return r;
		if (got == 0)
			return -ERANGE;
	}
	/* Half of the old and half of the new would look whole to a client. */
	(void)view_file_state(c->file->file, &written);
	if (written == c->file->written)
		return 0;
	c->len = 0;
	return -ESTALE;
}

static struct tftp_chunk *
job_chunk(struct pool_job *job)
{
	return (struct tftp_chunk *)(void *)
	    ((char *)job - offsetof(struct tftp_chunk, job));
}

static void
fill_job(struct pool_job *job)
{
	struct tftp_chunk *c = job_chunk(job);

	if ((c->err = fill(c, 0)) == -EAGAIN)
		c->err = -EIO;		/* it may wait, so it must not say that */
}

static void
filled(struct mbox_msg *msg)
{
	struct tftp_chunk *c = job_chunk((struct pool_job *)(void *)
	    ((char *)msg - offsetof(struct pool_job, msg)));
	struct tftp_file *f = c->file;
	struct tftp_wait *w;

	c->busy = false;
	if (c->err < 0 && f->map != NULL)
		chunk_unlist(c);	/* whoever comes later tries again */
	while ((w = TAILQ_FIRST(&c->waits)) != NULL) {
		TAILQ_REMOVE(&c->waits, w, link);
		w->on = NULL;
		w->got = c;
		c->refs++;
		w->ready(w);
	}
	tftp_chunk_unref(c);
	tftp_file_unref(f);
}

/* The job has a reference of the chunk's and one of the file's. */
static int
submit(struct tftp_files *m, struct tftp_chunk *c)
{
	int r;

	c->job = (struct pool_job){ .msg.run = filled, .run = fill_job,
	    .reply = m->mbox, .lane = view_file_lane(c->file->file) };
	c->busy = true;
	if ((r = pool_submit(m->pool, &c->job)) < 0)
		return r;
	c->file->refs++;
	c->refs++;
	return 0;
}

static int
chunk_new(struct tftp_file *f, uint64_t off, size_t cap, struct tftp_chunk **ret)
{
	struct tftp_chunk *c;
	uint64_t left = f->size - off;
	size_t size = left < cap ? (size_t)left : cap;

	if ((c = malloc(sizeof(*c) + size)) == NULL)
		return -ENOMEM;
	*c = (struct tftp_chunk){ .file = f, .off = off, .cap = cap };
	TAILQ_INIT(&c->waits);
	f->chunks++;
	*ret = c;
	return 0;
}

static void
wait_for(struct tftp_chunk *c, struct tftp_wait *w)
{
	w->on = c;
	TAILQ_INSERT_TAIL(&c->waits, w, link);
}

int
tftp_chunk_get(struct tftp_file *f, uint64_t off, size_t cap,
    struct tftp_wait *w, struct tftp_chunk **ret)
{
	struct tftp_files *m = f->map;
	struct tftp_chunk *c, **p = chunk_slot(m, f, off, cap);
	int r;

	assert(off <= f->size && w->on == NULL && w->got == NULL);
	if ((c = *p) != NULL && c->busy) {
		wait_for(c, w);
		return -EINPROGRESS;
	}
	if (c != NULL) {
		if (c->refs++ == 0) {
			TAILQ_REMOVE(&m->spare, c, link);
			m->n_spare--;
		}
		*ret = c;
		return 0;
	}
	if ((r = chunk_new(f, off, cap, &c)) < 0)
		return r;
	c->err = fill(c, TREE_NOWAIT);
	if (c->err == -EAGAIN) {
		if ((r = submit(m, c)) < 0) {
			chunk_free(c);
			return r;
		}
		wait_for(c, w);
		r = -EINPROGRESS;
	} else {
		c->refs = 1;
		*ret = c;
	}
	if (r == -EINPROGRESS || c->err == 0) {
		c->hash_next = NULL;
		c->listed = true;
		*p = c;
	}
	return r;
}

void
tftp_wait_cancel(struct tftp_wait *w)
{
	if (w->on != NULL)
		TAILQ_REMOVE(&w->on->waits, w, link);
	tftp_chunk_unref(w->got);
	w->on = NULL;
	w->got = NULL;
}

void
tftp_files_free(struct tftp_files *m)
{
	struct tftp_chunk *c;
	struct tftp_file *f;

	if (m == NULL)
		return;
	while ((c = TAILQ_FIRST(&m->spare)) != NULL)
		spare_drop(m, c);
	for (unsigned i = 0; i < BUCKETS; i++)
		while ((c = m->chunk[i]) != NULL)	/* a disk thread has it */
			chunk_unlist(c);
	while ((f = TAILQ_FIRST(&m->all)) != NULL)
		file_leave(f);
	free(m);
}

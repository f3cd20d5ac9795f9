/* journal.c - appending to the lease journal, and compacting it. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../lib/os.h"
#include "../lib/wire.h"
#include "journal_int.h"

#define NEW_NAME	JOURNAL_NAME ".new"
#define COMPACT_MIN	1024u		/* records: not worth it below */
#define COMPACT_TIMES	4u

/* The journal ------------------------------------------------------------- */

struct compaction {
	pthread_t	 thread;
	_Atomic bool	 done;
	int		 src, dst, err;
	uint64_t	 upto;		/* of src: what comes later is added at the end */
	uint64_t	 end;		/* of dst */
	size_t		 src_records, records;
	struct journal_places places;	/* in src, then in dst */
	const uint8_t	*salt;
	uint8_t		*buf;
	size_t		 len;
};

struct journal {
	int		 dirfd, fd;
	uint64_t	 end;		/* of what is promised */
	size_t		 records;
	struct journal_places places;
	uint8_t		 salt[JOURNAL_SALT_LEN];
	bool		 longer;	/* the file could not be cut back to end */
	bool		 dir_dirty;	/* the new file's name may not be on disk */
	bool		 worn;		/* has damage inside: compact it */
	size_t		 next_try;	/* records: not before, after a failure */
	struct journal_stat stat;
	struct compaction *comp;	/* under way, or NULL */
};

static int
write_head(struct journal *j)
{
	uint8_t head[JOURNAL_HEAD_LEN];
	int r;

	if ((r = os_random(j->salt, JOURNAL_SALT_LEN)) < 0)
		return r;
	memcpy(head, JOURNAL_MAGIC, JOURNAL_MAGIC_LEN);
	memcpy(head + JOURNAL_MAGIC_LEN, j->salt, JOURNAL_SALT_LEN);
	if ((r = journal_write_full(j->fd, head, sizeof(head), 0)) < 0)
		return r;
	j->end = JOURNAL_HEAD_LEN;
	return 0;
}

int
journal_open(int dirfd, journal_fn *fn, void *arg, struct journal **ret)
{
	struct journal_scan s;
	struct journal_opening o = { .fn = fn, .arg = arg };
	struct journal *j;
	int r;

	if ((j = calloc(1, sizeof(*j))) == NULL)
		return -ENOMEM;
	j->dirfd = dirfd;
	o.places = &j->places;
	j->fd = openat(dirfd, JOURNAL_NAME, O_RDWR | O_CREAT | O_CLOEXEC |
	    O_NOFOLLOW, 0600);
	if (j->fd == -1) {
		r = journal_errno();
		goto fail;
	}
	(void)unlinkat(dirfd, NEW_NAME, 0);	/* of a compaction that was killed */
	if ((r = journal_scan_file(j->fd, &o, j->salt, &s)) < 0)
		goto fail;
	j->end = s.end;
	j->records = s.records;
	j->stat.damaged = s.damaged;
	j->worn = s.end > 0 && s.end - JOURNAL_HEAD_LEN != o.bytes;
	if (s.end == 0 && (r = write_head(j)) < 0)
		goto fail;
	if (fdatasync(j->fd) == -1 || fsync(dirfd) == -1) {
		r = journal_errno();
		goto fail;
	}
	*ret = j;
	return 0;
fail:
	journal_close(j);
	return r;
}

/* Compaction -------------------------------------------------------------- */

static int
compact_flush(struct compaction *c)
{
	int r = journal_write_full(c->dst, c->buf, c->len, c->end);

	c->end += c->len;
	c->len = 0;
	return r;
}

static int
compact_record(void *arg, const struct lease *l, uint64_t off,
    const uint8_t *rec, size_t len)
{
	struct compaction *c = arg;
	int r;

	if (journal_places_get(&c->places, l->addr) != off)
		return 0;	/* a later one counts */
	if (c->len + len > JOURNAL_BUF && (r = compact_flush(c)) < 0)
		return r;
	memcpy(c->buf + c->len, rec, len);
	journal_places_set(&c->places, l->addr, c->end + c->len);
	c->len += len;
	c->records++;
	return 0;
}

static void *
compact_thread(void *arg)
{
	struct compaction *c = arg;
	struct journal_walk w = { .fd = c->src, .salt = c->salt, .off = JOURNAL_HEAD_LEN,
	    .limit = c->upto };

	memcpy(c->buf, JOURNAL_MAGIC, JOURNAL_MAGIC_LEN);
	memcpy(c->buf + JOURNAL_MAGIC_LEN, c->salt, JOURNAL_SALT_LEN);
	c->len = JOURNAL_HEAD_LEN;
	if ((c->err = journal_walk(&w, compact_record, c)) == 0 &&
	    (c->err = compact_flush(c)) == 0 && fdatasync(c->dst) == -1)
		c->err = journal_errno();
	c->done = true;
	return NULL;
}

static void
compact_free(struct compaction *c)
{
	if (c->dst != -1)
		close(c->dst);
	free(c->places.slot);
	free(c->buf);
	free(c);
}

/* A failure costs nothing but room: go on with the old file for a while. */
static void
compact_failed(struct journal *j, int err)
{
	(void)unlinkat(j->dirfd, NEW_NAME, 0);
	j->stat.compact_err = err;
	j->next_try = j->records + j->records / 4 + COMPACT_MIN;
}

static void
compact_begin(struct journal *j)
{
	struct compaction *c = calloc(1, sizeof(*c));
	int r = -ENOMEM;

	if (c == NULL) {
		compact_failed(j, r);
		return;
	}
	c->src = j->fd;
	c->dst = -1;
	c->upto = j->end;
	c->src_records = j->records;
	c->salt = j->salt;
	if ((c->buf = malloc(JOURNAL_BUF)) == NULL ||
	    (r = journal_places_copy(&j->places, &c->places)) < 0)
		goto fail;
	c->dst = openat(j->dirfd, NEW_NAME, O_RDWR | O_CREAT | O_TRUNC |
	    O_CLOEXEC | O_NOFOLLOW, 0600);
	if (c->dst == -1) {
		r = journal_errno();
		goto fail;
	}
	if ((r = -pthread_create(&c->thread, NULL, compact_thread, c)) < 0)
		goto fail;
	j->comp = c;
	return;
fail:
	compact_free(c);
	compact_failed(j, r);
}

/* What was appended since the thread began. */
static int
compact_tail(struct journal *j, struct compaction *c)
{
	uint64_t from = c->upto;
	ssize_t n;
	int r;

	while (from < j->end) {
		size_t want = j->end - from < JOURNAL_BUF ? (size_t)(j->end - from) : JOURNAL_BUF;

		if ((n = journal_read_full(c->src, c->buf, want, from)) != (ssize_t)want)
			return n < 0 ? (int)n : -EIO;
		if ((r = journal_write_full(c->dst, c->buf, want, c->end + from - c->upto)) < 0)
			return r;
		from += want;
	}
	return 0;
}

static void
compact_swap(struct journal *j, struct compaction *c)
{
	for (size_t i = 0; i < j->places.cap; i++) {
		struct journal_place *p = &j->places.slot[i];

		if (p->off >= c->upto)
			p->off += c->end - c->upto;
		else if (p->off != 0)
			p->off = journal_places_get(&c->places, p->addr);
	}
	j->end += c->end - c->upto;
	j->records += c->records - c->src_records;
	close(j->fd);
	j->fd = c->dst;
	c->dst = -1;
	j->longer = j->worn = false;
	j->stat.compactions++;
	j->stat.compact_err = 0;
}

/* The thread is through: join it and put the new file in place. */
static void
compact_end(struct journal *j)
{
	struct compaction *c = j->comp;
	int r;

	pthread_join(c->thread, NULL);
	j->comp = NULL;
	if ((r = c->err) == 0 && (r = compact_tail(j, c)) == 0 &&
	    (fdatasync(c->dst) == -1 ||
	    renameat(j->dirfd, NEW_NAME, j->dirfd, JOURNAL_NAME) == -1))
		r = journal_errno();
	if (r < 0)
		compact_failed(j, r);
	else {
		j->dir_dirty = fsync(j->dirfd) == -1;
		compact_swap(j, c);
	}
	compact_free(c);
}

int
journal_compact(struct journal *j)
{
	if (j->comp == NULL)
		compact_begin(j);
	if (j->comp != NULL)
		compact_end(j);
	return j->stat.compact_err;
}

static bool
wants_compaction(const struct journal *j)
{
	if (j->comp != NULL || j->records < j->next_try)
		return false;
	return j->worn || (j->records >= COMPACT_MIN &&
	    j->records > COMPACT_TIMES * j->places.n);
}

/* Appending --------------------------------------------------------------- */

static int
cut_back(struct journal *j)
{
	j->longer = ftruncate(j->fd, (off_t)j->end) == -1;
	return j->longer ? journal_errno() : 0;
}

static size_t
encode_all(const struct journal *j, const struct lease *const *l, size_t n,
    uint8_t *buf)
{
	size_t len = 0, used;

	for (size_t i = 0; i < n; i++) {
		used = lease_encode(l[i], buf + len);
		journal_mix_salt(buf + len, j->salt);
		len += used;
	}
	return len;
}

static void
note_places(struct journal *j, const struct lease *const *l, size_t n,
    const uint8_t *buf, size_t len)
{
	struct rd r = rd_init(buf, len);

	for (size_t i = 0; i < n; i++) {
		journal_places_set(&j->places, l[i]->addr, j->end + (uint64_t)(r.p - buf));
		(void)rd_take(&r, rd_be32(&r) + 4u);
	}
}

int
journal_append(struct journal *j, const struct lease *const *l, size_t n)
{
	uint8_t *buf;
	size_t len;
	int r;

	if (j->comp != NULL && j->comp->done)
		compact_end(j);
	if (n == 0)
		return 0;
	if (j->longer && (r = cut_back(j)) < 0)
		return r;
	if ((r = journal_places_reserve(&j->places, n)) < 0)
		return r;
	if ((buf = malloc(n * LEASE_RECORD_MAX)) == NULL)
		return -ENOMEM;
	len = encode_all(j, l, n, buf);
	if ((r = journal_write_full(j->fd, buf, len, j->end)) == 0 &&
	    (fdatasync(j->fd) == -1 || (j->dir_dirty && fsync(j->dirfd) == -1)))
		r = journal_errno();
	if (r < 0)
		(void)cut_back(j);
	else {
		j->dir_dirty = false;
		note_places(j, l, n, buf, len);
		j->end += len;
		j->records += n;
		if (wants_compaction(j))
			compact_begin(j);
	}
	free(buf);
	return r;
}

void
journal_stat(const struct journal *j, struct journal_stat *ret)
{
	*ret = j->stat;
	ret->bytes = j->end;
	ret->records = j->records;
	ret->live = j->places.n;
}

void
journal_close(struct journal *j)
{
	if (j == NULL)
		return;
	if (j->comp != NULL)
		compact_end(j);
	if (j->fd != -1)
		close(j->fd);
	free(j->places.slot);
	free(j);
}

/* journal_read.c - what stands in a journal's file. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "journal_int.h"

int
journal_errno(void)
{
	return errno == EFBIG || errno == EDQUOT ? -ENOSPC : -errno;
}

/* Where the last record of each address stands ---------------------------- */

static struct journal_place *
places_slot(const struct journal_places *t, uint32_t addr)
{
	size_t i = (addr * 2654435761u) & (t->cap - 1);

	while (t->slot[i].off != 0 && t->slot[i].addr != addr)
		i = (i + 1) & (t->cap - 1);
	return &t->slot[i];
}

uint64_t
journal_places_get(const struct journal_places *t, uint32_t addr)
{
	return t->cap > 0 ? places_slot(t, addr)->off : 0;
}

/* Room for n more, so that journal_places_set() cannot fail. */
int
journal_places_reserve(struct journal_places *t, size_t n)
{
	struct journal_places bigger = { .cap = t->cap ? t->cap : 1024 };

	while ((t->n + n) * 3 > bigger.cap * 2)
		bigger.cap *= 2;
	if (bigger.cap == t->cap)
		return 0;
	if ((bigger.slot = calloc(bigger.cap, sizeof(*bigger.slot))) == NULL)
		return -ENOMEM;
	for (size_t i = 0; i < t->cap; i++)
		if (t->slot[i].off != 0)
			*places_slot(&bigger, t->slot[i].addr) = t->slot[i];
	bigger.n = t->n;
	free(t->slot);
	*t = bigger;
	return 0;
}

void
journal_places_set(struct journal_places *t, uint32_t addr, uint64_t off)
{
	struct journal_place *p = places_slot(t, addr);

	t->n += p->off == 0;
	*p = (struct journal_place){ addr, off };
}

int
journal_places_copy(const struct journal_places *t, struct journal_places *ret)
{
	*ret = *t;
	if (t->cap == 0)
		return 0;
	if ((ret->slot = malloc(t->cap * sizeof(*t->slot))) == NULL)
		return -ENOMEM;
	memcpy(ret->slot, t->slot, t->cap * sizeof(*t->slot));
	return 0;
}

/* Reading ----------------------------------------------------------------- */

void
journal_mix_salt(uint8_t *rec, const uint8_t salt[JOURNAL_SALT_LEN])
{
	for (size_t i = 0; i < JOURNAL_SALT_LEN; i++)
		rec[4 + i] ^= salt[i];
}

ssize_t
journal_read_full(int fd, uint8_t *buf, size_t len, uint64_t off)
{
	size_t n = 0;
	ssize_t r;

	while (n < len) {
		r = pread(fd, buf + n, len - n, (off_t)(off + n));
		if (r == -1 && errno == EINTR)
			continue;
		if (r == -1)
			return -errno;
		if (r == 0)
			break;
		n += (size_t)r;
	}
	return (ssize_t)n;
}

int
journal_write_full(int fd, const uint8_t *buf, size_t len, uint64_t off)
{
	ssize_t r;

	for (size_t n = 0; n < len; n += (size_t)r) {
		r = pwrite(fd, buf + n, len - n, (off_t)(off + n));
		if (r == -1 && errno == EINTR)
			r = 0;
		else if (r <= 0)
			return r == 0 ? -EIO : journal_errno();
	}
	return 0;
}

/* Go through the records.  Where there is none, look for the next one byte by
 * byte; a torn record at the end is one of these places. */
int
journal_walk(struct journal_walk *w, journal_walk_fn *fn, void *arg)
{
	uint8_t rec[LEASE_RECORD_MAX], *buf;
	size_t have = 0, pos = 0, n, used;
	bool eof = false;
	struct lease l;
	ssize_t got;
	int r = 0;

	if ((buf = malloc(JOURNAL_BUF)) == NULL)
		return -ENOMEM;
	w->good = w->off;
	for (;;) {
		if (!eof && have - pos < LEASE_RECORD_MAX) {
			memmove(buf, buf + pos, have - pos);
			w->off += pos;
			have -= pos;
			pos = 0;
			n = JOURNAL_BUF - have;
			if (n > w->limit - w->off - have)
				n = (size_t)(w->limit - w->off - have);
			got = journal_read_full(w->fd, buf + have, n, w->off + have);
			if (got < 0) {
				r = (int)got;
				break;
			}
			have += (size_t)got;
			eof = have < JOURNAL_BUF;
		}
		if (pos == have)
			break;
		n = have - pos < sizeof(rec) ? have - pos : sizeof(rec);
		memcpy(rec, buf + pos, n);
		if (n >= 4 + JOURNAL_SALT_LEN)
			journal_mix_salt(rec, w->salt);
		if (lease_decode(rec, n, &l, &used) < 0) {
			pos++;
			continue;
		}
		if ((r = fn(arg, &l, w->off + pos, buf + pos, used)) < 0)
			break;
		pos += used;
		w->good = w->off + pos;
		w->records++;
	}
	free(buf);
	return r;
}

static int
take_record(void *arg, const struct lease *l, uint64_t off,
    const uint8_t *rec, size_t len)
{
	struct journal_opening *o = arg;

	(void)rec;
	o->bytes += len;
	if (o->places != NULL) {
		if (journal_places_reserve(o->places, 1) < 0)
			return -ENOMEM;
		journal_places_set(o->places, l->addr, off);
	}
	return o->fn(o->arg, l);
}

/* -EBADMSG: not a journal.  ret->end 0: no header yet. */
int
journal_scan_file(int fd, struct journal_opening *o,
    uint8_t salt[JOURNAL_SALT_LEN], struct journal_scan *ret)
{
	struct journal_walk w = { .fd = fd, .salt = salt, .off = JOURNAL_HEAD_LEN };
	uint8_t head[JOURNAL_HEAD_LEN];
	struct stat st;
	ssize_t n;
	int r;

	memset(ret, 0, sizeof(*ret));
	if (fstat(fd, &st) == -1)
		return -errno;
	if (!S_ISREG(st.st_mode))
		return -EBADMSG;
	if ((n = journal_read_full(fd, head, sizeof(head), 0)) < 0)
		return (int)n;
	if (memcmp(head, JOURNAL_MAGIC,
	    (size_t)n < JOURNAL_MAGIC_LEN ? (size_t)n : JOURNAL_MAGIC_LEN) != 0)
		return -EBADMSG;
	if ((size_t)n < JOURNAL_HEAD_LEN)
		return 0;	/* killed when it was made: nothing is in it */
	memcpy(salt, head + JOURNAL_MAGIC_LEN, JOURNAL_SALT_LEN);
	w.limit = (uint64_t)st.st_size;
	if ((r = journal_walk(&w, take_record, o)) < 0)
		return r;
	ret->end = w.good;
	ret->records = w.records;
	ret->damaged = (size_t)(w.limit - JOURNAL_HEAD_LEN - o->bytes);
	if (w.good < w.limit && ftruncate(fd, (off_t)w.good) == -1)
		return journal_errno();
	return 0;
}

int
journal_scan(int fd, journal_fn *fn, void *arg, struct journal_scan *ret)
{
	struct journal_opening o = { .fn = fn, .arg = arg };
	uint8_t salt[JOURNAL_SALT_LEN];

	return journal_scan_file(fd, &o, salt, ret);
}

/* rpc_record.c - see rpc_record.h. */
#include "rpc_record.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../lib/wire.h"

#define FIRST_CAP	512u

void
rec_free(struct rec *r)
{
	free(r->buf);
	*r = (struct rec){ 0 };
}

size_t
rec_held(const struct rec *r)
{
	return r->cap;
}

void
rec_mark(uint8_t p[REC_MARK], size_t len)
{
	struct wr w = wr_init(p, REC_MARK);

	wr_be32(&w, REC_LAST | (uint32_t)len);
}

static uint32_t
mark_word(const uint8_t *p)
{
	struct rd r = rd_init(p, REC_MARK);

	return rd_be32(&r);
}

/* A fragment begins. */
static int
begin(struct rec *r, uint32_t word, size_t max)
{
	r->left = word & ~REC_LAST;
	r->last = (word & REC_LAST) != 0;
	r->body = true;
	r->n_mark = 0;
	return r->left <= max - r->len ? 0 : -EMSGSIZE;
}

static size_t
move(uint8_t *to, size_t want, const uint8_t **p, size_t *n)
{
	size_t k = want < *n ? want : *n;

	memcpy(to, *p, k);
	*p += k;
	*n -= k;
	return k;
}

static int
reserve(struct rec *r, size_t more)
{
	size_t cap = r->cap > 0 ? r->cap : FIRST_CAP;
	uint8_t *q;

	while (cap < r->len + more)
		cap *= 2;
	if (cap == r->cap)
		return 0;
	q = realloc(r->buf, cap);
	if (q == NULL)
		return -ENOMEM;
	r->buf = q;
	r->cap = cap;
	return 0;
}

/* 1: the word is complete. */
static int
take_mark(struct rec *r, size_t max, const uint8_t **p, size_t *n)
{
	r->n_mark = (uint8_t)(r->n_mark +
	    move(r->mark + r->n_mark, REC_MARK - r->n_mark, p, n));
	return r->n_mark == REC_MARK ? begin(r, mark_word(r->mark), max) : 0;
}

static int
take_body(struct rec *r, const uint8_t **p, size_t *n)
{
	size_t k = r->left < *n ? r->left : *n;
	int e;

	if (k > 0 && (e = reserve(r, k)) < 0)
		return e;
	if (k > 0)
		k = move(r->buf + r->len, k, p, n);
	r->len += k;
	r->left -= k;
	return 0;
}

/* Most records come whole: no copy. */
static bool
whole(const uint8_t **p, size_t *n, size_t max, const uint8_t **ret,
    size_t *ret_len)
{
	uint32_t word;
	size_t len;

	if (*n < REC_MARK)
		return false;
	word = mark_word(*p);
	len = word & ~REC_LAST;
	if ((word & REC_LAST) == 0 || len > max || len > *n - REC_MARK)
		return false;
	*ret = *p + REC_MARK;
	*ret_len = len;
	*p += REC_MARK + len;
	*n -= REC_MARK + len;
	return true;
}

int
rec_take(struct rec *r, size_t max, const uint8_t **p, size_t *n,
    const uint8_t **ret, size_t *ret_len)
{
	int e;

	if (r->body && r->last && r->left == 0)
		rec_free(r);		/* given out last time */
	if (!r->body && r->n_mark == 0 && r->len == 0 &&
	    whole(p, n, max, ret, ret_len))
		return 1;
	while (*n > 0) {
		if (!r->body)
			e = take_mark(r, max, p, n);
		else
			e = take_body(r, p, n);
		if (e < 0)
			return e;
		if (!r->body || r->left > 0)
			continue;
		if (r->last) {
			*ret = r->buf;
			*ret_len = r->len;
			return 1;
		}
		r->body = false;
	}
	return 0;
}

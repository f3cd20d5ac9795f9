/* names.c - the names in a directory, in the order of their cookies. */
#include <dirent.h>
#include <stdlib.h>
#include <string.h>

#include "names.h"

void
name_hashed(struct name *e, uint64_t hash)
{
	e->cookie = hash & INT64_MAX;	/* clients may take it for signed */
	if (e->cookie < COOKIE_FIRST)
		e->cookie = COOKIE_FIRST;
	e->level = (uint8_t)(1 + (hash >> 32) % 255);
}

bool
name_may_be_dir(const struct name *e)
{
	return e->d_type == DT_DIR || e->d_type == DT_UNKNOWN;
}

static int
by_cookie_and_name(const void *va, const void *vb)
{
	const struct name *a = va, *b = vb;
	int c;

	if (a->cookie != b->cookie)
		return a->cookie < b->cookie ? -1 : 1;
	if ((c = strcmp(a->s, b->s)) != 0)
		return c;
	return (a->layer > b->layer) - (a->layer < b->layer);
}

size_t
names_settle(struct name *e, size_t n)
{
	size_t kept = 0;

	if (n > 1)
		qsort(e, n, sizeof(*e), by_cookie_and_name);
	for (size_t i = 0; i < n; i++)
		if (i == 0 || e[i].cookie != e[kept - 1].cookie ||
		    strcmp(e[i].s, e[kept - 1].s) != 0)
			e[kept++] = e[i];
	for (size_t i = 1; i < kept; i++)
		if (e[i].cookie <= e[i - 1].cookie)
			e[i].cookie = e[i - 1].cookie + 1;
	return kept;
}

size_t
names_after(const struct name *e, size_t n, uint64_t cookie)
{
	size_t lo = 0, hi = n, mid;

	while (lo < hi) {
		mid = lo + (hi - lo) / 2;
		if (e[mid].cookie > cookie)
			hi = mid;
		else
			lo = mid + 1;
	}
	return lo;
}

/* Is name e in base?  If so, move e to its cookie. */
static bool
join(struct name *e, const struct name *base, size_t n_base)
{
	size_t i = names_after(base, n_base, e->cookie - 1);

	/* Names that collided follow without a gap. */
	for (uint64_t c = e->cookie; i < n_base && base[i].cookie == c; i++, c++)
		if (strcmp(base[i].s, e->s) == 0) {
			e->cookie = c;
			return true;
		}
	return false;
}

static uint64_t
first_free(uint64_t cookie, const struct name *base, size_t n_base)
{
	for (size_t i = names_after(base, n_base, cookie - 1);
	    i < n_base && base[i].cookie == cookie; i++)
		cookie++;
	return cookie;
}

void
names_settle_over(struct name *e, size_t n, const struct name *base,
    size_t n_base)
{
	uint64_t next = 0;	/* after the last one that is not in base */

	if (n > 1)
		qsort(e, n, sizeof(*e), by_cookie_and_name);
	for (size_t i = 0; i < n; i++) {
		if (join(&e[i], base, n_base))
			continue;
		e[i].cookie = first_free(e[i].cookie > next ? e[i].cookie :
		    next, base, n_base);
		next = e[i].cookie + 1;
	}
	if (n > 1)
		qsort(e, n, sizeof(*e), by_cookie_and_name);
}

/* lease.c - the table of leases. */
#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../lib/os.h"
#include "../lib/siphash.h"
#include "lease.h"

#define NOT_IN_HEAP	SIZE_MAX
#define FIRST_BUCKETS	1024u

struct entry {
	struct lease	 l;
	struct entry	*next_addr, *next_mac, *next_cid;
	size_t		 pos;		/* in its pool's heap */
};

/* A range.  Addresses from the cursor on may never have been leased; those
 * before it have an entry, and stand in the heap with the one that was free
 * for the longest time at its top. */
struct pool {
	struct range4	 range;
	uint64_t	 cursor;	/* 64 bits: one past 255.255.255.255 */
	struct entry	**heap;
	size_t		 n, cap;
	size_t		 n_declined;
};

struct lease_table {
	uint8_t		 key[16];	/* strangers choose their MAC */
	struct entry	**by_addr, **by_mac, **by_cid;
	size_t		 n_bucket, n;	/* a power of two */
	struct pool	*pool;		/* sorted, no two overlap */
	size_t		 n_pool;
};

/* Pools ------------------------------------------------------------------- */

static struct pool *
pool_of(const struct lease_table *t, uint32_t addr)
{
	size_t lo = 0, hi = t->n_pool, mid;

	while (lo < hi) {
		mid = lo + (hi - lo) / 2;
		if (t->pool[mid].range.hi < addr)
			lo = mid + 1;
		else
			hi = mid;
	}
	if (lo < t->n_pool && t->pool[lo].range.lo <= addr)
		return &t->pool[lo];
	return NULL;
}

/* Since when, or from when on, may another client have it? */
static int64_t
free_from(const struct entry *e)
{
	const struct lease *l = &e->l;

	if (l->state == LEASE_FREE || l->state == LEASE_RELEASED)
		return l->start < l->expiry ? l->start : l->expiry;
	return l->expiry;
}

static void
heap_set(struct pool *p, size_t i, struct entry *e)
{
	p->heap[i] = e;
	e->pos = i;
}

static void
heap_up(struct pool *p, size_t i)
{
	struct entry *e = p->heap[i];

	for (; i > 0 && free_from(p->heap[(i - 1) / 2]) > free_from(e);
	    i = (i - 1) / 2)
		heap_set(p, i, p->heap[(i - 1) / 2]);
	heap_set(p, i, e);
}

static void
heap_down(struct pool *p, size_t i)
{
	struct entry *e = p->heap[i];
	size_t c;

	for (; (c = 2 * i + 1) < p->n; i = c) {
		if (c + 1 < p->n && free_from(p->heap[c + 1]) < free_from(p->heap[c]))
			c++;
		if (free_from(p->heap[c]) >= free_from(e))
			break;
		heap_set(p, i, p->heap[c]);
	}
	heap_set(p, i, e);
}

static void
heap_remove(struct pool *p, struct entry *e)
{
	size_t i = e->pos;

	if (i == NOT_IN_HEAP)
		return;
	e->pos = NOT_IN_HEAP;
	if (i == --p->n)
		return;
	heap_set(p, i, p->heap[p->n]);
	heap_up(p, i);
	heap_down(p, p->heap[i]->pos);
}

static int
heap_reserve(struct pool *p)
{
	size_t cap = p->cap ? p->cap * 2 : 64;
	struct entry **heap;

	if (p->n < p->cap)
		return 0;
	if ((heap = realloc(p->heap, cap * sizeof(struct entry *))) == NULL)
		return -ENOMEM;
	p->heap = heap;
	p->cap = cap;
	return 0;
}

static void
heap_add(struct pool *p, struct entry *e)
{
	assert(p->n < p->cap && e->pos == NOT_IN_HEAP);
	heap_set(p, p->n, e);
	heap_up(p, p->n++);
}

static int
range_cmp(const void *a, const void *b)
{
	const struct range4 *x = &((const struct pool *)a)->range;
	const struct range4 *y = &((const struct pool *)b)->range;

	return x->lo < y->lo ? -1 : x->lo > y->lo;
}

static void
pools_free(struct pool *p, size_t n)
{
	for (size_t i = 0; p != NULL && i < n; i++)
		free(p[i].heap);
	free(p);
}

int
lease_table_ranges(struct lease_table *t, const struct range4 *r, size_t n)
{
	struct pool *old = t->pool, *p;
	size_t n_old = t->n_pool;

	if ((p = calloc(n + 1, sizeof(*p))) == NULL)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++)
		p[i] = (struct pool){ .range = r[i], .cursor = r[i].lo };
	qsort(p, n, sizeof(*p), range_cmp);
	for (size_t i = 1; i < n; i++)
		if (p[i].range.lo <= p[i - 1].range.hi) {
			free(p);
			return -EINVAL;
		}
	/* First all the memory, then the move, which cannot fail. */
	t->pool = p;
	t->n_pool = n;
	for (size_t i = 0; i < t->n_bucket; i++)
		for (struct entry *e = t->by_addr[i]; e != NULL; e = e->next_addr)
			if ((p = pool_of(t, e->l.addr)) != NULL) {
				p->cap++;
				p->n_declined += e->l.state == LEASE_DECLINED;
			}
	for (size_t i = 0; i < n; i++) {
		p = &t->pool[i];
		if (p->cap > 0 &&
		    (p->heap = calloc(p->cap, sizeof(struct entry *))) == NULL) {
			pools_free(t->pool, n);
			t->pool = old;
			t->n_pool = n_old;
			return -ENOMEM;
		}
	}
	for (size_t i = 0; i < t->n_bucket; i++)
		for (struct entry *e = t->by_addr[i]; e != NULL; e = e->next_addr) {
			e->pos = NOT_IN_HEAP;
			if ((p = pool_of(t, e->l.addr)) != NULL)
				heap_add(p, e);
		}
	pools_free(old, n_old);
	return 0;
}

/* The table --------------------------------------------------------------- */

static size_t
addr_bucket(const struct lease_table *t, uint32_t addr)
{
	return siphash(t->key, &addr, sizeof(addr)) & (t->n_bucket - 1);
}

static size_t
mac_bucket(const struct lease_table *t, struct mac mac)
{
	return siphash(t->key, mac.b, sizeof(mac.b)) & (t->n_bucket - 1);
}

/* A declined address is not its client's; so one client that declines
 * address after address makes no long chain either. */
static bool
has_client(const struct lease *l)
{
	return l->state != LEASE_DECLINED && !mac_is_zero(l->mac);
}

static void
mac_link(struct lease_table *t, struct entry *e)
{
	struct entry **b = &t->by_mac[mac_bucket(t, e->l.mac)];

	if (!has_client(&e->l))
		return;
	e->next_mac = *b;
	*b = e;
}

static void
mac_unlink(struct lease_table *t, struct entry *e)
{
	struct entry **b = &t->by_mac[mac_bucket(t, e->l.mac)];

	if (!has_client(&e->l))
		return;
	while (*b != e)
		b = &(*b)->next_mac;
	*b = e->next_mac;
}

static bool
cid_counts(const struct lease *l)
{
	return l->state != LEASE_DECLINED && l->cid_len > 0;
}

static size_t
cid_bucket(const struct lease_table *t, const struct lease *l)
{
	return siphash(t->key, l->cid, l->cid_len) & (t->n_bucket - 1);
}

static void
cid_link(struct lease_table *t, struct entry *e)
{
	struct entry **b = &t->by_cid[cid_bucket(t, &e->l)];

	if (!cid_counts(&e->l))
		return;
	e->next_cid = *b;
	*b = e;
}

static void
cid_unlink(struct lease_table *t, struct entry *e)
{
	struct entry **b = &t->by_cid[cid_bucket(t, &e->l)];

	if (!cid_counts(&e->l))
		return;
	while (*b != e)
		b = &(*b)->next_cid;
	*b = e->next_cid;
}

static void
addr_link(struct lease_table *t, struct entry *e)
{
	struct entry **b = &t->by_addr[addr_bucket(t, e->l.addr)];

	e->next_addr = *b;
	*b = e;
}

/* More buckets; without memory for them the chains grow instead. */
static void
grow(struct lease_table *t)
{
	struct entry **old = t->by_addr, *e, *next;
	size_t n_old = t->n_bucket, n = n_old * 2;
	struct entry **a = calloc(n, sizeof(struct entry *));
	struct entry **m = calloc(n, sizeof(struct entry *));
	struct entry **c = calloc(n, sizeof(struct entry *));

	if (a == NULL || m == NULL || c == NULL) {
		free(a);
		free(m);
		free(c);
		return;
	}
	free(t->by_mac);
	free(t->by_cid);
	t->by_addr = a;
	t->by_mac = m;
	t->by_cid = c;
	t->n_bucket = n;
	for (size_t i = 0; i < n_old; i++)
		for (e = old[i]; e != NULL; e = next) {
			next = e->next_addr;
			addr_link(t, e);
			mac_link(t, e);
			cid_link(t, e);
		}
	free(old);
}

int
lease_table_new(struct lease_table **ret)
{
	struct lease_table *t;
	int r;

	if ((t = calloc(1, sizeof(*t))) == NULL)
		return -ENOMEM;
	t->n_bucket = FIRST_BUCKETS;
	t->by_addr = calloc(t->n_bucket, sizeof(struct entry *));
	t->by_mac = calloc(t->n_bucket, sizeof(struct entry *));
	t->by_cid = calloc(t->n_bucket, sizeof(struct entry *));
	if (t->by_addr == NULL || t->by_mac == NULL || t->by_cid == NULL)
		r = -ENOMEM;
	else
		r = os_random(t->key, sizeof(t->key));
	if (r < 0) {
		lease_table_free(t);
		return r;
	}
	*ret = t;
	return 0;
}

void
lease_table_free(struct lease_table *t)
{
	struct entry *e, *next;

	if (t == NULL)
		return;
	for (size_t i = 0; t->by_addr != NULL && i < t->n_bucket; i++)
		for (e = t->by_addr[i]; e != NULL; e = next) {
			next = e->next_addr;
			free(e);
		}
	pools_free(t->pool, t->n_pool);
	free(t->by_addr);
	free(t->by_mac);
	free(t->by_cid);
	free(t);
}

static struct entry *
find(const struct lease_table *t, uint32_t addr)
{
	struct entry *e = t->by_addr[addr_bucket(t, addr)];

	while (e != NULL && e->l.addr != addr)
		e = e->next_addr;
	return e;
}

const struct lease *
lease_by_addr(const struct lease_table *t, uint32_t addr)
{
	const struct entry *e = find(t, addr);

	return e != NULL ? &e->l : NULL;
}

bool
lease_better(const struct lease *a, const struct lease *b)
{
	if ((a->state == LEASE_BOUND) != (b->state == LEASE_BOUND))
		return a->state == LEASE_BOUND;
	return a->expiry > b->expiry;
}

const struct lease *
lease_by_client(const struct lease_table *t, struct mac mac, uint32_t lo,
    uint32_t hi)
{
	const struct entry *e = t->by_mac[mac_bucket(t, mac)];
	const struct lease *best = NULL;

	for (; e != NULL; e = e->next_mac)
		if (mac_equal(e->l.mac, mac) && e->l.addr >= lo &&
		    e->l.addr <= hi && (best == NULL || lease_better(&e->l, best)))
			best = &e->l;
	return best;
}

#define CID_HASH	8u		/* at the end of what stands for a long one */

void
lease_set_cid(struct lease *l, const uint8_t *cid, size_t len)
{
	static const uint8_t key[16] = "client id";	/* the same after a restart */
	uint64_t h;

	l->cid_len = (uint8_t)(len < sizeof(l->cid) ? len : sizeof(l->cid));
	if (l->cid_len > 0)
		memcpy(l->cid, cid, l->cid_len);
	if (len <= sizeof(l->cid))
		return;
	h = siphash(key, cid, len);
	for (size_t i = 0; i < CID_HASH; i++, h >>= 8)
		l->cid[sizeof(l->cid) - CID_HASH + i] = (uint8_t)h;
}

bool
lease_has_cid(const struct lease *l, const uint8_t *cid, size_t len)
{
	struct lease key;

	lease_set_cid(&key, cid, len);
	return l->cid_len == key.cid_len && memcmp(l->cid, key.cid, key.cid_len) == 0;
}

const struct lease *
lease_by_cid(const struct lease_table *t, const uint8_t *cid, size_t len,
    uint32_t lo, uint32_t hi)
{
	const struct lease *best = NULL;
	const struct entry *e;
	struct lease key;

	lease_set_cid(&key, cid, len);
	for (e = t->by_cid[cid_bucket(t, &key)]; e != NULL; e = e->next_cid)
		if (e->l.addr >= lo && e->l.addr <= hi &&
		    e->l.cid_len == key.cid_len &&
		    memcmp(e->l.cid, key.cid, key.cid_len) == 0 &&
		    (best == NULL || lease_better(&e->l, best)))
			best = &e->l;
	return best;
}

int
lease_put(struct lease_table *t, const struct lease *l)
{
	struct pool *p = pool_of(t, l->addr);
	struct entry *e = find(t, l->addr);

	if (p != NULL && heap_reserve(p) < 0)
		return -ENOMEM;
	if (e == NULL) {
		if ((e = malloc(sizeof(*e))) == NULL)
			return -ENOMEM;
		if (t->n >= t->n_bucket)
			grow(t);
		*e = (struct entry){ .l = *l, .pos = NOT_IN_HEAP };
		addr_link(t, e);
		t->n++;
	} else {
		mac_unlink(t, e);
		cid_unlink(t, e);
		if (p != NULL) {
			heap_remove(p, e);
			p->n_declined -= e->l.state == LEASE_DECLINED;
		}
		e->l = *l;
	}
	if (p != NULL)
		p->n_declined += l->state == LEASE_DECLINED;
	mac_link(t, e);
	cid_link(t, e);
	if (p != NULL)
		heap_add(p, e);
	return 0;
}

bool
lease_may_rest(const struct lease_table *t, uint32_t addr)
{
	const struct pool *p = pool_of(t, addr);

	return p == NULL || p->n_declined <= (p->range.hi - p->range.lo) / 2;
}

uint32_t
lease_pick(struct lease_table *t, struct range4 r, int64_t now,
    bool (*reserved)(void *arg, uint32_t addr), void *arg)
{
	struct pool *p = pool_of(t, r.lo);

	if (p == NULL || p->range.lo != r.lo || p->range.hi != r.hi)
		return 0;
	for (; p->cursor <= p->range.hi; p->cursor++)
		if (find(t, (uint32_t)p->cursor) == NULL &&
		    !reserved(arg, (uint32_t)p->cursor))
			return (uint32_t)p->cursor;
	while (p->n > 0 && free_from(p->heap[0]) <= now) {
		if (!reserved(arg, p->heap[0]->l.addr))
			return p->heap[0]->l.addr;
		heap_remove(p, p->heap[0]);	/* until its next lease */
	}
	return 0;
}

void
lease_each(const struct lease_table *t,
    void (*fn)(void *arg, const struct lease *), void *arg)
{
	for (size_t i = 0; i < t->n_bucket; i++)
		for (const struct entry *e = t->by_addr[i]; e != NULL; e = e->next_addr)
			fn(arg, &e->l);
}

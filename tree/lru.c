/* lru.c - a bounded cache of counted items, shared by threads. */
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

#include "lru.h"

#define SHARDS		8u
#define BUCKETS		512u			/* of a shard */

struct shard {
	pthread_mutex_t	 lock;
	size_t		 bytes;
	struct lru_item	*newest, *oldest;
	struct lru_item	*bucket[BUCKETS];
};

struct lru {
	size_t		 bytes;			/* of a shard, at most */
	lru_same_fn	*same;
	struct shard	 shard[SHARDS];
};

int
lru_new(size_t bytes, lru_same_fn *same, struct lru **ret)
{
	struct lru *c = calloc(1, sizeof(*c));

	if (c == NULL)
		return -ENOMEM;
	c->bytes = bytes / SHARDS;
	c->same = same;
	for (unsigned i = 0; i < SHARDS; i++)
		(void)pthread_mutex_init(&c->shard[i].lock, NULL);
	*ret = c;
	return 0;
}

void
lru_item_init(struct lru_item *e, uint64_t hash, void (*fn)(struct lru_item *))
{
	*e = (struct lru_item){ .hash = hash, .free = fn };
	atomic_init(&e->refs, 1);
}

void
lru_unref(struct lru_item *e)
{
	if (e != NULL && atomic_fetch_sub(&e->refs, 1) == 1)
		e->free(e);
}

static struct lru_item **
bucket_of(struct shard *s, uint64_t hash)
{
	return &s->bucket[hash / SHARDS % BUCKETS];
}

static void
unlink_age(struct shard *s, struct lru_item *e)
{
	*(e->newer != NULL ? &e->newer->older : &s->newest) = e->older;
	*(e->older != NULL ? &e->older->newer : &s->oldest) = e->newer;
	e->newer = e->older = NULL;
}

static void
link_newest(struct shard *s, struct lru_item *e)
{
	e->newer = NULL;
	e->older = s->newest;
	*(s->newest != NULL ? &s->newest->newer : &s->oldest) = e;
	s->newest = e;
}

/* Take an item out of the shard; the shard's reference is the caller's. */
static void
take_out(struct shard *s, struct lru_item *e)
{
	struct lru_item **p = bucket_of(s, e->hash);

	while (*p != e)
		p = &(*p)->chain;
	*p = e->chain;
	unlink_age(s, e);
	s->bytes -= e->bytes;
}

void
lru_free(struct lru *c)
{
	struct lru_item *e;

	if (c == NULL)
		return;
	for (unsigned i = 0; i < SHARDS; i++) {
		while ((e = c->shard[i].oldest) != NULL) {
			take_out(&c->shard[i], e);
			lru_unref(e);
		}
		(void)pthread_mutex_destroy(&c->shard[i].lock);
	}
	free(c);
}

size_t
lru_bytes(struct lru *c)
{
	size_t n = 0;

	for (unsigned i = 0; i < SHARDS; i++) {
		(void)pthread_mutex_lock(&c->shard[i].lock);
		n += c->shard[i].bytes;
		(void)pthread_mutex_unlock(&c->shard[i].lock);
	}
	return n;
}

size_t
lru_trim(struct lru *c, lru_drop_fn *drop, void *arg)
{
	struct lru_item *e, *out = NULL;
	size_t n = 0;

	for (unsigned i = 0; i < SHARDS; i++) {
		struct shard *s = &c->shard[i];

		(void)pthread_mutex_lock(&s->lock);
		while ((e = s->oldest) != NULL && drop(e, arg)) {
			take_out(s, e);
			e->chain = out;		/* freed once the lock is gone */
			out = e;
		}
		for (e = s->newest; e != NULL; e = e->older)
			n++;
		(void)pthread_mutex_unlock(&s->lock);
	}
	while ((e = out) != NULL) {
		out = e->chain;
		lru_unref(e);
	}
	return n;
}

static struct lru_item *
find(const struct lru *c, struct shard *s, uint64_t hash, const void *key)
{
	struct lru_item *e = *bucket_of(s, hash);

	while (e != NULL && (e->hash != hash || !c->same(e, key)))
		e = e->chain;
	return e;
}

struct lru_item *
lru_get(struct lru *c, uint64_t hash, const void *key)
{
	struct shard *s = &c->shard[hash % SHARDS];
	struct lru_item *e;

	(void)pthread_mutex_lock(&s->lock);
	if ((e = find(c, s, hash, key)) != NULL) {
		atomic_fetch_add_explicit(&e->refs, 1, memory_order_relaxed);
		unlink_age(s, e);
		link_newest(s, e);
	}
	(void)pthread_mutex_unlock(&s->lock);
	return e;
}

void
lru_put(struct lru *c, struct lru_item *e, const void *key)
{
	struct shard *s = &c->shard[e->hash % SHARDS];
	struct lru_item *old, *out = NULL, **bucket = bucket_of(s, e->hash);

	atomic_fetch_add_explicit(&e->refs, 1, memory_order_relaxed);
	(void)pthread_mutex_lock(&s->lock);
	old = find(c, s, e->hash, key);
	while (old != NULL || (s->oldest != NULL &&
	    s->bytes + e->bytes > c->bytes)) {
		if (old == NULL)
			old = s->oldest;
		take_out(s, old);
		old->chain = out;	/* freed once the lock is gone */
		out = old;
		old = NULL;
	}
	e->chain = *bucket;
	*bucket = e;
	link_newest(s, e);
	s->bytes += e->bytes;
	(void)pthread_mutex_unlock(&s->lock);
	while ((old = out) != NULL) {
		out = old->chain;
		lru_unref(old);
	}
}

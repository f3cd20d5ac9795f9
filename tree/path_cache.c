/* path_cache.c - which path a handle's hash stands for.
 *
 * A table of sets of two: a new path takes the place of the older one of its
 * set.  Losing an entry costs a walk, never an answer.
 */
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "cache.h"
#include "path.h"

#define SHARDS		16u
#define SETS		2048u	/* of a shard */
#define WAYS		2u

struct known {
	size_t		 len;
	char		 path[];
};

struct slot { uint64_t hash; struct known *known; };	/* NULL: free */

struct shard {
	pthread_mutex_t	 lock;
	struct slot	 set[SETS][WAYS];	/* the newer first */
};

struct path_cache { struct shard shard[SHARDS]; };

int
path_cache_new(struct path_cache **ret)
{
	struct path_cache *c = calloc(1, sizeof(*c));

	if (c == NULL)
		return -ENOMEM;
	for (unsigned i = 0; i < SHARDS; i++)
		(void)pthread_mutex_init(&c->shard[i].lock, NULL);
	*ret = c;
	return 0;
}

void
path_cache_free(struct path_cache *c)
{
	if (c == NULL)
		return;
	for (unsigned i = 0; i < SHARDS; i++) {
		for (unsigned j = 0; j < SETS; j++)
			for (unsigned k = 0; k < WAYS; k++)
				free(c->shard[i].set[j][k].known);
		(void)pthread_mutex_destroy(&c->shard[i].lock);
	}
	free(c);
}

static struct shard *
shard_of(struct path_cache *c, uint64_t hash)
{
	return &c->shard[hash % SHARDS];
}

static struct slot *
set_of(struct shard *s, uint64_t hash)
{
	return s->set[hash / SHARDS % SETS];
}

/* The caller holds the lock. */
static struct known *
find(const struct slot *set, uint64_t hash)
{
	for (unsigned k = 0; k < WAYS; k++)
		if (set[k].hash == hash && set[k].known != NULL)
			return set[k].known;
	return NULL;
}

void
path_cache_prefetch(const struct path_cache *c, uint64_t hash)
{
	__builtin_prefetch(c->shard[hash % SHARDS].set[hash / SHARDS % SETS]);
}

void
path_cache_put(struct path_cache *c, uint64_t hash, const char *path,
    size_t len)
{
	struct shard *s = shard_of(c, hash);
	struct slot *set = set_of(s, hash);
	struct known *k, *old = NULL;
	bool there;

	(void)pthread_mutex_lock(&s->lock);
	there = find(set, hash) != NULL;
	(void)pthread_mutex_unlock(&s->lock);
	if (there || (k = malloc(sizeof(*k) + len)) == NULL)
		return;
	k->len = len;
	memcpy(k->path, path, len);

	(void)pthread_mutex_lock(&s->lock);
	if (find(set, hash) == NULL) {
		old = set[WAYS - 1].known;
		memmove(set + 1, set, (WAYS - 1) * sizeof(*set));
		set[0] = (struct slot){ .hash = hash, .known = k };
		k = NULL;
	}
	(void)pthread_mutex_unlock(&s->lock);
	free(k);
	free(old);
}

bool
path_cache_get(struct path_cache *c, uint64_t hash, char *buf, size_t *ret_len)
{
	struct shard *s = shard_of(c, hash);
	const struct known *k;

	(void)pthread_mutex_lock(&s->lock);
	k = find(set_of(s, hash), hash);
	if (k != NULL) {
		memcpy(buf, k->path, k->len);
		buf[k->len] = '\0';
		*ret_len = k->len;
	}
	(void)pthread_mutex_unlock(&s->lock);
	return k != NULL;
}

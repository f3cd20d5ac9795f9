/* cache.h - what a tree remembers: directory listings, and paths by hash.
 *
 * Both are bounded and sharded; a shard's mutex is held for the time it takes
 * to find or exchange a pointer.  Layer: tree, internal.
 */
#ifndef TREE_CACHE_H
#define TREE_CACHE_H

#include <stdbool.h>
#include <stdint.h>

#include "lru.h"
#include "names.h"

struct path_cache;
struct tree;

/* The names of one directory of the tree's layers, as it was at some time. */
struct listing {
	struct lru_item	 item;		/* first */
	size_t		 n;
	struct name	*names;		/* settled */
	/* Private to listing.c: */
	struct listing_key *key;
	char		*text;		/* the names themselves */
};

/* The names in directory `path`, whose path_hash() with key is `hash`.
 * nowait: from the cache or -EAGAIN.  -ENOTDIR, -ENOENT, -EACCES. */
int	listing_get(const struct tree *, const uint8_t key[16], uint64_t hash,
	    const char *path, bool nowait, struct listing **ret);
void	listing_unref(struct listing *);	/* NULL is fine */

int	listing_cache_new(struct lru **ret);

int	path_cache_new(struct path_cache **ret);
void	path_cache_free(struct path_cache *);
void	path_cache_put(struct path_cache *, uint64_t hash, const char *path, size_t len);
/* False when not there; buf has TREE_PATH_MAX + 1 bytes. */
void	path_cache_prefetch(const struct path_cache *, uint64_t hash);
bool	path_cache_get(struct path_cache *, uint64_t hash, char *buf, size_t *ret_len);

#endif /* TREE_CACHE_H */

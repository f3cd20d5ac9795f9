/* lru.h - a bounded cache of counted items, shared by threads.
 *
 * Sharded by hash; a shard's mutex is held for the time it takes to find or
 * exchange a pointer.  What was used longest ago goes first.
 * Ownership: an item is embedded in what it caches and begins with one
 * reference, the maker's; lru_put() takes another, lru_get() gives one.  An
 * item may outlive the cache.  Errors: -ENOMEM.
 * Layer: tree, internal.
 */
#ifndef TREE_LRU_H
#define TREE_LRU_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct lru_item {
	atomic_uint	 refs;
	uint64_t	 hash;
	size_t		 bytes;		/* counted against the bound */
	void		(*free)(struct lru_item *);
	/* Private to lru.c: */
	struct lru_item	*chain, *newer, *older;
};

struct lru;

/* same: is this the item that key (of lru_get) or key's own item (of lru_put) means? */
typedef bool lru_same_fn(const struct lru_item *, const void *key);

/* bytes: of all items together, or one item of any size in each shard. */
int	lru_new(size_t bytes, lru_same_fn *, struct lru **ret);
void	lru_free(struct lru *);			/* NULL is fine */
struct lru_item *lru_get(struct lru *, uint64_t hash, const void *key);	/* or NULL */
/* In place of the one with the same key. */
void	lru_put(struct lru *, struct lru_item *, const void *key);

/* Drops from the oldest on while drop() says so; how many stay. */
typedef bool lru_drop_fn(const struct lru_item *, void *arg);
size_t	lru_trim(struct lru *, lru_drop_fn *, void *arg);
size_t	lru_bytes(struct lru *);		/* of all items now */

void	lru_item_init(struct lru_item *, uint64_t hash, void (*)(struct lru_item *));
void	lru_unref(struct lru_item *);		/* NULL is fine */

#endif /* TREE_LRU_H */

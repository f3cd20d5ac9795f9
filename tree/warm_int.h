/* warm_int.h - what view.c asks of warm.c.  Layer: tree, internal. */
#ifndef TREE_WARM_INT_H
#define TREE_WARM_INT_H

#include "tree_int.h"
#include "warm.h"

bool	warm_covers(const struct warm *, const struct tree *);
/* disk_stat() of a path whose path_hash() is `hash`; w may be NULL. */
int	warm_stat(struct warm *, const struct view *, const char *path,
	    size_t len, uint64_t hash, unsigned flags, struct tree_attr *ret);
/* node_at(), from memory if possible.  hash: path_hash(), or 0. */
int	warm_node_at(struct warm *, const struct view *, const char *path,
	    size_t len, uint64_t hash, unsigned flags, struct node *ret);
/* What is asked for soon: first all of it, then all of it once more. */
void	warm_prefetch(const struct warm *, const struct view *, uint64_t hash,
	    bool again);

#endif /* TREE_WARM_INT_H */

/* warm_int.h - what view.c asks of warm.c.  Layer: tree, internal. */
#ifndef TREE_WARM_INT_H
#define TREE_WARM_INT_H

#include "tree_int.h"
#include "warm.h"

bool	warm_covers(const struct warm *, const struct tree *);
/* disk_stat() of a path whose path_hash() is `hash`; w may be NULL. */
int	warm_stat(struct warm *, const struct view *, const char *path,
	    size_t len, uint64_t hash, unsigned flags, struct tree_attr *ret);
/* node_at(), from memory if possible. */
int	warm_node_at(struct warm *, const struct view *, const char *path,
	    size_t len, unsigned flags, struct node *ret);

#endif /* TREE_WARM_INT_H */

/* dir_names.h - all names in one directory of a view, in cookie order.
 *
 * The tree's names (a shared listing) and those that lie over them: special
 * names and the overlay's.  Ownership: dir_names_get() borrows from the view;
 * dir_names_done() gives the listing back.
 * Errors: as view_readdir().  Layer: tree, internal.
 */
#ifndef TREE_DIR_NAMES_H
#define TREE_DIR_NAMES_H

#include "tree_int.h"

struct listing;

struct dir_names {
	struct listing	*disk;		/* NULL: none */
	struct name	*over;
	size_t		 n_over;
	size_t		 at_over, at_disk;	/* what was given last */
};

/* hidden: the view's own token too, which no client may list. */
int	dir_names_get(const struct view *, const char *path, size_t len,
	    bool hidden, unsigned flags, struct dir_names *ret);
/* The first name with a cookie > cookie; NULL: no more. */
const struct name *dir_names_next(struct dir_names *, uint64_t cookie);
void	dir_names_done(struct dir_names *);

#endif /* TREE_DIR_NAMES_H */

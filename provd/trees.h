/* trees.h - what each release tree is.
 *
 * Looking at a tree reads its files, so it is done in a disk thread, once for
 * each tree that was opened; until then it is not known.  All of this
 * belongs to the control thread.  Layer: provd.
 */
#ifndef PROVD_TREES_H
#define PROVD_TREES_H

#include "../profiles/identify.h"

struct daemon;
struct tree;
struct trees;

struct tree_known {
	struct tree	*tree;
	bool		 known;		/* else id is empty */
	struct release_id id;
	char		 why[200];
};

int	trees_new(struct daemon *, struct trees **ret);
/* After start and after each reload: look at trees that are new. */
void	trees_look(struct trees *);
const struct tree_known *trees_find(const struct trees *, const struct tree *);	/* NULL */
void	trees_free(struct trees *);	/* NULL is fine; after the disk threads have ended */

#endif /* PROVD_TREES_H */

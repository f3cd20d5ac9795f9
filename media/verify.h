/* verify.h - a tree of the media directory, opened to be looked at.
 * Errors: negative errno with a line in why.  Blocks.  Layer: media, internal.
 */
#ifndef MEDIA_VERIFY_H
#define MEDIA_VERIFY_H

#include "check.h"
#include "media.h"

struct media_tree {
	struct tree	*tree;		/* the opener's to unref */
	struct view	 view;
	struct release_id id;
	char		 what[200];	/* what it is, if it is no release */
};

/* name: of a directory in d, with its NAME.mtree. */
int	media_tree_open(const struct media_dir *d, const char *name, struct media_tree *,
	    char why[MEDIA_WHY]);
/* pinned may be NULL.  c: results, for media_check_done(). */
int	media_tree_check(const struct media_tree *, const struct buf *pinned, struct media_check *c,
	    const struct media_ui *, uint64_t of);

#endif /* MEDIA_VERIFY_H */

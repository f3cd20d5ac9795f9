/* attrs.h - what the disk could not keep of an image, as mtree(5).
 *
 * Only entries that differ are written, whole paths, in a form that
 * tree/mtree.h reads.  Flags are there for whoever copies the tree to a file
 * system that has them; nlink where hard links became copies, or where the
 * image counts names that it does not hold.
 * Errors: negative errno.  Layer: media.
 */
#ifndef MEDIA_ATTRS_H
#define MEDIA_ATTRS_H

#include "../lib/buf.h"
#include "entry.h"

/* Compares with the files beneath root; b stays empty when nothing differs. */
int	media_attrs(const struct media_list *, int root, struct buf *b);
/* One line, for tests: vis(3)'s octal escapes, owners unless 0. */
void	media_attrs_line(struct buf *, const struct media_entry *, bool nlink);
/* Are the attributes that a view shows those of the image?  Calls bad() for each path that is otherwise. */
struct view;
int	media_attrs_check(const struct media_list *, const struct view *,
	    void (*bad)(void *arg, const char *path, const char *what), void *arg);

#endif /* MEDIA_ATTRS_H */

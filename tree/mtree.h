/* mtree.h - owners and modes from an mtree(5) file beside a tree.
 *
 * For what the server's own file system can't hold.  Of the format, both forms
 * are read: one level at a time with "..", and whole paths; /set and /unset;
 * vis(3)'s escapes.  Only type, uid, gid, mode and nlink (but of directories) count.
 * mtree_parse() is pure.  Errors: -EBADMSG for what is not mtree, -EFBIG.
 * Layer: tree, internal.
 */
#ifndef TREE_MTREE_H
#define TREE_MTREE_H

#include <stddef.h>
#include <stdint.h>

#include "tree.h"

struct mtree;

#define MTREE_MAX_BYTES		((size_t)256 << 20)
#define MTREE_MAX_ENTRIES	((size_t)1 << 21)

int	mtree_load(const char *file, struct mtree **ret);	/* -ENOENT */
int	mtree_parse(const char *text, size_t len, struct mtree **ret);
/* Override what the entry of this path and type says. */
void	mtree_apply(const struct mtree *, const char *path, struct tree_attr *);
size_t	mtree_count(const struct mtree *);
void	mtree_free(struct mtree *);		/* NULL is fine */

#endif /* TREE_MTREE_H */

/* handle.h - NFS file handles that need no table and survive a restart.
 *
 * 32 bytes for paths of up to eight levels, else 64 bytes:
 *   0  tree id (4)   4  installation id (4)   8  64-bit hash of the path
 *  16  one hash byte for each level (8, or 40 in the long form)
 *  24 or 56  64-bit MAC over all before, with the key from the store
 * NFS version 2 has room for 32 bytes alone: there the levels of a deeper path
 * share 40 bits.  The search takes longer, the answer is as sure.
 * Resolving walks the levels: candidates by hash byte, verified by the full
 * hash; a bounded cache inside the tree remembers hash -> path.
 * A claim's handle holds its number; a report's only that it exists: the node
 * that it gives has all but the name (the path ends in 16 hex digits instead).
 * Every valid handle was made by this key, so a handle for a report proves
 * that the report was committed.
 * Errors: -ESTALE (no such file any more, or not ours), -EAGAIN (TREE_NOWAIT).
 * Layer: tree.
 */
#ifndef TREE_HANDLE_H
#define TREE_HANDLE_H

#include "tree.h"

#define HANDLE_MAX	64u
#define HANDLE_SHORT	32u

struct handle { uint8_t len; uint8_t b[HANDLE_MAX]; };

int	handle_make(const struct node *, struct handle *ret);	/* -ENAMETOOLONG over TREE_DEPTH_MAX */
/* The same of an entry that was listed with its node, in the directory that has
 * the handle dir: at less cost. */
int	handle_make_in(const struct handle *dir, const struct view_dirent *,
	    struct handle *ret);
/* The same in HANDLE_SHORT bytes, for a path of any depth. */
int	handle_make_short(const struct node *, struct handle *ret);
/* Which view is meant?  Checks length and MAC only; then find the view. */
int	handle_peek(const uint8_t key[16], const void *h, size_t len,
	    uint32_t *ret_tree, uint32_t *ret_inst);
int	handle_node(const struct view *, const void *h, size_t len,
	    unsigned flags, struct node *ret);

#endif /* TREE_HANDLE_H */

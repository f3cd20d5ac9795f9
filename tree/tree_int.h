/* tree_int.h - what the files of this folder share.
 *
 * node_*, dir_names_*: a view, overlay and special names included; what is
 * below them is disk.h.  Layer: tree, internal.
 */
#ifndef TREE_TREE_INT_H
#define TREE_TREE_INT_H

#include <stdatomic.h>

#include "layer.h"
#include "names.h"
#include "overlay.h"
#include "path.h"
#include "tree.h"

struct lru;
struct path_cache;

struct tree {
	atomic_uint		 refs;
	char			*name;
	uint32_t		 id;
	uint64_t		 serial;	/* random: this very one */
	struct layer		*layer;		/* the first one wins */
	size_t			 n_layer;	/* at least 1 */
	struct lru		*listings;
	struct path_cache	*paths;
};

#define MAY_READ	4u
#define MAY_WRITE	2u
#define MAY_EXEC	1u
bool	cred_may(const struct tree_cred *, const struct tree_attr *, unsigned);
bool	cred_may_read(const struct tree_cred *, const struct tree_attr *);

/* path ends with a NUL at len, here and below.
 * The node at a path of the view: the only place that knows what covers what. */
int	node_at(const struct view *, const char *path, size_t len,
	    unsigned flags, struct node *ret);
/* A node found otherwise: fills what depends on view and path alone. */
void	node_place(const struct view *, const char *path, size_t len,
	    enum node_src, struct node *ret);
/* Attributes of a claim, a report, the log or a directory that exists nowhere. */
void	node_virtual(const struct view *, enum node_src, struct tree_attr *ret);

/* What the overlay does to a path. */
enum cover { COVER_NONE, COVER_ENTRY, COVER_HIDDEN /* beneath a file: -ENOTDIR */ };
enum cover overlay_cover(const struct overlay *, const char *path, size_t len,
	    const struct overlay_entry **ret);

#endif /* TREE_TREE_INT_H */

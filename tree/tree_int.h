/* tree_int.h - what the files of this folder share.
 *
 * disk_*: a release tree's own files, by path, without overlay.  They follow
 * no symbolic link at all.  -EAGAIN only with nowait.
 * node_*, dir_names_*: a view, overlay and special names included.
 * Layer: tree, internal.
 */
#ifndef TREE_TREE_INT_H
#define TREE_TREE_INT_H

#include <sys/stat.h>
#include <stdatomic.h>

#include "names.h"
#include "overlay.h"
#include "path.h"
#include "tree.h"

struct listing_cache;
struct mtree;
struct path_cache;

struct tree {
	atomic_uint		 refs;
	char			*name;
	uint32_t		 id;
	int			 fd;
	struct mtree		*mtree;		/* NULL: as on disk */
	struct listing_cache	*listings;
	struct path_cache	*paths;
};

/* Open beneath the tree's root; "" is the root.  -ENOTDIR for a link on the way. */
int	disk_open(const struct tree *, const char *path, int flags, bool nowait);
int	disk_stat(const struct tree *, const char *path, bool nowait,
	    struct tree_attr *ret);
/* Of an entry of an open directory; path is the whole path. */
int	disk_stat_at(const struct tree *, int dirfd, const char *name,
	    const char *path, bool nowait, struct tree_attr *ret);
/* Attributes from stat(2) and mtree(5); those that depend on the view are left 0. */
void	disk_attr(const struct tree *, const char *path, const struct stat *,
	    struct tree_attr *ret);

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

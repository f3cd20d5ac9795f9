/* layer.h - one part of a release tree: a directory, or an ISO 9660 image.
 *
 * Paths are as in path.h and follow no symbolic link.  Attributes come with
 * mtree(5) applied; those that depend on the view are left 0.  Immutable once
 * open; any thread.  Ownership: a layer_dir and a layer_file borrow from their
 * layer, but a file's bytes stay readable while its descriptor is open.
 * Errors: -ENOENT, -ENOTDIR (for a link on the way too), -EACCES, -EIO, -ESTALE
 * (the image was replaced), -EOPNOTSUPP (compressed), -EAGAIN only with nowait.
 * Layer: tree, internal.
 */
#ifndef TREE_LAYER_H
#define TREE_LAYER_H

#include <sys/stat.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tree.h"

struct iso;
struct iso_dir;
struct layer;
struct lru_item;
struct mtree;

/* What tells one state of a directory, a file or an image from another. */
struct layer_stamp {
	uint64_t	 dev, ino;
	struct timespec	 mtime, ctime;
};

struct layer_dir {
	const struct layer *layer;
	struct layer_stamp stamp;
	int		 fd;		/* -1: not of a directory */
	struct iso_dir	*iso;
};

/* Bytes [at, at + len) of a file are at off in its descriptor. */
struct extent { uint64_t at, off, len; };

/* An open regular file.  Without extents its bytes are the descriptor's own. */
struct layer_file {
	int		 fd;
	bool		 own_fd;	/* else the layer's */
	uint64_t	 size;
	const struct extent *extent;
	size_t		 n_extent;
	struct lru_item	*hold;		/* what the extents lie in */
	struct layer_stamp stamp;	/* of the descriptor */
	uint64_t	 image_size;	/* the same, when there are extents */
};

/* One name of a directory; d_type as in struct dirent. */
typedef int layer_name_fn(void *arg, const char *name, uint8_t d_type);

/* What waits for the same disk has the same pool_job.lane. */
unsigned layer_lane(uint64_t dev);

enum tree_type mode_type(mode_t);	/* of S_IFMT; what it does not know is a file */

struct layer_ops {
	int	(*stat)(const struct layer *, const char *path, bool nowait,
		    struct tree_attr *ret);
	/* -ESTALE for what is no regular file. */
	int	(*file_open)(const struct layer *, const char *path, bool nowait,
		    struct layer_file *ret);
	/* *ret_len may be cap: cut off.  No NUL. */
	int	(*readlink)(const struct layer *, const char *path, bool nowait,
		    char *buf, size_t cap, size_t *ret_len);
	/* list: to list its names, else to stat them only. */
	int	(*dir_open)(const struct layer *, const char *path, bool list,
		    bool nowait, struct layer_dir *ret);
	/* One of its names; path is the whole path. */
	int	(*dir_stat)(const struct layer_dir *, const char *name,
		    const char *path, bool nowait, struct tree_attr *ret);
	int	(*dir_list)(struct layer_dir *, layer_name_fn *, void *arg);
	void	(*dir_close)(struct layer_dir *);
	int	(*fsstat)(const struct layer *, bool nowait, struct view_fsstat *ret);
	void	(*close)(struct layer *);
};

struct layer {
	const struct layer_ops *ops;
	char		*path;		/* where it was opened */
	int		 fd;
	struct stat	 st;		/* when it was opened */
	bool		 remote;	/* os_stat.h: its attributes may have to be waited for */
	struct iso	*iso;		/* NULL: a directory */
	struct mtree	*mtree;		/* NULL: as it is */
};

extern const struct layer_ops layer_dir_ops, layer_iso_ops;

/* Fill in all but mtree.  On failure *why says what is wrong, if errno does not. */
int	layer_open(const char *path, struct layer *ret, const char **why);
int	layer_iso_open(struct layer *, const char **why);	/* fd, st are set */
void	layer_close(struct layer *);
/* Open beneath a directory layer; "" is its root. */
int	layer_dir_fd(const struct layer *, const char *path, int flags, bool nowait);

#endif /* TREE_LAYER_H */

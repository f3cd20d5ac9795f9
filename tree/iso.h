/* iso.h - files of an ISO 9660 image, by path.
 *
 * Reads directories, never a file's bytes: an entry says where in the image
 * those are.  With Rock Ridge names, owners and links are as there; without
 * it as ISO 9660 has them, in lower case; Joliet is not looked at.
 * Directories are read whole, once, and remembered in a bounded cache; what is
 * in there is found without waiting.  A directory that is damaged is -EIO as a
 * whole, a file whose bytes lie outside the image when it is opened.
 *
 * Immutable but for the cache; any thread.  Ownership: a struct iso borrows
 * its source; an entry lives as long as the caller holds its directory, which
 * may outlive the image.  Errors: -ENOENT, -ENOTDIR, -EIO, -ENOMEM, -EFBIG,
 * -EAGAIN only with nowait, -EBADMSG for what is no image.
 * Layer: tree, internal.
 */
#ifndef TREE_ISO_H
#define TREE_ISO_H

#include "iso_rec.h"
#include "layer.h"
#include "lru.h"

/* Where the bytes come from: all len of them, or an error.  It is never asked
 * for any outside its size. */
struct iso_src {
	int		(*read)(void *arg, void *buf, size_t len, uint64_t off);
	void		*arg;
	uint64_t	 size;
};

struct iso_entry {
	const char	*name;
	struct tree_attr attr;		/* but fsid and fileid */
	int		 err;		/* of opening it, or 0 */
	uint32_t	 n_extent;
	const struct extent *extent;	/* of a file */
	const char	*link;		/* of a link, attr.size bytes */
	uint64_t	 off;		/* of a directory, in the image */
	uint32_t	 len;
};

struct iso_dir {
	struct lru_item	 item;		/* first */
	struct iso_entry self;		/* "." */
	size_t		 n;
	struct iso_entry *e;		/* by name */
	/* Private to iso_dir.c: */
	uint64_t	 off;
	uint32_t	 len;
	char		*text;
	struct extent	*extent;
};

struct iso {
	struct iso_src	 src;
	uint32_t	 block_size;
	bool		 susp;		/* system use areas mean something */
	uint8_t		 susp_skip;
	uint64_t	 root_off;
	uint32_t	 root_len;
	struct lru	*dirs;
};

/* *why says what is wrong, or NULL. */
int	iso_open(const struct iso_src *, struct iso **ret, const char **why);
void	iso_close(struct iso *);		/* NULL is fine */

/* The entry at a path; "" is the root.  The caller gives the directory back. */
int	iso_find(struct iso *, const char *path, bool nowait,
	    struct iso_dir **ret_dir, const struct iso_entry **ret);
/* The directory at a path. */
int	iso_dir_at(struct iso *, const char *path, bool nowait,
	    struct iso_dir **ret);
const struct iso_entry *iso_dir_find(const struct iso_dir *, const char *name,
	    size_t len);
void	iso_dir_unref(struct iso_dir *);	/* NULL is fine */

/* Of iso_dir.c: read the directory at off.  Waits. */
int	iso_dir_read(struct iso *, uint64_t off, uint32_t len,
	    struct iso_dir **ret);
/* -EIO outside of the image. */
int	iso_read(const struct iso *, void *buf, size_t len, uint64_t off);

#endif /* TREE_ISO_H */

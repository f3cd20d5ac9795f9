/* overlay.h - the files that cover a release tree for one installation.
 *
 * Built once (overlay_new, overlay_add*, overlay_seal), immutable afterwards,
 * so any thread may read it without a lock while it holds a reference.
 * Directories on the way to an entry exist by themselves (0755, root); an
 * overlay directory and the tree's directory of the same name are merged, an
 * overlay file hides whatever the tree has there.
 *
 * Paths are relative to the view's root, without a leading slash, without
 * empty, "." or ".." components: -EINVAL otherwise; -EEXIST for a second entry
 * at the same path or beneath a file; -ENAMETOOLONG for what a view cannot
 * name.  After -ENOMEM only overlay_unref() makes sense.
 * Ownership: overlay_add_*() copies; overlay_ref/unref count references.
 * Layer: tree.
 */
#ifndef TREE_OVERLAY_H
#define TREE_OVERLAY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct overlay;

struct overlay_entry {
	const char	*path;
	enum { OVERLAY_FILE, OVERLAY_LINK, OVERLAY_DIR } kind;
	uint32_t	 mode;		/* permission bits; owner is root:root */
	const uint8_t	*data;		/* file content or link target */
	size_t		 len;
	bool		 implied;	/* only on the way to an entry, not added itself */
};

/* Of all entries together, implied directories included: -EFBIG. */
#define OVERLAY_MAX_BYTES	((size_t)16 << 20)
#define OVERLAY_MAX_ENTRIES	4096u

int	overlay_new(int64_t mtime, struct overlay **ret);
int	overlay_add_file(struct overlay *, const char *path, uint32_t mode,
	    const void *data, size_t len);
int	overlay_add_link(struct overlay *, const char *path, const char *target);
int	overlay_add_dir(struct overlay *, const char *path, uint32_t mode);
void	overlay_seal(struct overlay *);
int64_t	overlay_mtime(const struct overlay *);

size_t	overlay_count(const struct overlay *);		/* entries as added, in path order once sealed */
const struct overlay_entry *overlay_at(const struct overlay *, size_t i);
/* Implied directories are found too, "" is the root. */
const struct overlay_entry *overlay_find(const struct overlay *, const char *path);
const struct overlay_entry *overlay_find_n(const struct overlay *, const char *path, size_t len);
/* What lies directly in a directory, in no order; only of a sealed overlay. */
const struct overlay_entry *overlay_child(const struct overlay_entry *dir);
const struct overlay_entry *overlay_next(const struct overlay_entry *);
const char *overlay_name(const struct overlay_entry *);	/* last component */

struct overlay *overlay_ref(const struct overlay *);
void	overlay_unref(struct overlay *);		/* NULL is fine */

#endif /* TREE_OVERLAY_H */

/* disk.h - a release tree's own files, by path, without overlay.
 *
 * Walks the layers: the first one that has a name wins, directories are
 * merged, and what is no directory hides whatever later layers have beneath
 * it.  Attributes of a merged directory are those of the first layer that has it.
 * Errors: as layer.h.  Layer: tree, internal.
 */
#ifndef TREE_DISK_H
#define TREE_DISK_H

#include "layer.h"

struct name;

/* An open directory, in each layer that has it. */
struct disk_dir {
	size_t		 n;
	uint8_t		 layer[TREE_SOURCES_MAX];	/* which one part[i] is of */
	struct layer_dir part[TREE_SOURCES_MAX];
};

int	disk_stat(const struct tree *, const char *path, bool nowait,
	    struct tree_attr *ret);
int	disk_readlink(const struct tree *, const char *path, bool nowait,
	    char *buf, size_t cap, size_t *ret_len);
int	disk_fsstat(const struct tree *, bool nowait, struct view_fsstat *ret);

int	disk_dir_open(const struct tree *, const char *path, bool list,
	    bool nowait, struct disk_dir *ret);
/* Of one of its names; path is the whole path. */
int	disk_dir_stat(const struct disk_dir *, const struct name *,
	    const char *path, bool nowait, struct tree_attr *ret);
void	disk_dir_close(struct disk_dir *);

int	disk_file_open(const struct tree *, const char *path, bool nowait,
	    struct layer_file *ret);
/* For an open file that may outlive the tree. */
int	disk_file_keep(struct layer_file *);
/* Where in the file's descriptor its bytes at off < size are, and how many
 * of them in a row: for pread(2), or sendfile(2).  -ESTALE: replaced since. */
int	disk_file_place(const struct layer_file *, uint64_t off,
	    uint64_t *ret_off, uint64_t *ret_len);
/* Within the size; short only with nowait, or when a directory's file was cut. */
int	disk_file_read(const struct layer_file *, uint64_t off, void *buf,
	    size_t len, bool nowait, size_t *ret_n);
void	disk_file_close(struct layer_file *);

#endif /* TREE_DISK_H */

/* files.h - files of release trees that stay open from one read to the next,
 * and which of their bytes are in memory.
 *
 * A descriptor is found again by device, inode and ctime of what is at the
 * path now (for an image: when the tree was opened), so a file that was
 * replaced or changed is opened anew.  What was not used for FILES_IDLE_MS is
 * closed by files_sweep(): a deleted file's blocks are not held for longer.
 *
 * sendfile(2) waits for bytes that are not in memory, and no system call says
 * to a process that may not write a file whether they are.  But who copied
 * them without waiting (TREE_NOWAIT) knows: so files_saw() remembers it, and
 * files_resident() believes it for FILES_TRUST_MS, and for FILES_KNOWN_MS if
 * the first and the last block of what was seen there can still be copied.
 * No client can make that wrong; only a lack of memory can, in between, and
 * then the thread waits for the disk for the bytes of one reply at most.
 *
 * Ownership: an open file is counted; whoever has a reference may read it in
 * any thread, also after files_free().  files_saw(), files_resident() and
 * files_sweep() are for the thread that owns the cache, the others for all.
 * Layer: tree.
 */
#ifndef TREE_FILES_H
#define TREE_FILES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct file;
struct files;
struct layer_file;
struct layer_stamp;

#define FILES_IDLE_MS	2000
#define FILES_TRUST_MS	2000
#define FILES_KNOWN_MS	60000
#define FILE_SEG_MIN	(32u << 10)	/* less is cheaper to copy */

/* Bytes that lie in a row in an open file.  file NULL: none. */
struct file_seg { struct file *file; uint64_t off; uint32_t len; };

int	files_new(unsigned max, struct files **ret);
void	files_free(struct files *);		/* NULL is fine */
bool	files_any(const struct files *);	/* is there anything to sweep? */
void	files_sweep(struct files *, bool all);	/* all: used lately or not */

/* A reference to the file that is open already, or NULL. */
struct file *files_find(struct files *, const struct layer_stamp *);
/* Makes an open file last: its descriptor now belongs to *ret. */
int	files_keep(struct files *, struct layer_file *, struct file **ret);

struct file *file_ref(struct file *);
void	file_unref(struct file *);		/* NULL is fine */
int	file_fd(const struct file *);
unsigned file_lane(const struct file *);	/* pool_job.lane */
/* -ESTALE: it is an image that was written over since its tree was opened. */
int	file_check(const struct file *);

void	files_saw(struct files *, const struct file *, uint64_t off, size_t len);
bool	files_resident(struct files *, const struct file *, uint64_t off, size_t len);

/* All bytes of a segment; -EAGAIN when nowait and not in memory, -EIO when
 * the file has become shorter. */
int	file_seg_read(const struct file_seg *, void *buf, bool nowait);

#endif /* TREE_FILES_H */

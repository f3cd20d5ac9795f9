/* tree.h - release trees and the views of them that clients see.
 *
 * "Which bytes are at this path?" is answered here and nowhere else.  A
 * release tree is a directory or an ISO 9660 image that is never mounted, or
 * several of them as one, served as they are; a view is a tree with, perhaps,
 * an installation's overlay on top.
 *
 * Every function is synchronous.  With TREE_NOWAIT it never waits for a disk:
 * it gives -EAGAIN instead, and the caller runs the same call again without
 * that flag in a disk thread.  Trees, overlays and views are immutable and
 * shared between threads; the caches inside are bounded and lock for the time of a pointer
 * copy.  Ownership: a view and a node borrow from the snapshot they were
 * found in; a node holds no resource.
 *
 * Special names, present only in a view with an installation (DESIGN: claim, reports, log):
 *   /.provd/TOKEN/claim/N          NODE_CLAIM   reading it claims the installation
 *   /.provd/TOKEN/report/N-STEP-STATE[-TEXT]    NODE_REPORT  exists once it is committed
 *   /.provd/TOKEN/log              NODE_LOG     the installation's log, append only
 * The tree knows their names and shapes, and lists none of them but log; what they promise is the
 * caller's to settle (view_lookup returns the node; see nfs/ and fleet/).  `TOKEN` is not listed in /.provd.
 *
 * Errors: negative errno (-ENOENT, -ENOTDIR, -EACCES, -ENAMETOOLONG, -ESTALE
 * for a handle or an image that was replaced, -EBADCOOKIE is -EINVAL, -EIO,
 * -EOPNOTSUPP for a file compressed inside an image, -EAGAIN).
 * Layer: tree.
 */
#ifndef TREE_TREE_H
#define TREE_TREE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct overlay;
struct tree;

#define TREE_PATH_MAX	1024u	/* bytes of a path inside a view, without the NUL */
#define TREE_NAME_MAX	255u
#define TREE_DEPTH_MAX	40u	/* levels that a handle can hold */
#define TREE_CLAIM_SIZE	128u	/* of a claim file: one line, filled up with newlines */
#define TREE_NOWAIT	1u
#define TREE_PROMISES	2u	/* of view_walk(): claims and reports too */

enum tree_type { TREE_REG, TREE_DIR, TREE_LNK, TREE_BLK, TREE_CHR, TREE_SOCK, TREE_FIFO };

struct tree_time { int64_t s; uint32_t ns; };

struct tree_attr {
	enum tree_type	 type;
	uint32_t	 mode;		/* permission bits, 07777 */
	uint32_t	 nlink;		/* 1 for a directory: 2 would tell fts(3) that it has no subdirectory */
	uint32_t	 uid, gid;
	uint64_t	 size, used;
	uint32_t	 rdev_major, rdev_minor;
	uint64_t	 fsid, fileid;	/* fileid from the path: same after a restart */
	uint64_t	 dev, ino;	/* of a file in a directory of ours; 0: none */
	struct tree_time atime, mtime, ctime;
};

enum node_src { NODE_DISK, NODE_OVERLAY, NODE_VDIR, NODE_CLAIM, NODE_REPORT, NODE_LOG };

struct node {
	const struct view	*view;
	enum node_src		 src;
	struct tree_attr	 attr;
	uint16_t		 path_len;
	char			 path[TREE_PATH_MAX + 1];	/* no leading slash; "" is the root */
};

/* Shared, mutable part of an installation that clients can see: its log.
 * Only the control thread appends, after the commit. */
struct tree_log;
#define TREE_LOG_MAX	((size_t)256 << 10)
struct tree_log *tree_log_new(void);
/* Place bytes at off (gaps are zeroes); -EFBIG past TREE_LOG_MAX. Idempotent for a retransmission. */
int	tree_log_write(struct tree_log *, uint64_t off, const void *, size_t, int64_t now);
size_t	tree_log_read(struct tree_log *, uint64_t off, void *, size_t);
uint64_t tree_log_size(struct tree_log *, int64_t *ret_mtime);
struct tree_log *tree_log_ref(struct tree_log *);
void	tree_log_unref(struct tree_log *);

/* A view is filled in by its owner (fleet/snapshot.c) and only read here. */
struct view {
	const struct tree	*tree;		/* never NULL */
	const struct overlay	*overlay;	/* NULL: the plain tree */
	struct tree_log		*log;		/* NULL without an installation */
	uint32_t		 inst;		/* installation id, 0: none */
	const char		*token;		/* NULL without an installation */
	const uint8_t		*key;		/* 16 bytes, from the store: handles, file ids, cookies */
};

/* The caller's identity, AUTH_UNIX.  uid 0 reads everything. */
struct tree_cred { uint32_t uid, gid; uint32_t n_gids, gids[16]; };
extern const struct tree_cred tree_cred_root;

/* Release trees ---------------------------------------------------------- */

/* A directory, or a regular file that is an ISO 9660 image.  Its mtree(5) file
 * lies beside it, PATH.mtree. */
struct tree_source { const char *path; };
#define TREE_SOURCES_MAX	9u
/* The first source that has a name wins; directories are merged.  On failure
 * `why` is "PATH: what is wrong".  Both block. */
int	tree_open(const char *name, const struct tree_source *, size_t n,
	    struct tree **ret, char why[200]);
int	tree_probe(const struct tree_source *, char why[200]);	/* could it be opened? */
/* Are the files at the sources' paths still those that were opened? */
bool	tree_is_current(const struct tree *);
struct tree *tree_ref(struct tree *);
void	tree_unref(struct tree *);
const char *tree_name(const struct tree *);
uint32_t tree_id(const struct tree *);	/* from the name: same on every server */
/* Of a disk thread that waits for what is in a view's tree, in an open file: pool_job.lane. */
struct view_file;
unsigned view_lane(const struct view *);
unsigned view_file_lane(const struct view_file *);
size_t	tree_cached(const struct tree *);	/* bytes of directories that are remembered */
/* Walk the tree and name up to `max` files that this process cannot read (blocks; at start). */
size_t	tree_unreadable(const struct tree *, size_t max, void (*fn)(void *, const char *path), void *);

/* Nodes ------------------------------------------------------------------ */

int	view_root(const struct view *, unsigned flags, struct node *ret);
/* One component; "." and ".." work (".." of the root is the root). Search permission of dir is checked. */
int	view_lookup(const struct tree_cred *, const struct node *dir,
	    const char *name, size_t name_len, unsigned flags, struct node *ret);
/* A whole path from the root ("/a/b" or "a/b"); follow: resolves symbolic links inside the view (at most 16), the last too.
 * NODE_CLAIM and NODE_REPORT only with TREE_PROMISES. For TFTP and HTTP, where the client cannot follow links. */
int	view_walk(const struct view *, const struct tree_cred *, const char *path,
	    bool follow, unsigned flags, struct node *ret);
/* Fresh attributes of a node (the path is looked at again). */
int	view_getattr(struct node *, unsigned flags);
/* ACCESS bits of RFC 1813 (read 1, lookup 2, modify 4, extend 8, delete 0x10, execute 0x20) that the caller has. */
uint32_t view_access(const struct tree_cred *, const struct node *);
/* Up to len bytes at off; short only at the end (*eof) or NOWAIT. NODE_DISK, NODE_OVERLAY, NODE_LOG regular files; -EISDIR, -EINVAL, -EACCES. */
int	view_read(const struct tree_cred *, const struct node *, uint64_t off,
	    void *buf, size_t len, unsigned flags, size_t *ret_n, bool *ret_eof);
/* The same through a cache of open files (files.h), which may be NULL.  seg,
 * unless NULL: where seg->len bytes (perhaps more than cap) need not be copied
 * into buf, seg->file is set, a reference for the caller, and seg->len is
 * *ret_n.  Without TREE_NOWAIT buf serves to get them into memory. */
struct files;
struct file_seg;
int	view_read_held(const struct tree_cred *, const struct node *, uint64_t off,
	    void *buf, size_t cap, unsigned flags, struct files *,
	    struct file_seg *, size_t *ret_n, bool *ret_eof);
int	view_readlink(const struct node *, unsigned flags, char *buf, size_t cap, size_t *ret_len);
/* Entries after `cookie` (0: from the start, with "." and ".." first), until fn returns false.
 * Cookies are stable through restarts and changes of other entries.  attr: fill attributes (READDIRPLUS) else only type-less names. */
struct view_dirent {
	const char	*name;
	size_t		 name_len;
	uint64_t	 fileid, cookie;
	uint8_t		 level;		/* for handle_make_in() */
	const struct node *node;	/* NULL unless asked for */
};
int	view_readdir(const struct tree_cred *, const struct node *dir, uint64_t cookie, bool attr,
	    unsigned flags, bool (*fn)(void *arg, const struct view_dirent *), void *arg, bool *ret_eof);
struct view_fsstat { uint64_t bytes, bytes_free, files, files_free; };
int	view_fsstat(const struct view *, unsigned flags, struct view_fsstat *);

/* A view_read that keeps the file open between blocks, for TFTP and HTTP. */
struct view_file;
int	view_file_open(const struct tree_cred *, const struct node *, unsigned flags, struct view_file **ret);
int	view_file_read(struct view_file *, uint64_t off, void *, size_t, unsigned flags, size_t *ret_n);
/* The same through a cache of open files; it keeps the file that it got. */
int	view_file_hold(const struct tree_cred *, const struct node *, unsigned flags,
	    struct files *, struct view_file **ret);
uint64_t view_file_size(const struct view_file *);
/* A number that is another when the file is (as far as its times and place tell). */
uint64_t view_file_version(const struct view_file *, const struct node *);
/* Another number after anything was done to it, in place or by giving its name to
 * another file; *ret_written: after it was written to.  0: it is in memory. */
uint64_t view_file_state(const struct view_file *, uint64_t *ret_written);
/* Where bytes from off on lie in a row, at most len of them, in a file that is
 * held; no reference.  false: copy them. */
bool	view_file_seg(const struct view_file *, uint64_t off, uint32_t len,
	    struct file_seg *ret);
void	view_file_close(struct view_file *);

#endif /* TREE_TREE_H */

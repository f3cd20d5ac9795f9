/* warm.h - what was found at the paths of a release tree a moment ago.
 *
 * Attributes, and that there is nothing, are remembered for directories that
 * are read often, so that what is warm costs no system call: those directories
 * and all above them are watched (os_watch.h).  Only trees of one directory;
 * an image's attributes are in memory anyway.
 *
 * A change on the server is seen at once: warm_poll() has to be called after a
 * request was received and before it is answered from here; then the answer
 * is not older than the request.  What cannot be watched is
 *   - looked at each time: a file with several names (hard links);
 *   - not remembered: a directory that this process cannot list, a network file
 *     system, and everything where the system has no inotify(7) (FreeBSD), no
 *     /proc, or no watches left;
 *   - seen after WARM_AGE_MS, which nothing outlives without being looked at again:
 *     writes through a mapping that still stands, the first hard link to a file and
 *     what is written through it, file systems mounted over a directory.  Times of
 *     access are as old at most.
 *
 * What is older, up to WARM_KNOWN_MS, is looked at by one system call that does
 * not ask whether it waits for a disk: what was there is in memory, unless
 * memory is short.
 *
 * Owned by one thread, which alone may use it.  Bounded: `max` paths, and
 * max_dir directories; when these are used up, all is forgotten.
 * Layer: tree.
 */
#ifndef TREE_WARM_H
#define TREE_WARM_H

#include "handle.h"
#include "tree.h"

#define WARM_AGE_MS	3000	/* as long as clients of NFS believe attributes at least */
#define WARM_KNOWN_MS	60000
#define WARM_DIRS	512u

struct warm;

/* At most WARM_DIRS directories, each with a descriptor. */
int	warm_new(unsigned max, unsigned max_dir, struct warm **ret);
void	warm_free(struct warm *);	/* NULL is fine */
void	warm_poll(struct warm *);

/* As handle_node(), view_lookup() and view_readdir(), which are these with NULL. */
int	warm_handle_node(struct warm *, const struct view *, const void *h,
	    size_t len, unsigned flags, struct node *ret);
int	warm_lookup(struct warm *, const struct tree_cred *, const struct node *dir,
	    const char *name, size_t name_len, unsigned flags, struct node *ret);

int	warm_readdir(struct warm *, const struct tree_cred *, const struct node *dir,
	    uint64_t cookie, bool attr, unsigned flags,
	    bool (*fn)(void *arg, const struct view_dirent *), void *arg,
	    bool *ret_eof);

/* For tests: answers that were given from memory. */
uint64_t warm_hits(const struct warm *);

#endif /* TREE_WARM_H */

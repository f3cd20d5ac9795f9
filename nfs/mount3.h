/* mount3.h - the MOUNT protocol: a path becomes a handle.
 *
 * NFS needs nothing of what is kept here: the list of mounts is for people
 * (showmount -a).  It is bounded, forgets the oldest, and is shared by all
 * data threads under a lock that is held for the time of a copy.
 * Layer: nfs.  Spec: RFC 1813 appendix I; RFC 1094 appendix A for version
 * 1, which 2 extends.
 */
#ifndef NFS_MOUNT3_H
#define NFS_MOUNT3_H

#include "rpc_dispatch.h"

#define MOUNT_PROGRAM	100005u
#define MOUNT_PATH_MAX	1024u		/* MNTPATHLEN */

extern const struct rpc_version mount1_version, mount2_version, mount3_version;

#define MOUNT_LIST_MAX	256u
#define MOUNT_TEXT_MAX	128u		/* longer paths are listed cut */

struct mount_entry { uint32_t addr; char path[MOUNT_TEXT_MAX]; };

int	mount_list_new(struct mount_list **ret);
struct mount_list *mount_list_ref(struct mount_list *);
void	mount_list_unref(struct mount_list *);		/* NULL is fine */
void	mount_list_add(struct mount_list *, uint32_t addr, const char *path);
void	mount_list_del(struct mount_list *, uint32_t addr,
	    const char *path /* NULL: all of them */);
/* Up to max entries, oldest first. */
size_t	mount_list_get(struct mount_list *, struct mount_entry *, size_t max);

#endif /* NFS_MOUNT3_H */

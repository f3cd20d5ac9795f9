/* nfs_op.h - what the versions of NFS share: the work behind a procedure,
 * from a decoded handle to bytes, whatever it looks like on the wire.
 *
 * Pure but for the tree that is read: no sockets, no clock, no log.
 * Each function gives 0, a negative errno, or RPC_PROMISE; nfs_end() makes of
 * any of these what the caller has to give.  -ENOBUFS is "not now" for good:
 * no disk thread can help, the client is to ask again.
 * Ownership: nothing is allocated but a promise's data (rpc_dispatch.h);
 * texts borrow from the call.
 * Layer: nfs.  Spec: RFC 1094, RFC 1813.
 */
#ifndef NFS_NFS_OP_H
#define NFS_NFS_OP_H

#include "../tree/warm.h"
#include "nfs_err.h"
#include "rpc_dispatch.h"

#define NFS_PROGRAM	100003u
#define NFS_WRITE_MAX	(32u << 10)
#define NFS_NAME_MAX	RPC_CALL_MAX	/* fits a call: the tree says what is too long */

/* Arguments that both versions have. */
struct fh_args { struct handle fh; };
struct dirop_args { struct handle dir; struct xtext name; };
struct read_args { struct handle fh; uint64_t off; uint32_t count; };
struct sattr {
	bool		set_mode, set_uid, set_gid, set_size;
	uint32_t	mode, uid, gid;
	uint64_t	size;
	uint32_t	atime_how, mtime_how;	/* time_how: 2 is SET_TO_CLIENT_TIME */
	struct tree_time atime, mtime;
};
/* CREATE, MKDIR, SYMLINK, MKNOD, REMOVE, RMDIR, RENAME, LINK: all refused, so
 * only the objects that the reply describes are kept. */
struct change_args { struct handle dir, dir2; };

struct getattr_res { uint32_t status; struct tree_attr attr; };

/* nfs_op.c ------------------------------------------------------------------ */

/* The object that a handle names, if this caller may see its view. */
int	nfs_node(struct rpc_ctx *, const struct handle *, struct node *ret);
/* How to go on: an enum rpc_result; with RPC_DONE *ret_status is to be sent. */
int	nfs_end(const struct rpc_ctx *, int r, uint32_t *ret_status);
/* A name in dir; a report's waits for its commit. */
int	nfs_lookup(struct rpc_ctx *, const struct node *dir,
	    const struct xtext *name, struct node *ret);
/* The target of a link, read to its place: cap bytes at `at`. */
int	nfs_readlink(const struct rpc_ctx *, const struct node *, uint8_t *at,
	    size_t cap, struct xtext *ret);
void	nfs_event(struct rpc_ctx *, enum event_kind, const struct node *,
	    uint64_t done);
/* An operating system begins to use its root. */
void	nfs_tell_root(struct rpc_ctx *, const struct node *);
/* Fill c->promise: RPC_PROMISE. */
int	nfs_promise(struct rpc_ctx *, enum promise_kind, const struct node *);

/* nfs_op_read.c: READ, and the claim that is made by it.  As many as count
 * bytes in c->seg, or cap of them at their place; what is less is the end, or
 * all that is in memory. */
int	nfs_read(struct rpc_ctx *, const struct node *, uint64_t off,
	    uint32_t count, uint8_t *at, uint32_t cap, struct xtext *ret,
	    bool *ret_eof);

/* nfs_op_write.c: WRITE and SETATTR, for the installation's log alone.
 * *ret_n: how many were written, unless all or nothing is asked for. */
int	nfs_write(struct rpc_ctx *, const struct node *, uint64_t off,
	    const struct xtext *data, bool all, uint32_t *ret_n);
int	nfs_setattr(const struct node *, const struct sattr *);

#endif /* NFS_NFS_OP_H */

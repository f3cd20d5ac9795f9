/* nfs2.h - NFS version 2: arguments, results, and the procedures on them.
 *
 * For loaders and kernels from before version 3 (FreeBSD's of 4.x to 7.x,
 * U-Boot).  The same trees, views, handles, claims, reports and log; what
 * differs is how little the wire has room for:
 *   handles are 32 bytes (handle_make_short());
 *   file and file system ids are 32 bits: both halves of ours, combined;
 *   sizes are 32 bits: a larger file shows 4 GiB - 1, and reading any of it
 *   is refused, so that nobody takes a part for the whole;
 *   READ has no sign for the end of the file, so it is never short but there;
 *   READDIR has cookies of 32 bits (nfs2_cookie());
 *   there is no status for "later": silence makes the client ask again.
 * Pure as nfs_op.h.  Ownership: nothing is allocated; texts borrow from the
 * call or stand in the reply already (xdr.h).
 * Layer: nfs.  Spec: RFC 1094.
 */
#ifndef NFS_NFS2_H
#define NFS_NFS2_H

#include "nfs_op.h"

#define NFS2_DATA_MAX	8192u	/* NFS_MAXDATA */
#define NFS2_PATH_MAX	1024u	/* NFS_MAXPATHLEN */
#define NFS2_ATTR_SIZE	68u	/* fattr on the wire */

struct nfs2_write_args { struct handle fh; uint32_t off; struct xtext data; };
struct nfs2_readdir_args { struct handle fh; uint32_t cookie, count; };
struct nfs2_setattr_args { struct handle fh; struct sattr attr; };

struct nfs2_status_res { uint32_t status; };
struct nfs2_lookup_res { uint32_t status; struct handle fh; struct tree_attr attr; };
struct nfs2_readlink_res { uint32_t status; struct xtext target; };
struct nfs2_read_res { uint32_t status; struct tree_attr attr; struct xtext data; };
struct nfs2_readdir_res {
	uint32_t	status;
	size_t		entries;	/* bytes of them, in place */
	bool		eof;
};
struct nfs2_statfs_res { uint32_t status, bsize, blocks, free; };

/* The table, RFC 1094 section 2.2 (nfs2.c). */
extern const struct rpc_version nfs2_version;

/* A file id or file system id in 32 bits; never 0. */
uint32_t nfs2_id(uint64_t);

/* The cookie of a directory's entry whose 64-bit cookie is `cookie`, when
 * `last` is that of the entry before it, in the order of cookies: the upper
 * half, or, where names share it, the numbers that follow.  So it needs no
 * table, is the same after a restart, and grows from entry to entry. */
uint32_t nfs2_cookie(uint64_t cookie, uint32_t last);
/* From where to count again to find who has the cookies after this one. */
uint64_t nfs2_cookie_before(uint32_t);

/* Procedures with files of their own. */
int	nfs2_readdir(struct rpc_ctx *, const void *, void *);	/* nfs2_readdir.c */
/* As nfs_end(), in the words of version 2. */
int	nfs2_end(const struct rpc_ctx *, int r, uint32_t *ret_status);

/* Codec (nfs2_xdr.c): arguments are decoded, results encoded. --------------- */

bool	nfs2_xdr_fh(XDR *, struct handle *);
bool	nfs2_xdr_fh_args(XDR *, void *);
bool	nfs2_xdr_setattr_args(XDR *, void *);
bool	nfs2_xdr_dirop_args(XDR *, void *);
bool	nfs2_xdr_read_args(XDR *, void *);
bool	nfs2_xdr_write_args(XDR *, void *);
bool	nfs2_xdr_readdir_args(XDR *, void *);
/* struct change_args */
bool	nfs2_xdr_create_args(XDR *, void *);
bool	nfs2_xdr_remove_args(XDR *, void *);
bool	nfs2_xdr_rename_args(XDR *, void *);
bool	nfs2_xdr_link_args(XDR *, void *);
bool	nfs2_xdr_symlink_args(XDR *, void *);

bool	nfs2_xdr_status_res(XDR *, void *);
bool	nfs2_xdr_attr_res(XDR *, void *);	/* struct getattr_res */
bool	nfs2_xdr_lookup_res(XDR *, void *);
bool	nfs2_xdr_readlink_res(XDR *, void *);
bool	nfs2_xdr_read_res(XDR *, void *);
bool	nfs2_xdr_readdir_res(XDR *, void *);
bool	nfs2_xdr_statfs_res(XDR *, void *);

#endif /* NFS_NFS2_H */

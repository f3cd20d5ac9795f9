/* nfs3.h - NFS version 3: arguments, results, and the procedures on them.
 *
 * The procedures are pure but for the tree they read: no sockets, no clock,
 * no log.  Each gives an enum rpc_result and fills its results.
 * Post-op attributes are sent whenever the object is known: FreeBSD's loader
 * reads replies at fixed offsets.
 * Ownership: nothing is allocated; texts borrow from the call or stand in
 * the reply already (xdr.h).
 * Layer: nfs.  Spec: RFC 1813.
 */
#ifndef NFS_NFS3_H
#define NFS_NFS3_H

#include "../lib/wire.h"
#include "nfs_op.h"

#define NFS3_VERF	8u	/* NFS3_COOKIEVERFSIZE, NFS3_WRITEVERFSIZE */
#define NFS3_ATTR_SIZE	84u	/* fattr3 on the wire */
#define NFS3_POST_OP	(4u + NFS3_ATTR_SIZE)

enum { UNSTABLE, DATA_SYNC, FILE_SYNC };		/* stable_how */
enum { UNCHECKED, GUARDED, EXCLUSIVE };			/* createmode3 */
enum {							/* ACCESS3_* */
	ACCESS3_READ = 0x01, ACCESS3_LOOKUP = 0x02, ACCESS3_MODIFY = 0x04,
	ACCESS3_EXTEND = 0x08, ACCESS3_DELETE = 0x10, ACCESS3_EXECUTE = 0x20
};

struct post_op { bool there; struct tree_attr attr; };
struct wcc {
	bool		 pre;
	uint64_t	 size;		/* before */
	struct tree_time mtime, ctime;
	struct post_op	 post;
};

/* Arguments (more are in nfs_op.h) ------------------------------------------- */

struct access_args { struct handle fh; uint32_t want; };
struct write_args {
	struct handle	fh;
	uint64_t	off;
	uint32_t	count, stable;
	struct xtext	data;
};
struct readdir_args {
	struct handle	fh;
	uint64_t	cookie;
	uint8_t		verf[NFS3_VERF];
	uint32_t	dircount, maxcount;	/* READDIR: maxcount alone */
};
struct setattr_args {
	struct handle	 fh;
	struct sattr	 attr;
	bool		 guard;
	struct tree_time ctime;
};
struct commit_args { struct handle fh; uint64_t off; uint32_t count; };

/* Results ----------------------------------------------------------------- */

struct access_res { uint32_t status; struct post_op obj; uint32_t access; };
struct lookup_res {
	uint32_t	status;
	struct handle	fh;
	struct post_op	obj, dir;
};
struct readlink_res { uint32_t status; struct post_op obj; struct xtext target; };
struct read_res {
	uint32_t	status;
	struct post_op	obj;
	bool		eof;
	struct xtext	data;
};
struct readdir_res {
	uint32_t	status;
	struct post_op	dir;
	uint8_t		verf[NFS3_VERF];
	size_t		entries;	/* bytes of them, in place */
	bool		eof;
};
struct fsstat_res { uint32_t status; struct post_op obj; struct view_fsstat st; };
struct fsinfo_res {
	uint32_t	status;
	struct post_op	obj;
	uint32_t	rtmax, rtpref, rtmult, wtmax, wtpref, wtmult, dtpref;
	uint64_t	maxfilesize;
	struct tree_time delta;
	uint32_t	properties;
};
struct pathconf_res {
	uint32_t	status;
	struct post_op	obj;
	uint32_t	linkmax, name_max;
	bool		no_trunc, chown_restricted, case_insensitive, case_preserving;
};
struct wcc_res { uint32_t status; struct wcc wcc; };
struct rename_res { uint32_t status; struct wcc from, to; };
struct link_res { uint32_t status; struct post_op obj; struct wcc dir; };
struct write_res {
	uint32_t	status;
	struct wcc	wcc;
	uint32_t	count, stable;
	uint8_t		verf[NFS3_VERF];
};
struct commit_res { uint32_t status; struct wcc wcc; uint8_t verf[NFS3_VERF]; };

/* The table, RFC 1813 section 3.3 (nfs3.c). */
extern const struct rpc_version nfs3_version;

/* Codec (nfs3_xdr.c, nfs3_xdr_res.c); each works both ways. ---------------- */

bool	nfs3_xdr_post_op(XDR *, struct post_op *);
bool	nfs3_xdr_wcc(XDR *, struct wcc *);
bool	nfs3_xdr_fattr(XDR *, struct tree_attr *);
void	nfs3_put_fattr(struct wr *, const struct tree_attr *);

bool	nfs3_xdr_fh_args(XDR *, void *);
bool	nfs3_xdr_dirop_args(XDR *, void *);
bool	nfs3_xdr_access_args(XDR *, void *);
bool	nfs3_xdr_read_args(XDR *, void *);
bool	nfs3_xdr_write_args(XDR *, void *);
bool	nfs3_xdr_readdir_args(XDR *, void *);
bool	nfs3_xdr_readdirplus_args(XDR *, void *);
bool	nfs3_xdr_setattr_args(XDR *, void *);
bool	nfs3_xdr_commit_args(XDR *, void *);
/* Decode only: struct change_args. */
bool	nfs3_xdr_create_args(XDR *, void *);
bool	nfs3_xdr_mkdir_args(XDR *, void *);
bool	nfs3_xdr_symlink_args(XDR *, void *);
bool	nfs3_xdr_mknod_args(XDR *, void *);
bool	nfs3_xdr_remove_args(XDR *, void *);
bool	nfs3_xdr_rename_args(XDR *, void *);
bool	nfs3_xdr_link_args(XDR *, void *);

bool	nfs3_xdr_getattr_res(XDR *, void *);
bool	nfs3_xdr_access_res(XDR *, void *);
bool	nfs3_xdr_lookup_res(XDR *, void *);
bool	nfs3_xdr_readlink_res(XDR *, void *);
bool	nfs3_xdr_read_res(XDR *, void *);
bool	nfs3_xdr_readdir_res(XDR *, void *);	/* encode only */
bool	nfs3_xdr_fsstat_res(XDR *, void *);
bool	nfs3_xdr_fsinfo_res(XDR *, void *);
bool	nfs3_xdr_pathconf_res(XDR *, void *);
bool	nfs3_xdr_wcc_res(XDR *, void *);
bool	nfs3_xdr_rename_res(XDR *, void *);
bool	nfs3_xdr_link_res(XDR *, void *);
bool	nfs3_xdr_write_res(XDR *, void *);
bool	nfs3_xdr_commit_res(XDR *, void *);

/* Procedures --------------------------------------------------------------- */

int	nfs3_getattr(struct rpc_ctx *, const void *, void *);	/* nfs3_attr.c */
int	nfs3_access(struct rpc_ctx *, const void *, void *);
int	nfs3_fsstat(struct rpc_ctx *, const void *, void *);
int	nfs3_fsinfo(struct rpc_ctx *, const void *, void *);
int	nfs3_pathconf(struct rpc_ctx *, const void *, void *);
int	nfs3_lookup(struct rpc_ctx *, const void *, void *);	/* nfs3_lookup.c */
int	nfs3_readlink(struct rpc_ctx *, const void *, void *);
int	nfs3_read(struct rpc_ctx *, const void *, void *);	/* nfs3_read.c */
int	nfs3_readdir(struct rpc_ctx *, const void *, void *);	/* nfs3_readdir.c */
int	nfs3_readdirplus(struct rpc_ctx *, const void *, void *);
int	nfs3_change(struct rpc_ctx *, const void *, void *);	/* nfs3_rofs.c */
int	nfs3_rename(struct rpc_ctx *, const void *, void *);
int	nfs3_link(struct rpc_ctx *, const void *, void *);
int	nfs3_setattr(struct rpc_ctx *, const void *, void *);	/* nfs3_write.c */
int	nfs3_write(struct rpc_ctx *, const void *, void *);
int	nfs3_commit(struct rpc_ctx *, const void *, void *);

/* What they share (nfs3.c) -------------------------------------------------- */

/* The attributes of an object alone: absent on any failure. */
int	nfs3_post_op(struct rpc_ctx *, const struct handle *, struct post_op *);
void	nfs3_know(struct post_op *, const struct node *);
void	nfs3_wcc(struct wcc *, const struct node *);	/* nothing changed */

#endif /* NFS_NFS3_H */

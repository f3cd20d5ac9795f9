/* nfs3_attr.c - GETATTR, ACCESS, FSSTAT, FSINFO, PATHCONF. */
#include <stdint.h>

#include "nfs3.h"

#define RT_TCP		RPC_SEG_MAX
#define RT_UDP		(32u << 10)
#define RT_UDP_PREF	(8u << 10)	/* few IP fragments: one lost loses all */
#define LINK_MAX3	32000u

/* properties, FSF3_*; times cannot be set here */
#define FSF3_LINK		0x01u
#define FSF3_SYMLINK		0x02u
#define FSF3_HOMOGENEOUS	0x08u

int
nfs3_getattr(struct rpc_ctx *c, const void *args, void *ret)
{
	const struct fh_args *a = args;
	struct getattr_res *res = ret;
	struct node node;
	int r;

	r = nfs_node(c, &a->fh, &node);
	if (r == 0) {
		res->attr = node.attr;
		nfs_tell_root(c, &node);
	}
	return nfs_end(c, r, &res->status);
}

int
nfs3_access(struct rpc_ctx *c, const void *args, void *ret)
{
	const struct access_args *a = args;
	struct access_res *res = ret;
	struct node node;
	int r;

	r = nfs_node(c, &a->fh, &node);
	if (r == 0) {
		nfs3_know(&res->obj, &node);
		res->access = a->want & view_access(&c->cred, &node);
	}
	return nfs_end(c, r, &res->status);
}

int
nfs3_fsstat(struct rpc_ctx *c, const void *args, void *ret)
{
	const struct fh_args *a = args;
	struct fsstat_res *res = ret;
	struct node node;
	int r;

	r = nfs_node(c, &a->fh, &node);
	if (r == 0) {
		nfs3_know(&res->obj, &node);
		r = view_fsstat(node.view, c->flags, &res->st);
	}
	return nfs_end(c, r, &res->status);
}

int
nfs3_fsinfo(struct rpc_ctx *c, const void *args, void *ret)
{
	const struct fh_args *a = args;
	struct fsinfo_res *res = ret;
	struct node node;
	int r;

	r = nfs_node(c, &a->fh, &node);
	if (r < 0)
		return nfs_end(c, r, &res->status);
	nfs3_know(&res->obj, &node);
	nfs_tell_root(c, &node);
	res->rtmax = c->tcp ? RT_TCP : RT_UDP;
	res->rtpref = c->tcp ? RT_TCP : RT_UDP_PREF;
	res->rtmult = 512;
	res->wtmax = res->wtpref = NFS_WRITE_MAX;
	res->wtmult = 512;
	res->dtpref = c->tcp ? 32u << 10 : 8u << 10;
	res->maxfilesize = INT64_MAX;
	res->delta = (struct tree_time){ .ns = 1 };
	res->properties = FSF3_LINK | FSF3_SYMLINK | FSF3_HOMOGENEOUS;
	return nfs_end(c, 0, &res->status);
}

int
nfs3_pathconf(struct rpc_ctx *c, const void *args, void *ret)
{
	const struct fh_args *a = args;
	struct pathconf_res *res = ret;
	int r;

	r = nfs3_post_op(c, &a->fh, &res->obj);
	res->linkmax = LINK_MAX3;
	res->name_max = TREE_NAME_MAX;
	res->no_trunc = res->chown_restricted = res->case_preserving = true;
	return nfs_end(c, r, &res->status);
}

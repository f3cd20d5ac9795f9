/* nfs3_lookup.c - LOOKUP, READLINK. */
#include "nfs3.h"

int
nfs3_lookup(struct rpc_ctx *c, const void *args, void *ret)
{
	const struct dirop_args *a = args;
	struct lookup_res *res = ret;
	struct node dir, node;
	int r;

	r = nfs_node(c, &a->dir, &dir);
	if (r < 0)
		return nfs_end(c, r, &res->status);
	nfs3_know(&res->dir, &dir);
	r = nfs_lookup(c, &dir, &a->name, &node);
	if (r == 0)
		r = handle_make(&node, &res->fh);
	if (r == 0)
		nfs3_know(&res->obj, &node);
	return nfs_end(c, r, &res->status);
}

int
nfs3_readlink(struct rpc_ctx *c, const void *args, void *ret)
{
	const struct fh_args *a = args;
	struct readlink_res *res = ret;
	/* status, attributes, length */
	size_t at = 4 + NFS3_POST_OP + 4;
	struct node node;
	int r;

	r = nfs_node(c, &a->fh, &node);
	if (r < 0)
		return nfs_end(c, r, &res->status);
	nfs3_know(&res->obj, &node);
	r = nfs_readlink(c, &node, c->res + at, c->res_cap - at, &res->target);
	return nfs_end(c, r, &res->status);
}

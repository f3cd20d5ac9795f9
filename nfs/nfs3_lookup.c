/* nfs3_lookup.c - LOOKUP, READLINK.
 *
 * Looking up a report's name is how an install script reports: the name
 * exists once the report is committed, so the answer waits for the commit.
 */
#include <errno.h>

#include "nfs3.h"

/* The handle is made only when this says 0: a valid handle of a report
 * proves that it was committed. */
static int
settle_report(const struct rpc_ctx *c)
{
	switch (c->promise.result) {
	case 0:
		return 0;
	case -EPERM:		/* refused for good */
		return -ENOENT;
	default:
		return -EAGAIN;
	}
}

int
nfs3_lookup(struct rpc_ctx *c, const void *args, void *ret)
{
	const struct dirop_args *a = args;
	struct lookup_res *res = ret;
	struct node dir, node;
	int r;

	r = nfs3_node(c, &a->dir, &dir);
	if (r < 0)
		return nfs3_end(c, r, &res->status);
	nfs3_know(&res->dir, &dir);
	r = view_lookup(&c->cred, &dir, (const char *)a->name.p, a->name.len,
	    c->flags, &node);
	if (r == 0 && node.src == NODE_REPORT) {
		if (!c->settled)
			return nfs3_promise(c, PROMISE_REPORT, &node);
		r = settle_report(c);
		if (r == -EAGAIN)
			return nfs3_later(c, &res->status);
	}
	if (r == 0)
		r = handle_make(&node, &res->fh);
	if (r == 0)
		nfs3_know(&res->obj, &node);
	return nfs3_end(c, r, &res->status);
}

int
nfs3_readlink(struct rpc_ctx *c, const void *args, void *ret)
{
	const struct fh_args *a = args;
	struct readlink_res *res = ret;
	/* status, attributes, length */
	size_t at = 4 + NFS3_POST_OP + 4, len = 0;
	struct node node;
	int r;

	r = nfs3_node(c, &a->fh, &node);
	if (r < 0)
		return nfs3_end(c, r, &res->status);
	nfs3_know(&res->obj, &node);
	if (node.attr.type != TREE_LNK)
		return nfs3_end(c, -EINVAL, &res->status);
	r = view_readlink(&node, c->flags, (char *)c->res + at,
	    c->res_cap - at, &len);
	res->target.p = c->res + at;
	res->target.len = (uint32_t)len;
	return nfs3_end(c, r, &res->status);
}

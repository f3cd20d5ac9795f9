/* nfs3_write.c - WRITE, COMMIT, SETATTR: for the installation's log alone.
 *
 * A write is answered FILE_SYNC, so there is never anything left for COMMIT,
 * and one verifier does for ever.
 */
#include <errno.h>
#include <string.h>

#include "nfs3.h"

static const uint8_t write_verf[NFS3_VERF] = "provdlog";

int
nfs3_write(struct rpc_ctx *c, const void *args, void *ret)
{
	const struct write_args *a = args;
	struct xtext data = { .p = a->data.p, .len = a->count };
	struct write_res *res = ret;
	struct node node;
	int r;

	r = nfs_node(c, &a->fh, &node);
	if (r < 0)
		return nfs_end(c, r, &res->status);
	nfs3_wcc(&res->wcc, &node);
	/* others may have written to the log meanwhile */
	res->wcc.pre = node.src != NODE_LOG;
	res->stable = FILE_SYNC;
	memcpy(res->verf, write_verf, NFS3_VERF);
	if (node.src == NODE_LOG && a->data.len < a->count)
		r = -EINVAL;
	else
		r = nfs_write(c, &node, a->off, &data, false, &res->count);
	return nfs_end(c, r, &res->status);
}

int
nfs3_commit(struct rpc_ctx *c, const void *args, void *ret)
{
	const struct commit_args *a = args;
	struct commit_res *res = ret;
	struct node node;
	int r;

	r = nfs_node(c, &a->fh, &node);
	if (r == 0) {
		nfs3_wcc(&res->wcc, &node);
		memcpy(res->verf, write_verf, NFS3_VERF);
	}
	return nfs_end(c, r, &res->status);
}

static bool
time_equal(struct tree_time a, struct tree_time b)
{
	return (uint32_t)a.s == (uint32_t)b.s && a.ns == b.ns;
}

int
nfs3_setattr(struct rpc_ctx *c, const void *args, void *ret)
{
	const struct setattr_args *a = args;
	struct wcc_res *res = ret;
	struct node node;
	int r;

	r = nfs_node(c, &a->fh, &node);
	if (r < 0)
		return nfs_end(c, r, &res->status);
	nfs3_wcc(&res->wcc, &node);
	if (node.src == NODE_LOG && a->guard &&
	    !time_equal(a->ctime, node.attr.ctime)) {
		res->status = NFS3ERR_NOT_SYNC;
		return RPC_DONE;
	}
	return nfs_end(c, nfs_setattr(&node, &a->attr), &res->status);
}

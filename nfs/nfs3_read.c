/* nfs3_read.c - READ. */
#include "nfs3.h"

/* status, attributes, count, eof, length of the data */
#define DATA_AT		(4 + NFS3_POST_OP + 4 + 4 + 4)

static uint32_t
min_u32(uint32_t a, size_t b)
{
	return b < a ? (uint32_t)b : a;
}

int
nfs3_read(struct rpc_ctx *c, const void *args, void *ret)
{
	const struct read_args *a = args;
	struct read_res *res = ret;
	struct node node;
	uint32_t cap;
	int r;

	r = nfs_node(c, &a->fh, &node);
	if (r < 0)
		return nfs_end(c, r, &res->status);
	nfs3_know(&res->obj, &node);
	cap = min_u32(RPC_DATA_MAX, (c->res_cap - DATA_AT) & ~(size_t)3);
	r = nfs_read(c, &node, a->off, min_u32(a->count, RPC_SEG_MAX),
	    c->res + DATA_AT, cap, &res->data, &res->eof);
	return nfs_end(c, r, &res->status);
}

/* nfs3_write.c - WRITE, COMMIT, SETATTR: for the installation's log alone.
 *
 * A write keeps its offset, so a retransmission changes nothing.  It is
 * answered FILE_SYNC, after the control thread has committed it; so there is
 * never anything left for COMMIT, and one verifier does for ever.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "nfs3.h"

static const uint8_t write_verf[NFS3_VERF] = "provdlog";

/* Hand the bytes to the control thread. */
static int
promise_write(struct rpc_ctx *c, const struct write_args *a, uint32_t n,
    const struct node *node)
{
	uint8_t *copy;

	copy = malloc(n);
	if (copy == NULL)
		return -ENOMEM;
	memcpy(copy, a->data.p, n);
	(void)nfs3_promise(c, PROMISE_LOG, node);
	c->promise.off = a->off;
	c->promise.data = copy;
	c->promise.len = n;
	return RPC_PROMISE;
}

/* What became of it.  No step depends on the log, so a client is not left
 * waiting for a disk that is full. */
static int
settle_write(const struct promise *p)
{
	switch (p->result) {
	case -EPERM:		/* the installation has ended */
		return -EROFS;
	case -ENOBUFS:		/* the control thread is behind */
		return -EAGAIN;
	default:
		return p->result;
	}
}

static int
write_log(struct rpc_ctx *c, const struct write_args *a,
    const struct node *node, struct write_res *res)
{
	uint32_t n = a->count < NFS3_WRITE_MAX ? a->count : NFS3_WRITE_MAX;
	int r = 0;

	if (a->data.len < a->count)
		return -EINVAL;
	if (n > 0 && a->off >= TREE_LOG_MAX)
		return -EFBIG;
	if (n > TREE_LOG_MAX - a->off)
		n = (uint32_t)(TREE_LOG_MAX - a->off);
	if (n > 0 && !c->settled)
		return promise_write(c, a, n, node);
	if (n > 0)
		r = settle_write(&c->promise);
	res->count = n;
	res->stable = FILE_SYNC;
	memcpy(res->verf, write_verf, NFS3_VERF);
	return r;
}

int
nfs3_write(struct rpc_ctx *c, const void *args, void *ret)
{
	const struct write_args *a = args;
	struct write_res *res = ret;
	struct node node;
	int r;

	r = nfs3_node(c, &a->fh, &node);
	if (r < 0)
		return nfs3_end(c, r, &res->status);
	nfs3_wcc(&res->wcc, &node);
	if (node.src != NODE_LOG)
		return nfs3_end(c, -EROFS, &res->status);
	r = write_log(c, a, &node, res);
	if (r == RPC_PROMISE)
		return r;
	res->wcc.pre = false;	/* others may have written meanwhile */
	if (r == -EAGAIN)
		return nfs3_later(c, &res->status);
	return nfs3_end(c, r, &res->status);
}

int
nfs3_commit(struct rpc_ctx *c, const void *args, void *ret)
{
	const struct commit_args *a = args;
	struct commit_res *res = ret;
	struct node node;
	int r;

	r = nfs3_node(c, &a->fh, &node);
	if (r == 0) {
		nfs3_wcc(&res->wcc, &node);
		memcpy(res->verf, write_verf, NFS3_VERF);
	}
	return nfs3_end(c, r, &res->status);
}

static bool
time_equal(struct tree_time a, struct tree_time b)
{
	return (uint32_t)a.s == (uint32_t)b.s && a.ns == b.ns;
}

/* Clients set times around their writes; that is well and does nothing.  The
 * log grows only, and belongs to nobody else. */
static int
setattr_log(const struct setattr_args *a, const struct node *node)
{
	if (a->attr.set_mode || a->attr.set_uid || a->attr.set_gid)
		return -EPERM;
	if (a->attr.set_size && a->attr.size != node->attr.size)
		return -EPERM;
	return 0;
}

int
nfs3_setattr(struct rpc_ctx *c, const void *args, void *ret)
{
	const struct setattr_args *a = args;
	struct wcc_res *res = ret;
	struct node node;
	int r;

	r = nfs3_node(c, &a->fh, &node);
	if (r < 0)
		return nfs3_end(c, r, &res->status);
	nfs3_wcc(&res->wcc, &node);
	if (node.src != NODE_LOG)
		return nfs3_end(c, -EROFS, &res->status);
	if (a->guard && !time_equal(a->ctime, node.attr.ctime)) {
		res->status = NFS3ERR_NOT_SYNC;
		return RPC_DONE;
	}
	return nfs3_end(c, setattr_log(a, &node), &res->status);
}

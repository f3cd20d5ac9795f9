/* nfs_op_write.c - WRITE and SETATTR: for the installation's log alone.
 *
 * A write keeps its offset, so a retransmission changes nothing.  It is
 * answered after the control thread has committed it.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "nfs_op.h"

/* Hand the bytes to the control thread. */
static int
promise_write(struct rpc_ctx *c, const struct node *node, uint64_t off,
    const uint8_t *data, uint32_t n)
{
	uint8_t *copy;

	copy = malloc(n);
	if (copy == NULL)
		return -ENOMEM;
	memcpy(copy, data, n);
	(void)nfs_promise(c, PROMISE_LOG, node);
	c->promise.off = off;
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
	case -EAGAIN:		/* a disk thread can't help */
		return -ENOBUFS;
	default:
		return p->result <= 0 ? p->result : -EIO;
	}
}

int
nfs_write(struct rpc_ctx *c, const struct node *node, uint64_t off,
    const struct xtext *data, bool all, uint32_t *ret_n)
{
	uint32_t n = data->len < NFS_WRITE_MAX ? data->len : NFS_WRITE_MAX;

	*ret_n = 0;
	if (node->src != NODE_LOG)
		return -EROFS;
	if (n == 0)
		return 0;
	if (off >= TREE_LOG_MAX || (all && n > TREE_LOG_MAX - off))
		return -EFBIG;
	if (n > TREE_LOG_MAX - off)
		n = (uint32_t)(TREE_LOG_MAX - off);
	if (!c->settled)
		return promise_write(c, node, off, data->p, n);
	*ret_n = n;
	return settle_write(&c->promise);
}

/* Clients set times around their writes; that is well and does nothing.  The
 * log grows only, and belongs to nobody else. */
int
nfs_setattr(const struct node *node, const struct sattr *a)
{
	if (node->src != NODE_LOG)
		return -EROFS;
	if (a->set_mode || a->set_uid || a->set_gid)
		return -EPERM;
	if (a->set_size && a->size != node->attr.size)
		return -EPERM;
	return 0;
}

/* nfs_op_read.c - READ, and the claim that is made by it.
 *
 * File data is read straight to its place in the reply, or not at all: the
 * connection sends it behind the reply (ctx->seg).
 */
#include <errno.h>
#include <string.h>

#include "nfs_op.h"

#define BIG_FILE	(256u << 10)	/* from here on progress is told */

static int
read_claim(struct rpc_ctx *c, const struct node *node, uint64_t off,
    uint32_t count, uint8_t *at, size_t *ret_n, bool *ret_eof)
{
	char text[TREE_CLAIM_SIZE];

	*ret_eof = off >= sizeof(text);
	if (count == 0 || *ret_eof)
		return 0;
	if (!c->settled)
		return nfs_promise(c, PROMISE_CLAIM, node);
	if (c->promise.result != 0 && c->promise.result != -EPERM)
		return -ENOBUFS;
	promise_claim_text(&c->promise, text);
	*ret_n = sizeof(text) - (size_t)off;
	if (count < *ret_n)
		*ret_n = count;
	memcpy(at, text + off, *ret_n);
	*ret_eof = off + *ret_n == sizeof(text);
	return 0;
}

static int
read_file(struct rpc_ctx *c, const struct node *node, uint64_t off,
    uint32_t count, uint8_t *at, uint32_t cap, size_t *ret_n, bool *ret_eof)
{
	/* When nobody could help, a part is better than "later". */
	bool seg = c->may_seg && !c->busy;
	int r;

	/* RFC 1813 3.3.6: past the end is no error. */
	*ret_eof = off > INT64_MAX || node->src == NODE_REPORT;
	if (*ret_eof)
		return 0;
	cap = count < cap ? count : cap;
	c->seg.len = count;
	r = view_read_held(&c->cred, node, off, at, cap, c->flags, c->files,
	    seg ? &c->seg : NULL, ret_n, ret_eof);
	if (r == 0 && *ret_n < cap && !*ret_eof && !c->busy &&
	    (c->flags & TREE_NOWAIT))
		r = -EAGAIN;	/* the rest is not in memory */
	if (r == 0 && node->attr.size >= BIG_FILE)
		nfs_event(c, EV_PROGRESS, node, off + *ret_n);
	return r;
}

int
nfs_read(struct rpc_ctx *c, const struct node *node, uint64_t off,
    uint32_t count, uint8_t *at, uint32_t cap, struct xtext *ret, bool *ret_eof)
{
	size_t n = 0;
	int r;

	if (node->attr.type != TREE_REG)
		return node->attr.type == TREE_DIR ? -EISDIR : -EINVAL;
	if (node->src == NODE_CLAIM)
		r = read_claim(c, node, off, count, at, &n, ret_eof);
	else
		r = read_file(c, node, off, count, at, cap, &n, ret_eof);
	if (r != 0 || c->seg.file == NULL)
		rpc_drop_seg(c);
	*ret = (struct xtext){ .p = c->seg.file != NULL ? NULL : at,
	    .len = (uint32_t)n };
	return r;
}

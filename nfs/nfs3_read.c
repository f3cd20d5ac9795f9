/* nfs3_read.c - READ, and the claim that is made by it.
 *
 * File data is read straight to its place in the reply.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "nfs3.h"

#define BIG_FILE	(256u << 10)	/* from here on progress is told */

/* status, attributes, count, eof, length of the data */
#define DATA_AT		(4 + NFS3_POST_OP + 4 + 4 + 4)

static uint32_t
min_u32(uint32_t a, size_t b)
{
	return b < a ? (uint32_t)b : a;
}

static void
give(struct rpc_ctx *c, struct read_res *res, size_t n, bool eof)
{
	res->data.p = c->res + DATA_AT;
	res->data.len = (uint32_t)n;
	res->eof = eof;
}

/* One line of a constant size: "go", or why not.  Anything but a committed
 * "go" stops the script. */
static void
claim_text(const struct promise *p, char text[TREE_CLAIM_SIZE])
{
	int n;

	memset(text, '\n', TREE_CLAIM_SIZE);
	if (p->result == 0) {
		memcpy(text, "go", 2);
		return;
	}
	n = snprintf(text, TREE_CLAIM_SIZE, "refused: %.100s", p->text);
	for (int i = 0; i < n; i++)
		if (text[i] < ' ')
			text[i] = ' ';
	text[n] = '\n';
}

static int
read_claim(struct rpc_ctx *c, const struct read_args *a,
    const struct node *node, uint32_t count, struct read_res *res)
{
	char text[TREE_CLAIM_SIZE];
	size_t n;

	if (count == 0 || a->off >= sizeof(text)) {
		give(c, res, 0, a->off >= sizeof(text));
		return nfs3_end(c, 0, &res->status);
	}
	if (!c->settled)
		return nfs3_promise(c, PROMISE_CLAIM, node);
	if (c->promise.result != 0 && c->promise.result != -EPERM)
		return nfs3_later(c, &res->status);
	claim_text(&c->promise, text);
	n = min_u32(count, sizeof(text) - (size_t)a->off);
	memcpy(c->res + DATA_AT, text + a->off, n);
	give(c, res, n, a->off + n == sizeof(text));
	return nfs3_end(c, 0, &res->status);
}

static int
read_file(struct rpc_ctx *c, const struct read_args *a,
    const struct node *node, uint32_t count, struct read_res *res)
{
	bool eof = false;
	size_t n = 0;
	int r;

	/* RFC 1813 3.3.6: past the end is no error. */
	if (a->off > INT64_MAX || node->src == NODE_REPORT) {
		give(c, res, 0, true);
		return nfs3_end(c, 0, &res->status);
	}
	r = view_read(&c->cred, node, a->off, c->res + DATA_AT, count,
	    c->flags, &n, &eof);
	if (r == 0 && n < count && !eof && !c->busy && (c->flags & TREE_NOWAIT))
		r = -EAGAIN;	/* the rest is not in memory */
	if (r == 0) {
		give(c, res, n, eof);
		if (node->attr.size >= BIG_FILE)
			nfs3_event(c, EV_PROGRESS, node, a->off + n);
	}
	return nfs3_end(c, r, &res->status);
}

int
nfs3_read(struct rpc_ctx *c, const void *args, void *ret)
{
	const struct read_args *a = args;
	struct read_res *res = ret;
	struct node node;
	uint32_t count;
	int r;

	r = nfs3_node(c, &a->fh, &node);
	if (r < 0)
		return nfs3_end(c, r, &res->status);
	nfs3_know(&res->obj, &node);
	if (node.attr.type != TREE_REG)
		return nfs3_end(c, node.attr.type == TREE_DIR ? -EISDIR :
		    -EINVAL, &res->status);
	count = min_u32(a->count, RPC_DATA_MAX);
	count = min_u32(count, (c->res_cap - DATA_AT) & ~(size_t)3);
	if (node.src == NODE_CLAIM)
		return read_claim(c, a, &node, count, res);
	return read_file(c, a, &node, count, res);
}

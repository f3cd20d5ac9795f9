/* nfs_op.c - what the versions of NFS share: handles, names, endings. */
#include "nfs_op.h"

#include <errno.h>
#include <string.h>

static void
told_stale(struct rpc_ctx *c)
{
	c->event = (struct event){ .kind = EV_STALE, .addr = c->peer, .total = 1 };
	c->has_event = true;
}

int
nfs_node(struct rpc_ctx *c, const struct handle *fh, struct node *ret)
{
	const struct view *view;
	uint32_t tree, inst;
	int r;

	r = handle_peek(c->snap->key, fh->b, fh->len, &tree, &inst);
	view = r == 0 ? snapshot_view(c->snap, tree, inst) : NULL;
	if (view == NULL) {
		told_stale(c);
		return r < 0 ? r : -ESTALE;
	}
	if (view->inst == 0 && !snapshot_may_see(c->snap, view, c->peer))
		return -EACCES;
	c->lane = view_lane(view);
	r = warm_handle_node(c->warm, view, fh->b, fh->len, c->flags, ret);
	c->real = r == 0;
	return r;
}

/* Over UDP silence makes every client ask again, a boot loader too, which
 * takes any status as final.  Over TCP nobody repeats a call on a connection
 * that works, so there the client must be told. */
int
nfs_end(const struct rpc_ctx *c, int r, uint32_t *ret_status)
{
	if (r > 0)
		return r;
	if (r == -EAGAIN && (c->flags & TREE_NOWAIT) && !c->busy)
		return RPC_AGAIN;
	*ret_status = nfs_err(r);
	return *ret_status == NFS3ERR_JUKEBOX && !c->tcp ? RPC_SILENT : RPC_DONE;
}

int
nfs_promise(struct rpc_ctx *c, enum promise_kind kind, const struct node *node)
{
	promise_init(&c->promise, kind, node->view->inst, node->path, c->peer);
	return RPC_PROMISE;
}

/* Looking up a report's name is how an install script reports: the name
 * exists once the report is committed.  Its handle is made only when this
 * says 0: a valid handle of a report proves that it was committed. */
static int
lookup_report(struct rpc_ctx *c, const struct node *node)
{
	if (!c->settled)
		return nfs_promise(c, PROMISE_REPORT, node);
	switch (c->promise.result) {
	case 0:
		return 0;
	case -EPERM:		/* refused for good */
		return -ENOENT;
	default:
		return -ENOBUFS;
	}
}

int
nfs_lookup(struct rpc_ctx *c, const struct node *dir, const struct xtext *name,
    struct node *ret)
{
	int r;

	r = warm_lookup(c->warm, &c->cred, dir, (const char *)name->p,
	    name->len, c->flags, ret);
	return r == 0 && ret->src == NODE_REPORT ? lookup_report(c, ret) : r;
}

int
nfs_readlink(const struct rpc_ctx *c, const struct node *node, uint8_t *at,
    size_t cap, struct xtext *ret)
{
	size_t len = 0;
	int r;

	if (node->attr.type != TREE_LNK)
		return -EINVAL;
	r = view_readlink(node, c->flags, (char *)at, cap, &len);
	*ret = (struct xtext){ .p = at, .len = (uint32_t)len };
	return r;
}

void
nfs_event(struct rpc_ctx *c, enum event_kind kind, const struct node *node,
    uint64_t done)
{
	size_t max = sizeof(c->event.text) - 2;		/* slash, NUL */
	size_t cut = node->path_len > max ? node->path_len - max : 0;

	c->event = (struct event){
		.kind = kind, .inst = node->view->inst, .addr = c->peer,
		.done = done, .total = node->attr.size
	};
	c->event.text[0] = '/';
	memcpy(c->event.text + 1, node->path + cut, node->path_len - cut);
	c->has_event = true;
}

/* Over UDP it may be a boot loader as well. */
void
nfs_tell_root(struct rpc_ctx *c, const struct node *node)
{
	if (c->tcp && node->view->inst != 0 && node->path_len == 0)
		nfs_event(c, EV_ROOT, node, 0);
}

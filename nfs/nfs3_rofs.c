/* nfs3_rofs.c - CREATE, MKDIR, SYMLINK, MKNOD, REMOVE, RMDIR, RENAME, LINK:
 * there is nothing here that a client could change, but the answers are whole.
 */
#include <errno.h>

#include "nfs3.h"

/* Attributes of what would have been changed: as before, so after. */
static int
refuse(struct rpc_ctx *c, const struct handle *fh, struct wcc *w)
{
	struct node node;
	int r;

	r = nfs_node(c, fh, &node);
	if (r < 0)
		return r;
	nfs3_wcc(w, &node);
	return -EROFS;
}

int
nfs3_change(struct rpc_ctx *c, const void *args, void *ret)
{
	const struct change_args *a = args;
	struct wcc_res *res = ret;

	return nfs_end(c, refuse(c, &a->dir, &res->wcc), &res->status);
}

int
nfs3_rename(struct rpc_ctx *c, const void *args, void *ret)
{
	const struct change_args *a = args;
	struct rename_res *res = ret;
	int r;

	r = refuse(c, &a->dir, &res->from);
	if (r == -EROFS)
		r = refuse(c, &a->dir2, &res->to);
	return nfs_end(c, r, &res->status);
}

int
nfs3_link(struct rpc_ctx *c, const void *args, void *ret)
{
	const struct change_args *a = args;
	struct link_res *res = ret;
	int r;

	r = nfs3_post_op(c, &a->dir, &res->obj);
	if (r == 0)
		r = refuse(c, &a->dir2, &res->dir);
	return nfs_end(c, r, &res->status);
}

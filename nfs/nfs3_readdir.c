/* nfs3_readdir.c - READDIR, READDIRPLUS.
 *
 * Cookies are the tree's: stable through restarts and changes of other
 * entries.  So the cookie verifier is always zero, and any is accepted.
 */
#include <errno.h>
#include <string.h>

#include "nfs3.h"

/* What a READDIR3resok takes beside its entries: attributes, verifier, end
 * of the list, eof.  Its entries stand behind status, attributes, verifier. */
#define OVERHEAD	(NFS3_POST_OP + NFS3_VERF + 4 + 4)
#define ENTRIES_AT	(4 + NFS3_POST_OP + NFS3_VERF)

struct fill {
	XDR	 x;		/* the entries' place in the reply */
	bool	 plus, full;
	size_t	 n;
	uint32_t names, names_max;	/* bytes of names, cookies, ids: dircount */
};

static bool
put_plus(XDR *x, const struct node *node)
{
	struct post_op post = { 0 };
	struct handle fh = { 0 };
	bool has;

	if (node != NULL)
		nfs3_know(&post, node);
	has = node != NULL && handle_make(node, &fh) == 0;
	return nfs3_xdr_post_op(x, &post) && xdr_flag(x, &has) &&
	    (!has || xdr_fhandle(x, &fh));
}

static bool
put_entry(struct fill *f, const struct view_dirent *d)
{
	struct xtext name = {
		.p = (const uint8_t *)d->name, .len = (uint32_t)d->name_len
	};
	uint64_t fileid = d->fileid, cookie = d->cookie;
	bool more = true;
	XDR *x = &f->x;

	return xdr_flag(x, &more) && xdr_uint64_t(x, &fileid) &&
	    xdr_text(x, &name, TREE_NAME_MAX) && xdr_uint64_t(x, &cookie) &&
	    (!f->plus || put_plus(x, d->node));
}

static bool
add_entry(void *arg, const struct view_dirent *d)
{
	struct fill *f = arg;
	u_int start = xdr_getpos(&f->x);
	uint32_t names = 8 + 4 + xdr_padded((uint32_t)d->name_len) + 8;

	if ((f->n > 0 && f->names + names > f->names_max) || !put_entry(f, d)) {
		(void)xdr_setpos(&f->x, start);
		f->full = true;
		return false;
	}
	f->names += names;
	f->n++;
	return true;
}

static int
read_entries(struct rpc_ctx *c, const struct readdir_args *a, bool plus,
    const struct node *dir, struct readdir_res *res)
{
	struct fill f = { .plus = plus };
	size_t max = c->res_cap - 4;
	int r;

	max = a->maxcount < max ? a->maxcount : max;
	if (max <= OVERHEAD)
		return NFS3ERR_TOOSMALL;
	f.names_max = plus && a->dircount > 0 ? a->dircount : UINT32_MAX;
	xdr_writer(&f.x, c->res + ENTRIES_AT, max - OVERHEAD);
	r = warm_readdir(plus ? c->warm : NULL, &c->cred, dir, a->cookie, plus,
	    c->flags, add_entry, &f, &res->eof);
	if (r == -EINVAL)
		return NFS3ERR_BAD_COOKIE;
	if (r < 0)
		return r;
	if (f.full && f.n == 0)
		return NFS3ERR_TOOSMALL;
	res->eof = res->eof && !f.full;
	res->entries = xdr_getpos(&f.x);
	return 0;
}

static int
readdir(struct rpc_ctx *c, const struct readdir_args *a, bool plus,
    struct readdir_res *res)
{
	struct node dir;
	int r;

	r = nfs_node(c, &a->fh, &dir);
	if (r < 0)
		return nfs_end(c, r, &res->status);
	nfs3_know(&res->dir, &dir);
	if (dir.attr.type != TREE_DIR)
		return nfs_end(c, -ENOTDIR, &res->status);
	r = read_entries(c, a, plus, &dir, res);
	if (r > 0) {
		res->status = (uint32_t)r;
		return RPC_DONE;
	}
	return nfs_end(c, r, &res->status);
}

int
nfs3_readdir(struct rpc_ctx *c, const void *args, void *res)
{
	return readdir(c, args, false, res);
}

int
nfs3_readdirplus(struct rpc_ctx *c, const void *args, void *res)
{
	return readdir(c, args, true, res);
}

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
	struct wr w;		/* the entries' place in the reply */
	const struct handle *dir;
	bool	 plus, full;
	size_t	 n;
	uint32_t names, names_max;	/* bytes of names, cookies, ids: dircount */
};

static void
put_opaque(struct wr *w, const void *p, uint32_t len)
{
	wr_be32(w, len);
	wr_bytes(w, p, len);
	wr_bytes(w, "\0\0\0", xdr_padded(len) - len);
}

static void
put_plus(struct fill *f, const struct view_dirent *d)
{
	struct handle fh;

	wr_be32(&f->w, d->node != NULL);
	if (d->node != NULL)
		nfs3_put_fattr(&f->w, &d->node->attr);
	if (d->node == NULL || handle_make_in(f->dir, d, &fh) < 0) {
		wr_be32(&f->w, 0);
		return;
	}
	wr_be32(&f->w, 1);
	put_opaque(&f->w, fh.b, fh.len);
}

static bool
add_entry(void *arg, const struct view_dirent *d)
{
	struct fill *f = arg;
	size_t start = f->w.len;
	uint32_t names = 8 + 4 + xdr_padded((uint32_t)d->name_len) + 8;

	wr_be32(&f->w, 1);
	wr_be64(&f->w, d->fileid);
	put_opaque(&f->w, d->name, (uint32_t)d->name_len);
	wr_be64(&f->w, d->cookie);
	if (f->plus)
		put_plus(f, d);
	if (f->w.err != 0 || (f->n > 0 && f->names + names > f->names_max)) {
		f->w.len = start;
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
	struct fill f = { .dir = &a->fh, .plus = plus };
	size_t max = c->res_cap - 4;
	int r;

	max = a->maxcount < max ? a->maxcount : max;
	if (max <= OVERHEAD)
		return NFS3ERR_TOOSMALL;
	f.names_max = plus && a->dircount > 0 ? a->dircount : UINT32_MAX;
	f.w = wr_init(c->res + ENTRIES_AT, max - OVERHEAD);
	r = warm_readdir(plus ? c->warm : NULL, &c->cred, dir, a->cookie, plus,
	    c->flags, add_entry, &f, &res->eof);
	if (r == -EINVAL)
		return NFS3ERR_BAD_COOKIE;
	if (r < 0)
		return r;
	if (f.full && f.n == 0)
		return NFS3ERR_TOOSMALL;
	res->eof = res->eof && !f.full;
	res->entries = f.w.len;
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

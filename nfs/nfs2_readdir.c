/* nfs2_readdir.c - READDIR of version 2.  See nfs2.h. */
#include <errno.h>

#include "nfs2.h"

/* What a reply takes beside its entries: status, end of the list, eof. */
#define OVERHEAD	(4u + 4u + 4u)
#define ENTRIES_AT	4u

#define COOKIE_DOTS	2u	/* "." and ".." have 1 and 2 */

/* More names than ever share half a hash: a run of cookies that follow one
 * another is no longer than that. */
#define RUN_MAX		65536u

/* 63 bits become 31: what follows the last of them still fits 32. */
uint32_t
nfs2_cookie(uint64_t cookie, uint32_t last)
{
	uint32_t c;

	if (cookie <= COOKIE_DOTS)
		return (uint32_t)cookie;
	c = (uint32_t)(cookie >> 32);
	if (c <= COOKIE_DOTS)
		c = COOKIE_DOTS + 1;
	return c > last ? c : last + 1;
}

/* Counting may begin anywhere before the first of a run: what lies further
 * back gave no cookie as high as this one. */
uint64_t
nfs2_cookie_before(uint32_t cookie)
{
	return cookie > RUN_MAX ? (uint64_t)(cookie - RUN_MAX) << 32 : 0;
}

struct fill {
	XDR	 x;		/* the entries' place in the reply */
	uint32_t after, last;	/* cookies */
	bool	 full;
	size_t	 n;
};

static bool
put_entry(XDR *x, const struct view_dirent *d, uint32_t cookie)
{
	struct xtext name = {
		.p = (const uint8_t *)d->name, .len = (uint32_t)d->name_len
	};
	uint32_t fileid = nfs2_id(d->fileid);
	bool more = true;

	return xdr_flag(x, &more) && xdr_uint32_t(x, &fileid) &&
	    xdr_text(x, &name, TREE_NAME_MAX) && xdr_uint32_t(x, &cookie);
}

static bool
add_entry(void *arg, const struct view_dirent *d)
{
	struct fill *f = arg;
	u_int start = xdr_getpos(&f->x);

	f->last = nfs2_cookie(d->cookie, f->last);
	if (f->last <= f->after)
		return true;
	if (!put_entry(&f->x, d, f->last)) {
		(void)xdr_setpos(&f->x, start);
		f->full = true;
		return false;
	}
	f->n++;
	return true;
}

static int
read_entries(struct rpc_ctx *c, const struct nfs2_readdir_args *a,
    const struct node *dir, struct nfs2_readdir_res *res)
{
	struct fill f = { .after = a->cookie };
	size_t max = c->res_cap;
	int r;

	max = max < NFS2_DATA_MAX ? max : NFS2_DATA_MAX;
	max = a->count < max ? a->count : max;
	if (max < OVERHEAD)
		return -EINVAL;
	xdr_writer(&f.x, c->res + ENTRIES_AT, max - OVERHEAD);
	r = view_readdir(&c->cred, dir, nfs2_cookie_before(a->cookie), false,
	    c->flags, add_entry, &f, &res->eof);
	if (r < 0)
		return r;
	if (f.full && f.n == 0)
		return -EINVAL;		/* count is too small for any */
	res->eof = res->eof && !f.full;
	res->entries = xdr_getpos(&f.x);
	return 0;
}

int
nfs2_readdir(struct rpc_ctx *c, const void *args, void *ret)
{
	const struct nfs2_readdir_args *a = args;
	struct nfs2_readdir_res *res = ret;
	struct node dir;
	int r;

	r = nfs_node(c, &a->fh, &dir);
	if (r == 0)
		r = read_entries(c, a, &dir, res);
	return nfs2_end(c, r, &res->status);
}

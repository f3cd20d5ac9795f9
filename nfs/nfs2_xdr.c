/* nfs2_xdr.c - NFS version 2: XDR to arguments, results to XDR.  See nfs2.h. */
#include "nfs2.h"

#define UNSET		UINT32_MAX	/* sattr: leave it */
#define BLOCK		512u		/* what clients take fattr.blocks for */
#define NOT_A_DEVICE	UINT32_MAX

static bool
u32(XDR *x, uint32_t v)
{
	return xdr_uint32_t(x, &v);
}

/* Arguments ------------------------------------------------------------------ */

bool
nfs2_xdr_fh(XDR *x, struct handle *h)
{
	h->len = HANDLE_SHORT;
	return xdr_fixed(x, h->b, HANDLE_SHORT);
}

bool
nfs2_xdr_fh_args(XDR *x, void *p)
{
	struct fh_args *a = p;

	return nfs2_xdr_fh(x, &a->fh);
}

bool
nfs2_xdr_dirop_args(XDR *x, void *p)
{
	struct dirop_args *a = p;

	return nfs2_xdr_fh(x, &a->dir) && xdr_text(x, &a->name, NFS_NAME_MAX);
}

static bool
xdr_time(XDR *x, struct tree_time *t)
{
	uint32_t s, us;

	if (!xdr_uint32_t(x, &s) || !xdr_uint32_t(x, &us))
		return false;
	*t = (struct tree_time){ .s = s, .ns = us % 1000000 * 1000 };
	return true;
}

/* Some send only 16 bits of the mode that they leave. */
static bool
xdr_sattr(XDR *x, struct sattr *s)
{
	uint32_t size;

	if (!xdr_uint32_t(x, &s->mode) || !xdr_uint32_t(x, &s->uid) ||
	    !xdr_uint32_t(x, &s->gid) || !xdr_uint32_t(x, &size) ||
	    !xdr_time(x, &s->atime) || !xdr_time(x, &s->mtime))
		return false;
	s->set_mode = s->mode != UNSET && s->mode != UINT16_MAX;
	s->set_uid = s->uid != UNSET;
	s->set_gid = s->gid != UNSET;
	s->set_size = size != UNSET;
	s->size = size;
	return true;
}

bool
nfs2_xdr_setattr_args(XDR *x, void *p)
{
	struct nfs2_setattr_args *a = p;

	return nfs2_xdr_fh(x, &a->fh) && xdr_sattr(x, &a->attr);
}

/* The last word, totalcount, is unused (RFC 1094 section 2.2.7). */
bool
nfs2_xdr_read_args(XDR *x, void *p)
{
	struct read_args *a = p;
	uint32_t off, total;

	if (!nfs2_xdr_fh(x, &a->fh) || !xdr_uint32_t(x, &off))
		return false;
	a->off = off;
	return xdr_uint32_t(x, &a->count) && xdr_uint32_t(x, &total);
}

/* beginoffset and totalcount are unused (section 2.2.9). */
bool
nfs2_xdr_write_args(XDR *x, void *p)
{
	struct nfs2_write_args *a = p;
	uint32_t unused;

	return nfs2_xdr_fh(x, &a->fh) && xdr_uint32_t(x, &unused) &&
	    xdr_uint32_t(x, &a->off) && xdr_uint32_t(x, &unused) &&
	    xdr_text(x, &a->data, NFS2_DATA_MAX);
}

bool
nfs2_xdr_readdir_args(XDR *x, void *p)
{
	struct nfs2_readdir_args *a = p;

	return nfs2_xdr_fh(x, &a->fh) && xdr_uint32_t(x, &a->cookie) &&
	    xdr_uint32_t(x, &a->count);
}

/* What follows is refused in any case, so it is only read over. */

static bool
skip_dirop(XDR *x, struct handle *dir)
{
	struct xtext name;

	return nfs2_xdr_fh(x, dir) && xdr_text(x, &name, NFS_NAME_MAX);
}

static bool
skip_sattr(XDR *x)
{
	struct sattr s;

	return xdr_sattr(x, &s);
}

bool
nfs2_xdr_create_args(XDR *x, void *p)
{
	struct change_args *a = p;

	return skip_dirop(x, &a->dir) && skip_sattr(x);
}

bool
nfs2_xdr_remove_args(XDR *x, void *p)
{
	struct change_args *a = p;

	return skip_dirop(x, &a->dir);
}

bool
nfs2_xdr_rename_args(XDR *x, void *p)
{
	struct change_args *a = p;

	return skip_dirop(x, &a->dir) && skip_dirop(x, &a->dir2);
}

bool
nfs2_xdr_link_args(XDR *x, void *p)
{
	struct change_args *a = p;

	return nfs2_xdr_fh(x, &a->dir) && skip_dirop(x, &a->dir2);
}

bool
nfs2_xdr_symlink_args(XDR *x, void *p)
{
	struct change_args *a = p;
	struct xtext target;

	return skip_dirop(x, &a->dir) && xdr_text(x, &target, NFS_NAME_MAX) &&
	    skip_sattr(x);
}

/* Results -------------------------------------------------------------------- */

uint32_t
nfs2_id(uint64_t id)
{
	uint32_t v = (uint32_t)(id >> 32) ^ (uint32_t)id;

	return v != 0 ? v : 1;
}

/* ftype of section 2.3.2, and the type in the mode, by enum tree_type.  It
 * has no pipes: those are character devices without a number. */
static const struct { uint32_t ftype, mode; } types[] = {
	[TREE_REG] = { 1, 0100000 }, [TREE_DIR] = { 2, 0040000 },
	[TREE_BLK] = { 3, 0060000 }, [TREE_CHR] = { 4, 0020000 },
	[TREE_LNK] = { 5, 0120000 }, [TREE_SOCK] = { 0, 0140000 },
	[TREE_FIFO] = { 4, 0020000 },
};

/* Major and minor as in dev_t where it had 32 bits. */
static uint32_t
rdev(const struct tree_attr *a)
{
	if (a->type != TREE_BLK && a->type != TREE_CHR)
		return NOT_A_DEVICE;
	return (a->rdev_minor & 0xff) | (a->rdev_major & 0xfff) << 8 |
	    (a->rdev_minor & ~0xffu) << 12;
}

static uint32_t
cut(uint64_t v)
{
	return v < UINT32_MAX ? (uint32_t)v : UINT32_MAX;
}

static bool
put_time(XDR *x, const struct tree_time *t)
{
	return u32(x, (uint32_t)t->s) && u32(x, t->ns / 1000);
}

static bool
put_attr(XDR *x, const struct tree_attr *a)
{
	return u32(x, types[a->type].ftype) &&
	    u32(x, types[a->type].mode | a->mode) && u32(x, a->nlink) &&
	    u32(x, a->uid) && u32(x, a->gid) && u32(x, cut(a->size)) &&
	    u32(x, NFS2_DATA_MAX) && u32(x, rdev(a)) &&
	    u32(x, cut(a->used / BLOCK)) && u32(x, nfs2_id(a->fsid)) &&
	    u32(x, nfs2_id(a->fileid)) && put_time(x, &a->atime) &&
	    put_time(x, &a->mtime) && put_time(x, &a->ctime);
}

bool
nfs2_xdr_status_res(XDR *x, void *p)
{
	const struct nfs2_status_res *r = p;

	return u32(x, r->status);
}

bool
nfs2_xdr_attr_res(XDR *x, void *p)
{
	const struct getattr_res *r = p;

	return u32(x, r->status) &&
	    (r->status != NFS3_OK || put_attr(x, &r->attr));
}

bool
nfs2_xdr_lookup_res(XDR *x, void *p)
{
	struct nfs2_lookup_res *r = p;

	return u32(x, r->status) && (r->status != NFS3_OK ||
	    (nfs2_xdr_fh(x, &r->fh) && put_attr(x, &r->attr)));
}

bool
nfs2_xdr_readlink_res(XDR *x, void *p)
{
	struct nfs2_readlink_res *r = p;

	return u32(x, r->status) && (r->status != NFS3_OK ||
	    xdr_text(x, &r->target, NFS2_PATH_MAX));
}

bool
nfs2_xdr_read_res(XDR *x, void *p)
{
	struct nfs2_read_res *r = p;

	return u32(x, r->status) && (r->status != NFS3_OK ||
	    (put_attr(x, &r->attr) && xdr_text(x, &r->data, NFS2_DATA_MAX)));
}

/* The entries were put in their place while the directory was read. */
bool
nfs2_xdr_readdir_res(XDR *x, void *p)
{
	struct nfs2_readdir_res *r = p;

	return u32(x, r->status) && (r->status != NFS3_OK ||
	    (xdr_skip(x, r->entries) && u32(x, 0) && u32(x, r->eof)));
}

/* tsize, bsize, blocks, bfree, bavail (section 2.2.18) */
bool
nfs2_xdr_statfs_res(XDR *x, void *p)
{
	const struct nfs2_statfs_res *r = p;

	return u32(x, r->status) && (r->status != NFS3_OK ||
	    (u32(x, NFS2_DATA_MAX) && u32(x, r->bsize) && u32(x, r->blocks) &&
	    u32(x, r->free) && u32(x, r->free)));
}

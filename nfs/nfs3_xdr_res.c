/* nfs3_xdr_res.c - NFS version 3 results: struct to XDR and back.  See nfs3.h. */
#include "nfs3.h"

/* ftype3 of RFC 1813 section 2.5, by enum tree_type. */
static const uint32_t ftype[] = {
	[TREE_REG] = 1, [TREE_DIR] = 2, [TREE_BLK] = 3, [TREE_CHR] = 4,
	[TREE_LNK] = 5, [TREE_SOCK] = 6, [TREE_FIFO] = 7,
};
#define N_FTYPE	(sizeof(ftype) / sizeof(ftype[0]))

static bool
u32(XDR *x, uint32_t *v)
{
	return xdr_uint32_t(x, v);
}

static bool
u64(XDR *x, uint64_t *v)
{
	return xdr_uint64_t(x, v);
}

static bool
xdr_type(XDR *x, enum tree_type *t)
{
	uint32_t v = ftype[*t];

	if (!u32(x, &v))
		return false;
	if (x->x_op == XDR_ENCODE)
		return true;
	for (size_t i = 0; i < N_FTYPE; i++) {
		if (ftype[i] == v) {
			*t = (enum tree_type)i;
			return true;
		}
	}
	return false;
}

static bool
xdr_time(XDR *x, struct tree_time *t)
{
	uint32_t s = (uint32_t)t->s;

	if (!u32(x, &s) || !u32(x, &t->ns))
		return false;
	t->s = s;
	return true;
}

static void
put_time(struct wr *w, const struct tree_time *t)
{
	wr_be32(w, (uint32_t)t->s);
	wr_be32(w, t->ns);
}

/* In most answers and in every entry of READDIRPLUS: in one piece. */
void
nfs3_put_fattr(struct wr *w, const struct tree_attr *a)
{
	wr_be32(w, ftype[a->type]);
	wr_be32(w, a->mode);
	wr_be32(w, a->nlink);
	wr_be32(w, a->uid);
	wr_be32(w, a->gid);
	wr_be64(w, a->size);
	wr_be64(w, a->used);
	wr_be32(w, a->rdev_major);
	wr_be32(w, a->rdev_minor);
	wr_be64(w, a->fsid);
	wr_be64(w, a->fileid);
	put_time(w, &a->atime);
	put_time(w, &a->mtime);
	put_time(w, &a->ctime);
}

bool
nfs3_xdr_fattr(XDR *x, struct tree_attr *a)
{
	struct wr w;

	if (x->x_op == XDR_ENCODE) {
		w = wr_init(xdr_here(x), xdr_room(x));
		nfs3_put_fattr(&w, a);
		return w.err == 0 && xdr_skip(x, w.len);
	}
	a->type = TREE_REG;
	return xdr_type(x, &a->type) && u32(x, &a->mode) && u32(x, &a->nlink) &&
	    u32(x, &a->uid) && u32(x, &a->gid) && u64(x, &a->size) &&
	    u64(x, &a->used) && u32(x, &a->rdev_major) && u32(x, &a->rdev_minor) &&
	    u64(x, &a->fsid) && u64(x, &a->fileid) && xdr_time(x, &a->atime) &&
	    xdr_time(x, &a->mtime) && xdr_time(x, &a->ctime);
}

bool
nfs3_xdr_post_op(XDR *x, struct post_op *p)
{
	return xdr_flag(x, &p->there) && (!p->there || nfs3_xdr_fattr(x, &p->attr));
}

bool
nfs3_xdr_wcc(XDR *x, struct wcc *w)
{
	if (!xdr_flag(x, &w->pre))
		return false;
	if (w->pre && (!u64(x, &w->size) || !xdr_time(x, &w->mtime) ||
	    !xdr_time(x, &w->ctime)))
		return false;
	return nfs3_xdr_post_op(x, &w->post);
}

bool
nfs3_xdr_getattr_res(XDR *x, void *p)
{
	struct getattr_res *r = p;

	return u32(x, &r->status) &&
	    (r->status != NFS3_OK || nfs3_xdr_fattr(x, &r->attr));
}

bool
nfs3_xdr_access_res(XDR *x, void *p)
{
	struct access_res *r = p;

	return u32(x, &r->status) && nfs3_xdr_post_op(x, &r->obj) &&
	    (r->status != NFS3_OK || u32(x, &r->access));
}

bool
nfs3_xdr_lookup_res(XDR *x, void *p)
{
	struct lookup_res *r = p;

	if (!u32(x, &r->status))
		return false;
	if (r->status == NFS3_OK &&
	    (!xdr_fhandle(x, &r->fh) || !nfs3_xdr_post_op(x, &r->obj)))
		return false;
	return nfs3_xdr_post_op(x, &r->dir);
}

bool
nfs3_xdr_readlink_res(XDR *x, void *p)
{
	struct readlink_res *r = p;

	return u32(x, &r->status) && nfs3_xdr_post_op(x, &r->obj) &&
	    (r->status != NFS3_OK || xdr_text(x, &r->target, TREE_PATH_MAX * 4));
}

bool
nfs3_xdr_read_res(XDR *x, void *p)
{
	struct read_res *r = p;
	uint32_t count = r->data.len;

	if (!u32(x, &r->status) || !nfs3_xdr_post_op(x, &r->obj))
		return false;
	return r->status != NFS3_OK || (u32(x, &count) &&
	    xdr_flag(x, &r->eof) && xdr_text(x, &r->data, RPC_SEG_MAX));
}

/* The entries were put in their place while the directory was read. */
bool
nfs3_xdr_readdir_res(XDR *x, void *p)
{
	struct readdir_res *r = p;
	bool more = false;

	if (!u32(x, &r->status) || !nfs3_xdr_post_op(x, &r->dir))
		return false;
	return r->status != NFS3_OK || (xdr_fixed(x, r->verf, NFS3_VERF) &&
	    xdr_skip(x, r->entries) && xdr_flag(x, &more) &&
	    xdr_flag(x, &r->eof));
}

/* Total, free and available, of bytes and of files; how long that holds. */
bool
nfs3_xdr_fsstat_res(XDR *x, void *p)
{
	struct fsstat_res *r = p;
	uint32_t invarsec = 0;

	if (!u32(x, &r->status) || !nfs3_xdr_post_op(x, &r->obj))
		return false;
	return r->status != NFS3_OK || (u64(x, &r->st.bytes) &&
	    u64(x, &r->st.bytes_free) && u64(x, &r->st.bytes_free) &&
	    u64(x, &r->st.files) && u64(x, &r->st.files_free) &&
	    u64(x, &r->st.files_free) && u32(x, &invarsec));
}

bool
nfs3_xdr_fsinfo_res(XDR *x, void *p)
{
	struct fsinfo_res *r = p;

	if (!u32(x, &r->status) || !nfs3_xdr_post_op(x, &r->obj))
		return false;
	return r->status != NFS3_OK || (u32(x, &r->rtmax) &&
	    u32(x, &r->rtpref) && u32(x, &r->rtmult) && u32(x, &r->wtmax) &&
	    u32(x, &r->wtpref) && u32(x, &r->wtmult) && u32(x, &r->dtpref) &&
	    u64(x, &r->maxfilesize) && xdr_time(x, &r->delta) &&
	    u32(x, &r->properties));
}

bool
nfs3_xdr_pathconf_res(XDR *x, void *p)
{
	struct pathconf_res *r = p;

	if (!u32(x, &r->status) || !nfs3_xdr_post_op(x, &r->obj))
		return false;
	return r->status != NFS3_OK || (u32(x, &r->linkmax) &&
	    u32(x, &r->name_max) && xdr_flag(x, &r->no_trunc) &&
	    xdr_flag(x, &r->chown_restricted) &&
	    xdr_flag(x, &r->case_insensitive) &&
	    xdr_flag(x, &r->case_preserving));
}

bool
nfs3_xdr_wcc_res(XDR *x, void *p)
{
	struct wcc_res *r = p;

	return u32(x, &r->status) && nfs3_xdr_wcc(x, &r->wcc);
}

bool
nfs3_xdr_rename_res(XDR *x, void *p)
{
	struct rename_res *r = p;

	return u32(x, &r->status) && nfs3_xdr_wcc(x, &r->from) &&
	    nfs3_xdr_wcc(x, &r->to);
}

bool
nfs3_xdr_link_res(XDR *x, void *p)
{
	struct link_res *r = p;

	return u32(x, &r->status) && nfs3_xdr_post_op(x, &r->obj) &&
	    nfs3_xdr_wcc(x, &r->dir);
}

bool
nfs3_xdr_write_res(XDR *x, void *p)
{
	struct write_res *r = p;

	return u32(x, &r->status) && nfs3_xdr_wcc(x, &r->wcc) &&
	    (r->status != NFS3_OK || (u32(x, &r->count) &&
	    u32(x, &r->stable) && xdr_fixed(x, r->verf, NFS3_VERF)));
}

bool
nfs3_xdr_commit_res(XDR *x, void *p)
{
	struct commit_res *r = p;

	return u32(x, &r->status) && nfs3_xdr_wcc(x, &r->wcc) &&
	    (r->status != NFS3_OK || xdr_fixed(x, r->verf, NFS3_VERF));
}

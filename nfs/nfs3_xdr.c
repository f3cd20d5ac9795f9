/* nfs3_xdr.c - NFS version 3 arguments: XDR to struct and back.  See nfs3.h. */
#include "nfs3.h"

enum { NF3REG = 1, NF3DIR, NF3BLK, NF3CHR, NF3LNK, NF3SOCK, NF3FIFO };
enum { DONT_CHANGE, SET_TO_SERVER_TIME, SET_TO_CLIENT_TIME };

static bool
xdr_time(XDR *x, struct tree_time *t)
{
	uint32_t s = (uint32_t)t->s;

	if (!xdr_uint32_t(x, &s) || !xdr_uint32_t(x, &t->ns))
		return false;
	t->s = s;
	return true;
}

bool
nfs3_xdr_fh_args(XDR *x, void *p)
{
	struct fh_args *a = p;

	return xdr_fhandle(x, &a->fh);
}

bool
nfs3_xdr_dirop_args(XDR *x, void *p)
{
	struct dirop_args *a = p;

	return xdr_fhandle(x, &a->dir) && xdr_text(x, &a->name, NFS_NAME_MAX);
}

bool
nfs3_xdr_access_args(XDR *x, void *p)
{
	struct access_args *a = p;

	return xdr_fhandle(x, &a->fh) && xdr_uint32_t(x, &a->want);
}

bool
nfs3_xdr_read_args(XDR *x, void *p)
{
	struct read_args *a = p;

	return xdr_fhandle(x, &a->fh) && xdr_uint64_t(x, &a->off) &&
	    xdr_uint32_t(x, &a->count);
}

bool
nfs3_xdr_commit_args(XDR *x, void *p)
{
	struct commit_args *a = p;

	return xdr_fhandle(x, &a->fh) && xdr_uint64_t(x, &a->off) &&
	    xdr_uint32_t(x, &a->count);
}

bool
nfs3_xdr_write_args(XDR *x, void *p)
{
	struct write_args *a = p;

	return xdr_fhandle(x, &a->fh) && xdr_uint64_t(x, &a->off) &&
	    xdr_uint32_t(x, &a->count) && xdr_uint32_t(x, &a->stable) &&
	    xdr_text(x, &a->data, RPC_CALL_MAX);
}

bool
nfs3_xdr_readdir_args(XDR *x, void *p)
{
	struct readdir_args *a = p;

	return xdr_fhandle(x, &a->fh) && xdr_uint64_t(x, &a->cookie) &&
	    xdr_fixed(x, a->verf, NFS3_VERF) && xdr_uint32_t(x, &a->maxcount);
}

bool
nfs3_xdr_readdirplus_args(XDR *x, void *p)
{
	struct readdir_args *a = p;

	return xdr_fhandle(x, &a->fh) && xdr_uint64_t(x, &a->cookie) &&
	    xdr_fixed(x, a->verf, NFS3_VERF) && xdr_uint32_t(x, &a->dircount) &&
	    xdr_uint32_t(x, &a->maxcount);
}

/* What may be set, in the forms of sattr3: a flag and the value. */
static bool
xdr_set_u32(XDR *x, bool *set, uint32_t *v)
{
	return xdr_flag(x, set) && (!*set || xdr_uint32_t(x, v));
}

static bool
xdr_set_time(XDR *x, uint32_t *how, struct tree_time *t)
{
	return xdr_uint32_t(x, how) && *how <= SET_TO_CLIENT_TIME &&
	    (*how != SET_TO_CLIENT_TIME || xdr_time(x, t));
}

static bool
xdr_sattr(XDR *x, struct sattr *s)
{
	return xdr_set_u32(x, &s->set_mode, &s->mode) &&
	    xdr_set_u32(x, &s->set_uid, &s->uid) &&
	    xdr_set_u32(x, &s->set_gid, &s->gid) &&
	    xdr_flag(x, &s->set_size) &&
	    (!s->set_size || xdr_uint64_t(x, &s->size)) &&
	    xdr_set_time(x, &s->atime_how, &s->atime) &&
	    xdr_set_time(x, &s->mtime_how, &s->mtime);
}

bool
nfs3_xdr_setattr_args(XDR *x, void *p)
{
	struct setattr_args *a = p;

	return xdr_fhandle(x, &a->fh) && xdr_sattr(x, &a->attr) &&
	    xdr_flag(x, &a->guard) && (!a->guard || xdr_time(x, &a->ctime));
}

/* What follows is refused in any case, so it is only read over. */

static bool
skip_dirop(XDR *x, struct handle *dir)
{
	struct xtext name;

	return xdr_fhandle(x, dir) && xdr_text(x, &name, NFS_NAME_MAX);
}

static bool
skip_sattr(XDR *x)
{
	struct sattr s = { 0 };

	return xdr_sattr(x, &s);
}

bool
nfs3_xdr_create_args(XDR *x, void *p)
{
	struct change_args *a = p;
	uint32_t how;

	if (!skip_dirop(x, &a->dir) || !xdr_uint32_t(x, &how))
		return false;
	switch (how) {
	case UNCHECKED:
	case GUARDED:
		return skip_sattr(x);
	case EXCLUSIVE:
		return xdr_skip(x, NFS3_VERF);
	default:
		return false;
	}
}

bool
nfs3_xdr_mkdir_args(XDR *x, void *p)
{
	struct change_args *a = p;

	return skip_dirop(x, &a->dir) && skip_sattr(x);
}

bool
nfs3_xdr_symlink_args(XDR *x, void *p)
{
	struct change_args *a = p;
	struct xtext target;

	return skip_dirop(x, &a->dir) && skip_sattr(x) &&
	    xdr_text(x, &target, NFS_NAME_MAX);
}

bool
nfs3_xdr_mknod_args(XDR *x, void *p)
{
	struct change_args *a = p;
	uint32_t type;

	if (!skip_dirop(x, &a->dir) || !xdr_uint32_t(x, &type))
		return false;
	switch (type) {
	case NF3BLK:
	case NF3CHR:
		return skip_sattr(x) && xdr_skip(x, 8);	/* specdata3 */
	case NF3SOCK:
	case NF3FIFO:
		return skip_sattr(x);
	default:
		return true;
	}
}

bool
nfs3_xdr_remove_args(XDR *x, void *p)
{
	struct change_args *a = p;

	return skip_dirop(x, &a->dir);
}

bool
nfs3_xdr_rename_args(XDR *x, void *p)
{
	struct change_args *a = p;

	return skip_dirop(x, &a->dir) && skip_dirop(x, &a->dir2);
}

bool
nfs3_xdr_link_args(XDR *x, void *p)
{
	struct change_args *a = p;

	return xdr_fhandle(x, &a->dir) && skip_dirop(x, &a->dir2);
}

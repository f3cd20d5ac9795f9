/* nfs2.c - the procedures of NFS version 2.  See nfs2.h. */
#include "nfs2.h"

#include <assert.h>
#include <errno.h>

/* RFC 1094 knows no errors of ours for the moment.  NFSERR_INVAL is not in it
 * either, but is what others send: U-Boot knows a link by it. */
int
nfs2_end(const struct rpc_ctx *c, int r, uint32_t *ret_status)
{
	r = nfs_end(c, r, ret_status);
	if (r != RPC_DONE)
		return r;
	if (*ret_status == NFS3ERR_JUKEBOX)
		return RPC_SILENT;
	if (*ret_status > NFS3ERR_STALE)
		*ret_status = NFS3ERR_IO;
	return RPC_DONE;
}

static int
nfs2_getattr(struct rpc_ctx *c, const void *args, void *ret)
{
	const struct fh_args *a = args;
	struct getattr_res *res = ret;
	struct node node;
	int r;

	r = nfs_node(c, &a->fh, &node);
	if (r == 0) {
		res->attr = node.attr;
		nfs_tell_root(c, &node);
	}
	return nfs2_end(c, r, &res->status);
}

static int
nfs2_setattr(struct rpc_ctx *c, const void *args, void *ret)
{
	const struct nfs2_setattr_args *a = args;
	struct getattr_res *res = ret;
	struct node node;
	int r;

	r = nfs_node(c, &a->fh, &node);
	if (r == 0) {
		res->attr = node.attr;
		r = nfs_setattr(&node, &a->attr);
	}
	return nfs2_end(c, r, &res->status);
}

static int
nfs2_lookup(struct rpc_ctx *c, const void *args, void *ret)
{
	const struct dirop_args *a = args;
	struct nfs2_lookup_res *res = ret;
	struct node dir, node;
	int r;

	r = nfs_node(c, &a->dir, &dir);
	if (r == 0)
		r = nfs_lookup(c, &dir, &a->name, &node);
	if (r == 0)
		r = handle_make_short(&node, &res->fh);
	if (r == 0)
		res->attr = node.attr;
	return nfs2_end(c, r, &res->status);
}

static int
nfs2_readlink(struct rpc_ctx *c, const void *args, void *ret)
{
	const struct fh_args *a = args;
	struct nfs2_readlink_res *res = ret;
	size_t at = 4 + 4, cap = c->res_cap - at;	/* status, length */
	struct node node;
	int r;

	if (cap > NFS2_PATH_MAX + 1)
		cap = NFS2_PATH_MAX + 1;
	r = nfs_node(c, &a->fh, &node);
	if (r == 0)
		r = nfs_readlink(c, &node, c->res + at, cap, &res->target);
	return nfs2_end(c, r, &res->status);
}

/* As much as may be asked for at once, and fits. */
static uint32_t
read_max(const struct rpc_ctx *c, size_t at, uint32_t count)
{
	size_t max = c->res_cap - at;

	max = max < NFS2_DATA_MAX ? max : NFS2_DATA_MAX;
	return count < max ? count : (uint32_t)max;
}

static int
nfs2_read(struct rpc_ctx *c, const void *args, void *ret)
{
	size_t at = 4 + NFS2_ATTR_SIZE + 4;	/* status, attributes, length */
	const struct read_args *a = args;
	struct nfs2_read_res *res = ret;
	uint32_t count = read_max(c, at, a->count);
	struct node node;
	bool eof = true;
	int r;

	r = nfs_node(c, &a->fh, &node);
	if (r == 0 && node.attr.size > UINT32_MAX)
		r = -EFBIG;
	if (r == 0)
		r = nfs_read(c, &node, a->off, count, c->res + at, count,
		    &res->data, &eof);
	if (r == 0 && res->data.len < count && !eof)
		r = -ENOBUFS;		/* it would be taken for the end */
	if (r == 0)
		res->attr = node.attr;
	return nfs2_end(c, r, &res->status);
}

/* Section 2.2.9: answered when the data is safe.  There is no word for how
 * much was written, so it is all or nothing. */
static int
nfs2_write(struct rpc_ctx *c, const void *args, void *ret)
{
	const struct nfs2_write_args *a = args;
	struct getattr_res *res = ret;
	struct node node;
	uint32_t n;
	int r;

	r = nfs_node(c, &a->fh, &node);
	if (r == 0) {
		res->attr = node.attr;
		r = nfs_write(c, &node, a->off, &a->data, true, &n);
	}
	return nfs2_end(c, r, &res->status);
}

static int
nfs2_refuse(struct rpc_ctx *c, const void *args, void *ret)
{
	const struct change_args *a = args;
	struct nfs2_status_res *res = ret;
	struct node node;
	int r;

	r = nfs_node(c, &a->dir, &node);
	if (r == 0 && a->dir2.len > 0)
		r = nfs_node(c, &a->dir2, &node);
	return nfs2_end(c, r == 0 ? -EROFS : r, &res->status);
}

/* Blocks of a size that lets their number fit, for clients that count in 31
 * bits too. */
static void
count_blocks(const struct view_fsstat *st, struct nfs2_statfs_res *res)
{
	uint64_t bsize = 4096;

	while (st->bytes / bsize > INT32_MAX)
		bsize *= 2;
	res->bsize = (uint32_t)bsize;
	res->blocks = (uint32_t)(st->bytes / bsize);
	res->free = (uint32_t)(st->bytes_free / bsize);
}

static int
nfs2_statfs(struct rpc_ctx *c, const void *args, void *ret)
{
	const struct fh_args *a = args;
	struct nfs2_statfs_res *res = ret;
	struct view_fsstat st;
	struct node node;
	int r;

	r = nfs_node(c, &a->fh, &node);
	if (r == 0)
		r = view_fsstat(node.view, c->flags, &st);
	if (r == 0) {
		nfs_tell_root(c, &node);
		count_blocks(&st, res);
	}
	return nfs2_end(c, r, &res->status);
}

static const struct rpc_proc procs[] = {
	{ "NULL", rpc_void, rpc_null, rpc_void },
	{ "GETATTR", nfs2_xdr_fh_args, nfs2_getattr, nfs2_xdr_attr_res },
	{ "SETATTR", nfs2_xdr_setattr_args, nfs2_setattr, nfs2_xdr_attr_res },
	{ "ROOT", rpc_void, rpc_null, rpc_void },		/* obsolete */
	{ "LOOKUP", nfs2_xdr_dirop_args, nfs2_lookup, nfs2_xdr_lookup_res },
	{ "READLINK", nfs2_xdr_fh_args, nfs2_readlink, nfs2_xdr_readlink_res },
	{ "READ", nfs2_xdr_read_args, nfs2_read, nfs2_xdr_read_res },
	{ "WRITECACHE", rpc_void, rpc_null, rpc_void },		/* never was */
	{ "WRITE", nfs2_xdr_write_args, nfs2_write, nfs2_xdr_attr_res },
	{ "CREATE", nfs2_xdr_create_args, nfs2_refuse, nfs2_xdr_status_res },
	{ "REMOVE", nfs2_xdr_remove_args, nfs2_refuse, nfs2_xdr_status_res },
	{ "RENAME", nfs2_xdr_rename_args, nfs2_refuse, nfs2_xdr_status_res },
	{ "LINK", nfs2_xdr_link_args, nfs2_refuse, nfs2_xdr_status_res },
	{ "SYMLINK", nfs2_xdr_symlink_args, nfs2_refuse, nfs2_xdr_status_res },
	{ "MKDIR", nfs2_xdr_create_args, nfs2_refuse, nfs2_xdr_status_res },
	{ "RMDIR", nfs2_xdr_remove_args, nfs2_refuse, nfs2_xdr_status_res },
	{ "READDIR", nfs2_xdr_readdir_args, nfs2_readdir, nfs2_xdr_readdir_res },
	{ "STATFS", nfs2_xdr_fh_args, nfs2_statfs, nfs2_xdr_statfs_res },
};
static_assert(sizeof(struct nfs2_setattr_args) <= RPC_ARGS_MAX, "arguments");
static_assert(sizeof(struct nfs2_lookup_res) <= RPC_RES_MAX, "results");

const struct rpc_version nfs2_version = {
	.prog = NFS_PROGRAM,
	.vers = 2,
	.proc = procs,
	.n_proc = sizeof(procs) / sizeof(procs[0]),
};

/* nfs3.c - the procedures of NFS version 3 as a table, and what they share. */
#include "nfs3.h"

#include <assert.h>

static const struct rpc_proc procs[] = {
	{ "NULL", rpc_void, rpc_null, rpc_void },
	{ "GETATTR", nfs3_xdr_fh_args, nfs3_getattr, nfs3_xdr_getattr_res },
	{ "SETATTR", nfs3_xdr_setattr_args, nfs3_setattr, nfs3_xdr_wcc_res },
	{ "LOOKUP", nfs3_xdr_dirop_args, nfs3_lookup, nfs3_xdr_lookup_res },
	{ "ACCESS", nfs3_xdr_access_args, nfs3_access, nfs3_xdr_access_res },
	{ "READLINK", nfs3_xdr_fh_args, nfs3_readlink, nfs3_xdr_readlink_res },
	{ "READ", nfs3_xdr_read_args, nfs3_read, nfs3_xdr_read_res },
	{ "WRITE", nfs3_xdr_write_args, nfs3_write, nfs3_xdr_write_res },
	{ "CREATE", nfs3_xdr_create_args, nfs3_change, nfs3_xdr_wcc_res },
	{ "MKDIR", nfs3_xdr_mkdir_args, nfs3_change, nfs3_xdr_wcc_res },
	{ "SYMLINK", nfs3_xdr_symlink_args, nfs3_change, nfs3_xdr_wcc_res },
	{ "MKNOD", nfs3_xdr_mknod_args, nfs3_change, nfs3_xdr_wcc_res },
	{ "REMOVE", nfs3_xdr_remove_args, nfs3_change, nfs3_xdr_wcc_res },
	{ "RMDIR", nfs3_xdr_remove_args, nfs3_change, nfs3_xdr_wcc_res },
	{ "RENAME", nfs3_xdr_rename_args, nfs3_rename, nfs3_xdr_rename_res },
	{ "LINK", nfs3_xdr_link_args, nfs3_link, nfs3_xdr_link_res },
	{ "READDIR", nfs3_xdr_readdir_args, nfs3_readdir, nfs3_xdr_readdir_res },
	{ "READDIRPLUS", nfs3_xdr_readdirplus_args, nfs3_readdirplus,
	    nfs3_xdr_readdir_res },
	{ "FSSTAT", nfs3_xdr_fh_args, nfs3_fsstat, nfs3_xdr_fsstat_res },
	{ "FSINFO", nfs3_xdr_fh_args, nfs3_fsinfo, nfs3_xdr_fsinfo_res },
	{ "PATHCONF", nfs3_xdr_fh_args, nfs3_pathconf, nfs3_xdr_pathconf_res },
	{ "COMMIT", nfs3_xdr_commit_args, nfs3_commit, nfs3_xdr_commit_res },
};
static_assert(sizeof(struct setattr_args) <= RPC_ARGS_MAX, "arguments");
static_assert(sizeof(struct write_args) <= RPC_ARGS_MAX, "arguments");
static_assert(sizeof(struct lookup_res) <= RPC_RES_MAX, "results");
static_assert(sizeof(struct rename_res) <= RPC_RES_MAX, "results");

const struct rpc_version nfs3_version = {
	.prog = NFS_PROGRAM,
	.vers = 3,
	.proc = procs,
	.n_proc = sizeof(procs) / sizeof(procs[0]),
};

int
nfs3_post_op(struct rpc_ctx *c, const struct handle *fh, struct post_op *p)
{
	struct node node;
	int r;

	r = nfs_node(c, fh, &node);
	if (r == 0)
		nfs3_know(p, &node);
	return r;
}

void
nfs3_know(struct post_op *p, const struct node *node)
{
	p->there = true;
	p->attr = node->attr;
}

void
nfs3_wcc(struct wcc *w, const struct node *node)
{
	w->pre = true;
	w->size = node->attr.size;
	w->mtime = node->attr.mtime;
	w->ctime = node->attr.ctime;
	nfs3_know(&w->post, node);
}

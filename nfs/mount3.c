/* mount3.c - MNT, DUMP, UMNT, UMNTALL, EXPORT, versions 1 to 3. */
#include "mount3.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../lib/addr.h"
#include "nfs2.h"

struct path_args { struct xtext path; };
struct mnt_res { uint32_t status; struct handle fh; };
/* Put in its place in the reply while it is made up. */
struct list_res { size_t len; };
static_assert(sizeof(struct mnt_res) <= RPC_RES_MAX, "results");

static bool
xdr_path_args(XDR *x, void *p)
{
	struct path_args *a = p;

	return xdr_text(x, &a->path, MOUNT_PATH_MAX);
}

/* A NUL-terminated copy; -EINVAL if there is a NUL inside. */
static int
copy_path(const struct xtext *t, char ret[MOUNT_PATH_MAX + 1])
{
	if (memchr(t->p, '\0', t->len) != NULL)
		return -EINVAL;
	memcpy(ret, t->p, t->len);
	ret[t->len] = '\0';
	return 0;
}

/* MNT ------------------------------------------------------------------------ */

static void
told(struct rpc_ctx *c, const char *path, uint32_t inst)
{
	c->event = (struct event){
		.kind = EV_MOUNT, .inst = inst, .addr = c->peer
	};
	(void)snprintf(c->event.text, sizeof(c->event.text), "%.*s",
	    (int)sizeof(c->event.text) - 1, path);
	c->has_event = true;
	if (c->env->mounts != NULL)
		mount_list_add(c->env->mounts, c->peer, path);
}

static void
told_refused(struct rpc_ctx *c, const char *path, int r)
{
	c->event = (struct event){ .kind = EV_MOUNT_FAIL, .addr = c->peer, .total = 1,
	    .cause = r == -ENOENT || r == -ENOTDIR ? EC_NOT_FOUND :
	    r == -EACCES || r == -EPERM ? EC_DENIED : EC_OTHER };
	(void)snprintf(c->event.text, sizeof(c->event.text), "%.100s: %s", path,
	    r == -EACCES || r == -EPERM ? "access denied" : strerror(-r));
	c->has_event = true;
}

static int
find_mount(struct rpc_ctx *c, const struct xtext *t,
    int (*make)(const struct node *, struct handle *), struct handle *ret)
{
	char path[MOUNT_PATH_MAX + 1];
	struct node node;
	uint32_t inst;
	int r;

	r = copy_path(t, path);
	if (r == 0)
		r = snapshot_mount(c->snap, c->peer, path, c->flags, &node, &inst);
	if (r == -EAGAIN)
		c->lane = view_lane(node.view);
	if (r == 0 && node.attr.type != TREE_DIR)
		r = -ENOTDIR;
	if (r == 0)
		r = make(&node, ret);
	if (r == 0)
		told(c, path, inst);
	else if (r < 0 && r != -EAGAIN && r != -EINVAL)
		told_refused(c, path, r);
	return r;
}

/* There is no "later" in MOUNT; silence makes a client on UDP ask again. */
static int
mnt_end(const struct rpc_ctx *c, int err, uint32_t *status)
{
	int r = nfs_end(c, err, status);

	if (*status == NFS3ERR_JUKEBOX)
		*status = NFS3ERR_SERVERFAULT;
	return r;
}

static int
mnt(struct rpc_ctx *c, const void *args, void *ret)
{
	const struct path_args *a = args;
	struct mnt_res *res = ret;

	return mnt_end(c, find_mount(c, &a->path, handle_make, &res->fh),
	    &res->status);
}

/* Versions 1 and 2 have room for 32 bytes. */
static int
mnt1(struct rpc_ctx *c, const void *args, void *ret)
{
	const struct path_args *a = args;
	struct mnt_res *res = ret;

	return mnt_end(c, find_mount(c, &a->path, handle_make_short, &res->fh),
	    &res->status);
}

static bool
xdr_mnt_res(XDR *x, void *p)
{
	uint32_t n_flavors = 1, flavor = AUTH_SYS;
	struct mnt_res *r = p;

	return xdr_uint32_t(x, &r->status) && (r->status != NFS3_OK ||
	    (xdr_fhandle(x, &r->fh) && xdr_uint32_t(x, &n_flavors) &&
	    xdr_uint32_t(x, &flavor)));
}

static bool
xdr_mnt1_res(XDR *x, void *p)
{
	struct mnt_res *r = p;

	return xdr_uint32_t(x, &r->status) && (r->status != NFS3_OK ||
	    nfs2_xdr_fh(x, &r->fh));
}

/* UMNT, UMNTALL ---------------------------------------------------------------- */

static int
umnt(struct rpc_ctx *c, const void *args, void *ret)
{
	const struct path_args *a = args;
	char path[MOUNT_PATH_MAX + 1];

	(void)ret;
	if (c->env->mounts != NULL && copy_path(&a->path, path) == 0)
		mount_list_del(c->env->mounts, c->peer, path);
	return RPC_DONE;
}

static int
umntall(struct rpc_ctx *c, const void *args, void *ret)
{
	(void)args;
	(void)ret;
	if (c->env->mounts != NULL)
		mount_list_del(c->env->mounts, c->peer, NULL);
	return RPC_DONE;
}

/* DUMP, EXPORT ------------------------------------------------------------------ */

static bool
put_more(XDR *x, bool more)
{
	return xdr_flag(x, &more);
}

static bool
put_str(XDR *x, const char *s)
{
	struct xtext t = { (const uint8_t *)s, (uint32_t)strlen(s) };

	return xdr_text(x, &t, MOUNT_PATH_MAX);
}

/* Ends a list whose last whole entry stands before the stream's place; one
 * that does not fit the reply is left out. */
static int
end_list(XDR *x, struct list_res *res)
{
	(void)put_more(x, false);
	res->len = xdr_getpos(x);
	return RPC_DONE;
}

static bool
put_mount(XDR *x, const struct mount_entry *e)
{
	char host[IP4_STRLEN];

	return put_more(x, true) && put_str(x, ip4_str(e->addr, host)) &&
	    put_str(x, e->path) && xdr_room(x) >= 4;
}

static int
dump(struct rpc_ctx *c, const void *args, void *ret)
{
	struct mount_entry *e = NULL;
	struct list_res *res = ret;
	size_t n = 0;
	u_int pos;
	XDR x;

	(void)args;
	xdr_writer(&x, c->res, c->res_cap);
	if (c->env->mounts != NULL &&
	    (e = calloc(MOUNT_LIST_MAX, sizeof(*e))) != NULL)
		n = mount_list_get(c->env->mounts, e, MOUNT_LIST_MAX);
	for (size_t i = 0; i < n; i++) {
		pos = xdr_getpos(&x);
		if (!put_mount(&x, &e[i])) {
			(void)xdr_setpos(&x, pos);
			break;
		}
	}
	free(e);
	return end_list(&x, res);
}

/* Index of cfg_tree.clients, known|any|none. */
enum { CLIENTS_KNOWN, CLIENTS_ANY, CLIENTS_NONE };

/* Without groups: for everybody. */
static bool
put_export(XDR *x, const struct snap_tree *t)
{
	if (!put_more(x, true) || !put_str(x, t->export))
		return false;
	if (t->clients == CLIENTS_KNOWN &&
	    (!put_more(x, true) || !put_str(x, "known hosts")))
		return false;
	return put_more(x, false) && xdr_room(x) >= 4;
}

static int
export(struct rpc_ctx *c, const void *args, void *ret)
{
	struct list_res *res = ret;
	u_int pos;
	XDR x;

	(void)args;
	xdr_writer(&x, c->res, c->res_cap);
	for (size_t i = 0; i < c->snap->n_tree; i++) {
		const struct snap_tree *t = &c->snap->tree[i];

		pos = xdr_getpos(&x);
		if (t->clients != CLIENTS_NONE && !put_export(&x, t)) {
			(void)xdr_setpos(&x, pos);
			break;
		}
	}
	return end_list(&x, res);
}

static bool
xdr_list_res(XDR *x, void *p)
{
	struct list_res *r = p;

	return xdr_skip(x, r->len);
}

/* The tables ---------------------------------------------------------------------- */

static const struct rpc_proc procs1[] = {
	{ "NULL", rpc_void, rpc_null, rpc_void },
	{ "MNT", xdr_path_args, mnt1, xdr_mnt1_res },
	{ "DUMP", rpc_void, dump, xdr_list_res },
	{ "UMNT", xdr_path_args, umnt, rpc_void },
	{ "UMNTALL", rpc_void, umntall, rpc_void },
	{ "EXPORT", rpc_void, export, xdr_list_res },
	{ "EXPORTALL", rpc_void, export, xdr_list_res },
};

static const struct rpc_proc procs3[] = {
	{ "NULL", rpc_void, rpc_null, rpc_void },
	{ "MNT", xdr_path_args, mnt, xdr_mnt_res },
	{ "DUMP", rpc_void, dump, xdr_list_res },
	{ "UMNT", xdr_path_args, umnt, rpc_void },
	{ "UMNTALL", rpc_void, umntall, rpc_void },
	{ "EXPORT", rpc_void, export, xdr_list_res },
};

const struct rpc_version mount1_version = {
	.prog = MOUNT_PROGRAM, .vers = 1, .proc = procs1,
	.n_proc = sizeof(procs1) / sizeof(procs1[0]),
};
/* Version 2 adds PATHCONF, which nobody misses.  U-Boot asks for it. */
const struct rpc_version mount2_version = {
	.prog = MOUNT_PROGRAM, .vers = 2, .proc = procs1,
	.n_proc = sizeof(procs1) / sizeof(procs1[0]),
};
const struct rpc_version mount3_version = {
	.prog = MOUNT_PROGRAM, .vers = 3, .proc = procs3,
	.n_proc = sizeof(procs3) / sizeof(procs3[0]),
};

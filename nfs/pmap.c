/* pmap.c - see pmap.h. */
#include "pmap.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "mount3.h"
#include "nfs_op.h"

#define UADDR_MAX	24u		/* 255.255.255.255.255.255 */

struct getport_res { uint32_t port; };
struct dump_res { struct pmap_map map[PMAP_MAPS]; size_t n; uint32_t local; };
struct rpcb_args { uint32_t prog, vers; };
struct uaddr_res { char text[UADDR_MAX]; };
struct refuse_res { bool done; };
static_assert(sizeof(struct dump_res) <= RPC_RES_MAX, "results");

static const struct pmap_map served[] = {
	{ PMAP_PROGRAM, 2, 0, 0 }, { PMAP_PROGRAM, 3, 0, 0 },
	{ PMAP_PROGRAM, 4, 0, 0 }, { NFS_PROGRAM, 2, 0, 0 },
	{ NFS_PROGRAM, 3, 0, 0 }, { MOUNT_PROGRAM, 1, 0, 0 },
	{ MOUNT_PROGRAM, 2, 0, 0 }, { MOUNT_PROGRAM, 3, 0, 0 },
};
static_assert(2 * sizeof(served) / sizeof(served[0]) <= PMAP_MAPS, "maps");

size_t
pmap_maps(const struct rpc_env *env, struct pmap_map ret[PMAP_MAPS])
{
	static const uint32_t prot[] = { IPPROTO_UDP, IPPROTO_TCP };
	size_t n = 0;

	for (size_t i = 0; i < sizeof(served) / sizeof(served[0]); i++) {
		for (size_t j = 0; j < 2; j++) {
			ret[n] = served[i];
			ret[n].prot = prot[j];
			ret[n++].port = served[i].prog == PMAP_PROGRAM ?
			    env->pmap_port : env->nfs_port;
		}
	}
	return n;
}

/* The port of a program, of this version if it is served, else of another:
 * then the program itself says which versions there are. */
static uint32_t
find_port(const struct rpc_env *env, uint32_t prog, uint32_t vers,
    uint32_t prot)
{
	struct pmap_map map[PMAP_MAPS];
	size_t n = pmap_maps(env, map);
	uint32_t port = 0;

	for (size_t i = 0; i < n; i++) {
		if (map[i].prog != prog || map[i].prot != prot)
			continue;
		port = map[i].port;
		if (map[i].vers == vers)
			break;
	}
	return port;
}

/* Version 2 ---------------------------------------------------------------- */

static bool
xdr_map(XDR *x, void *p)
{
	struct pmap_map *m = p;

	return xdr_uint32_t(x, &m->prog) && xdr_uint32_t(x, &m->vers) &&
	    xdr_uint32_t(x, &m->prot) && xdr_uint32_t(x, &m->port);
}

/* Which program it looks for tells how far it has come. */
static void
told(struct rpc_ctx *c, uint32_t prog)
{
	c->event = (struct event){ .kind = EV_GETPORT, .addr = c->peer, .total = prog };
	c->has_event = true;
}

static int
getport(struct rpc_ctx *c, const void *args, void *ret)
{
	const struct pmap_map *a = args;
	struct getport_res *res = ret;

	told(c, a->prog);
	res->port = find_port(c->env, a->prog, a->vers, a->prot);
	return RPC_DONE;
}

static bool
xdr_getport_res(XDR *x, void *p)
{
	struct getport_res *r = p;

	return xdr_uint32_t(x, &r->port);
}

static int
dump(struct rpc_ctx *c, const void *args, void *ret)
{
	struct dump_res *res = ret;

	(void)args;
	res->n = pmap_maps(c->env, res->map);
	res->local = c->local;
	return RPC_DONE;
}

static bool
xdr_dump_res(XDR *x, void *p)
{
	struct dump_res *r = p;
	bool more = true;

	for (size_t i = 0; i < r->n; i++)
		if (!xdr_flag(x, &more) || !xdr_map(x, &r->map[i]))
			return false;
	more = false;
	return xdr_flag(x, &more);
}

/* SET and UNSET: no. */
static int
refuse(struct rpc_ctx *c, const void *args, void *ret)
{
	struct refuse_res *res = ret;

	(void)c;
	(void)args;
	res->done = false;
	return RPC_DONE;
}

static bool
xdr_refuse_res(XDR *x, void *p)
{
	struct refuse_res *r = p;

	return xdr_flag(x, &r->done);
}

/* RFC 1833 section 3.1: a CALLIT that was not done is not answered. */
static int
silent(struct rpc_ctx *c, const void *args, void *ret)
{
	(void)c;
	(void)args;
	(void)ret;
	return RPC_SILENT;
}

static const struct rpc_proc pmap2_procs[] = {
	{ "NULL", rpc_void, rpc_null, rpc_void },
	{ "SET", xdr_map, refuse, xdr_refuse_res },
	{ "UNSET", xdr_map, refuse, xdr_refuse_res },
	{ "GETPORT", xdr_map, getport, xdr_getport_res },
	{ "DUMP", rpc_void, dump, xdr_dump_res },
	{ "CALLIT", rpc_void, silent, rpc_void },
};

const struct rpc_version pmap2_version = {
	.prog = PMAP_PROGRAM,
	.vers = 2,
	.proc = pmap2_procs,
	.n_proc = sizeof(pmap2_procs) / sizeof(pmap2_procs[0]),
};

/* Versions 3 and 4 ----------------------------------------------------------- */

/* struct rpcb: program, version, netid, address, owner.  The transport is
 * that of the call (RFC 1833 section 2.2.1), so the rest is read over. */
static bool
xdr_rpcb_args(XDR *x, void *p)
{
	struct xtext netid, addr, owner;
	struct rpcb_args *a = p;

	return xdr_uint32_t(x, &a->prog) && xdr_uint32_t(x, &a->vers) &&
	    xdr_text(x, &netid, RPC_CALL_MAX) &&
	    xdr_text(x, &addr, RPC_CALL_MAX) &&
	    xdr_text(x, &owner, RPC_CALL_MAX);
}

/* A universal address: the port's two bytes behind the host's four. */
static void
uaddr(char text[UADDR_MAX], uint32_t host, uint32_t port)
{
	(void)snprintf(text, UADDR_MAX, "%u.%u.%u.%u.%u.%u",
	    (uint8_t)(host >> 24), (uint8_t)(host >> 16), (uint8_t)(host >> 8),
	    (uint8_t)host, (uint8_t)(port >> 8), (uint8_t)port);
}

static bool
put_cstr(XDR *x, const char *s)
{
	struct xtext t = { (const uint8_t *)s, (uint32_t)strlen(s) };

	return xdr_text(x, &t, RPC_CALL_MAX);
}

static uint32_t
find_call_port(const struct rpc_ctx *c, const struct rpcb_args *a)
{
	return find_port(c->env, a->prog, a->vers,
	    c->tcp ? IPPROTO_TCP : IPPROTO_UDP);
}

static int
getaddr(struct rpc_ctx *c, const void *args, void *ret)
{
	struct uaddr_res *res = ret;
	const struct rpcb_args *a = args;
	uint32_t port = find_call_port(c, a);

	told(c, a->prog);
	if (port != 0)
		uaddr(res->text, c->local, port);
	return RPC_DONE;		/* else the empty string */
}

/* Only if that very version is served. */
static int
getversaddr(struct rpc_ctx *c, const void *args, void *ret)
{
	const struct rpcb_args *a = args;
	bool found = false;

	for (size_t i = 0; i < sizeof(served) / sizeof(served[0]); i++)
		found |= served[i].prog == a->prog && served[i].vers == a->vers;
	return found ? getaddr(c, args, ret) : RPC_DONE;
}

static bool
xdr_uaddr_res(XDR *x, void *p)
{
	struct uaddr_res *r = p;

	return put_cstr(x, r->text);
}

static bool
xdr_rpcb_dump_res(XDR *x, void *p)
{
	struct dump_res *r = p;
	char addr[UADDR_MAX];
	bool more = true;

	for (size_t i = 0; i < r->n; i++) {
		struct pmap_map *m = &r->map[i];

		uaddr(addr, r->local, m->port);
		if (!xdr_flag(x, &more) || !xdr_uint32_t(x, &m->prog) ||
		    !xdr_uint32_t(x, &m->vers) ||
		    !put_cstr(x, m->prot == IPPROTO_TCP ? "tcp" : "udp") ||
		    !put_cstr(x, addr) || !put_cstr(x, "provd"))
			return false;
	}
	more = false;
	return xdr_flag(x, &more);
}

static const struct rpc_proc rpcb_procs[] = {
	{ "NULL", rpc_void, rpc_null, rpc_void },
	{ "SET", xdr_rpcb_args, refuse, xdr_refuse_res },
	{ "UNSET", xdr_rpcb_args, refuse, xdr_refuse_res },
	{ "GETADDR", xdr_rpcb_args, getaddr, xdr_uaddr_res },
	{ "DUMP", rpc_void, dump, xdr_rpcb_dump_res },
	{ "CALLIT", rpc_void, silent, rpc_void },
	{ "GETTIME", NULL, NULL, NULL },
	{ "UADDR2TADDR", NULL, NULL, NULL },
	{ "TADDR2UADDR", NULL, NULL, NULL },
	/* version 4 alone */
	{ "GETVERSADDR", xdr_rpcb_args, getversaddr, xdr_uaddr_res },
};

const struct rpc_version rpcb3_version = {
	.prog = PMAP_PROGRAM, .vers = 3, .proc = rpcb_procs, .n_proc = 9,
};
const struct rpc_version rpcb4_version = {
	.prog = PMAP_PROGRAM, .vers = 4, .proc = rpcb_procs,
	.n_proc = sizeof(rpcb_procs) / sizeof(rpcb_procs[0]),
};

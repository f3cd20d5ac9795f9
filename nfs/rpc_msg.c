/* rpc_msg.c - see rpc_msg.h. */
#include "rpc_msg.h"

#include <errno.h>

#define MACHINE_MAX	255u

static bool
get(XDR *x, uint32_t *v)
{
	return xdr_uint32_t(x, v);
}

static bool
put(XDR *x, uint32_t v)
{
	return xdr_uint32_t(x, &v);
}

/* RFC 5531 appendix A: stamp, machine name, uid, gid, at most 16 groups, and
 * nothing behind them. */
static int
read_auth_sys(const struct xtext *body, struct tree_cred *ret)
{
	struct xtext machine;
	uint32_t stamp;
	XDR x;

	xdr_reader(&x, body->p, body->len);
	if (!get(&x, &stamp) || !xdr_text(&x, &machine, MACHINE_MAX) ||
	    !get(&x, &ret->uid) || !get(&x, &ret->gid) ||
	    !get(&x, &ret->n_gids) ||
	    ret->n_gids > sizeof(ret->gids) / sizeof(ret->gids[0]))
		return -EBADMSG;
	for (uint32_t i = 0; i < ret->n_gids; i++)
		if (!get(&x, &ret->gids[i]))
			return -EBADMSG;
	return xdr_room(&x) == 0 ? 0 : -EBADMSG;
}

static int
read_cred(uint32_t flavor, const struct xtext *body, struct rpc_call *ret)
{
	switch (flavor) {
	case AUTH_NONE:
		ret->cred.uid = ret->cred.gid = RPC_NOBODY;
		return 0;
	case AUTH_SYS:
		if (read_auth_sys(body, &ret->cred) == 0)
			return 0;
		ret->auth = AUTH_BADCRED;
		return -EACCES;
	default:
		ret->auth = AUTH_REJECTEDCRED;
		return -EACCES;
	}
}

int
rpc_call_decode(XDR *x, struct rpc_call *ret)
{
	uint32_t dir, rpcvers, flavor, vflavor;
	struct xtext cred, verf;

	*ret = (struct rpc_call){ .auth = AUTH_OK };
	if (!get(x, &ret->xid) || !get(x, &dir) || dir != CALL ||
	    !get(x, &rpcvers))
		return -EBADMSG;
	if (rpcvers != RPC_MSG_VERSION)
		return -EPROTONOSUPPORT;
	if (!get(x, &ret->prog) || !get(x, &ret->vers) || !get(x, &ret->proc) ||
	    !get(x, &flavor) || !xdr_text(x, &cred, MAX_AUTH_BYTES) ||
	    !get(x, &vflavor) || !xdr_text(x, &verf, MAX_AUTH_BYTES))
		return -EBADMSG;
	return read_cred(flavor, &cred, ret);
}

bool
rpc_put_accepted(XDR *x, uint32_t xid, enum accept_stat stat)
{
	return put(x, xid) && put(x, REPLY) && put(x, MSG_ACCEPTED) &&
	    put(x, AUTH_NONE) && put(x, 0) && put(x, stat);
}

bool
rpc_put_prog_mismatch(XDR *x, uint32_t xid, uint32_t low, uint32_t high)
{
	return rpc_put_accepted(x, xid, PROG_MISMATCH) && put(x, low) &&
	    put(x, high);
}

bool
rpc_put_mismatch(XDR *x, uint32_t xid)
{
	return put(x, xid) && put(x, REPLY) && put(x, MSG_DENIED) &&
	    put(x, RPC_MISMATCH) && put(x, RPC_MSG_VERSION) &&
	    put(x, RPC_MSG_VERSION);
}

bool
rpc_put_auth_error(XDR *x, uint32_t xid, enum auth_stat why)
{
	return put(x, xid) && put(x, REPLY) && put(x, MSG_DENIED) &&
	    put(x, AUTH_ERROR) && put(x, why);
}

/* rpc_msg.h - the header of a call, and the headers of its possible replies.
 *
 * Pure.  Errors of rpc_call_decode(): -EBADMSG: no call, answer nothing;
 * -EPROTONOSUPPORT: another RPC version, answer rpc_put_mismatch();
 * -EACCES: credentials not accepted, answer rpc_put_auth_error(call->auth).
 * In all but the first case call->xid is set.
 * Replies carry an empty verifier: FreeBSD's loader expects length 0.
 * Layer: nfs, codec.  Spec: RFC 5531 sections 9, 10 and appendix A.
 */
#ifndef NFS_RPC_MSG_H
#define NFS_RPC_MSG_H

#include <rpc/rpc.h>

#include "../tree/tree.h"
#include "xdr.h"

#define RPC_NOBODY	65534u

struct rpc_call {
	uint32_t	 xid, prog, vers, proc;
	struct tree_cred cred;		/* AUTH_NONE: nobody */
	enum auth_stat	 auth;		/* -EACCES: why */
};

/* Leaves the stream at the procedure's arguments. */
int	rpc_call_decode(XDR *, struct rpc_call *ret);

bool	rpc_put_accepted(XDR *, uint32_t xid, enum accept_stat);
bool	rpc_put_prog_mismatch(XDR *, uint32_t xid, uint32_t low, uint32_t high);
bool	rpc_put_mismatch(XDR *, uint32_t xid);
bool	rpc_put_auth_error(XDR *, uint32_t xid, enum auth_stat);

#endif /* NFS_RPC_MSG_H */

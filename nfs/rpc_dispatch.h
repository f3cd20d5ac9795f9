/* rpc_dispatch.h - one RPC call: bytes in, bytes out.
 *
 * The seam that sockets, tests and fuzzers share.  A program's version is a
 * table of procedures {decode, run, encode}; nothing decoded is allocated, so
 * nothing is freed.  No sockets, no clock, no log here.
 *
 * rpc_dispatch() gives
 *   RPC_DONE	  *rep_len bytes are the reply; 0: send nothing
 *   RPC_AGAIN	  it would wait for a disk: call again in a disk thread with
 *		  ctx->flags without TREE_NOWAIT (or with ctx->busy set, to
 *		  say "not now" to the client)
 *   RPC_PROMISE  ctx->promise says what must be committed first: send it to
 *		  the control thread, call again with ctx->settled set and
 *		  ctx->promise.result (and .text) filled in
 * Calling again means with the same request bytes and the same ctx.
 *
 * Ownership: ctx->promise.data, when set, is freed by rpc_ctx_done(); so is the
 * reference in ctx->seg, unless the caller took it.
 * Layer: nfs.  Spec: RFC 5531.
 */
#ifndef NFS_RPC_DISPATCH_H
#define NFS_RPC_DISPATCH_H

#include "../fleet/event.h"
#include "../fleet/snapshot.h"
#include "../tree/files.h"
#include "rpc_msg.h"

#define RPC_CALL_MAX	(128u << 10)	/* largest call taken */
#define RPC_DATA_MAX	(64u << 10)	/* bytes of a file in a reply's buffer */
#define RPC_SEG_MAX	(1u << 20)	/* and behind it, where they are not copied */
#define RPC_REPLY_MAX	(RPC_DATA_MAX + 512u)
#define RPC_REPLY_MIN	1024u		/* least room to be given for a reply */

enum rpc_result { RPC_DONE, RPC_AGAIN, RPC_PROMISE, RPC_SILENT /* run() only */ };

struct mount_list;
struct rpc_version;
struct warm;

/* What a socket serves.  Constant while the server runs. */
struct rpc_env {
	const struct rpc_version *const *version;	/* ends with NULL */
	struct mount_list	*mounts;	/* may be NULL */
	uint16_t		 nfs_port;	/* what the portmapper answers */
	uint16_t		 pmap_port;
};

struct rpc_ctx {
	/* From the caller. */
	const struct rpc_env	*env;
	const struct snapshot	*snap;
	uint32_t		 peer, local;	/* who asks; which of our addresses */
	bool			 tcp;
	unsigned		 flags;		/* TREE_NOWAIT or 0 */
	struct files		*files;		/* open files, or NULL */
	struct warm		*warm;		/* the thread's own, or NULL */
	bool			 may_seg;	/* the reply may end with seg */
	bool			 busy, settled;

	/* To the caller. */
	struct promise		 promise;
	struct event		 event;		/* worth telling when has_event */
	bool			 has_event;
	bool			 real;		/* it named a file that is there */
	struct file_seg		 seg;		/* file set: these bytes end the
						 * reply, padded to whole words */
	unsigned		 lane;		/* of the disk thread that can wait */

	/* For run(): the caller's identity; where the encoded results will
	 * stand in the reply, so that bulk bytes can be put in their place. */
	struct tree_cred	 cred;
	uint8_t			*res;
	size_t			 res_cap;
};

struct rpc_proc {
	const char	*name;
	bool		(*decode)(XDR *, void *args);
	int		(*run)(struct rpc_ctx *, const void *args, void *res);
	bool		(*encode)(XDR *, void *res);
};

struct rpc_version {
	uint32_t		 prog, vers;
	const struct rpc_proc	*proc;		/* .run NULL: PROC_UNAVAIL */
	uint32_t		 n_proc;
};

/* Room for the arguments and the results of any procedure. */
#define RPC_ARGS_MAX	1024u
#define RPC_RES_MAX	2048u

int	rpc_dispatch(struct rpc_ctx *, const void *req, size_t len,
	    void *rep, size_t cap, size_t *ret_len);
void	rpc_ctx_done(struct rpc_ctx *);
void	rpc_drop_seg(struct rpc_ctx *);

/* Arguments or results that are empty; the NULL procedure. */
bool	rpc_void(XDR *, void *);
int	rpc_null(struct rpc_ctx *, const void *args, void *res);

#endif /* NFS_RPC_DISPATCH_H */

/* rpc_io.h - an RPC server on a data thread: sockets, and calls that wait.
 *
 * A call is dispatched where it arrives, without waiting for a disk.  If it
 * would wait, or promises something, it becomes a task: a copy of the call
 * and a reference to the snapshot, handed to a disk thread or to the control
 * thread; its answer is sent when it returns, in whatever order.  Tasks are
 * bounded.  Over UDP a call that cannot become one is dropped (its sender
 * asks again); over TCP it is left in the connection, or told "later".
 *
 * All functions run in the worker's thread.  Ownership: a task belongs to
 * whom it was handed; srv lives until its last task has returned.
 * Layer: nfs, I/O.
 */
#ifndef NFS_RPC_IO_H
#define NFS_RPC_IO_H

#include <sys/queue.h>

#include "../fleet/service.h"
#include "../lib/os.h"
#include "../tree/warm.h"
#include "nfs_note.h"
#include "rpc_dispatch.h"
#include "rpc_out.h"
#include "rpc_record.h"

#define RPC_IN		65536u		/* read at once; a datagram fits */
#define RPC_BATCH	16u		/* datagrams taken before the first is answered */
#define RPC_OUT		(REC_MARK + RPC_REPLY_MAX + (32u << 10))
#define RPC_REPLY_MAX_UDP 65504u	/* a datagram, in whole words */
#define RPC_TASKS	512u		/* per worker */
#define RPC_CONN_TASKS	16u		/* per connection */
#define RPC_SEGS	256u		/* pieces of files that wait, per worker */
#define RPC_FILES	1024u		/* open between reads, per worker */
#define RPC_WARM	65536u		/* paths remembered, all workers together */
#define RPC_HELD_MAX	((size_t)64 << 20)	/* memory of all connections of a worker */

struct rpc_conn;
struct rpc_srv;

TAILQ_HEAD(rpc_conn_list, rpc_conn);

/* A UDP socket or a TCP listener. */
struct rpc_sock {
	struct rpc_srv		*srv;
	const struct rpc_env	*env;
	int			 fd;		/* -1: none */
	struct event		*ev;
};

struct rpc_srv {
	struct worker		*w;
	struct rpc_env		 nfs_env, pmap_env;
	struct rpc_sock		 udp[2], tcp[2];
	unsigned		 max_conns, n_conns;
	unsigned		 tasks;
	bool			 stopping;
	struct nfs_note		 note;

	/* Longest idle first; strangers have done nothing yet. */
	struct rpc_conn_list	 conns, strangers;
	struct rpc_conn_list	 waiting;	/* for a task to be free */
	size_t			 held;
	unsigned		 segs;
	struct files		*files;
	struct warm		*warm;		/* what was found lately */
	struct event		*sweep;		/* set while files are open */
	bool			 sweeping;
	int64_t			 logged_ms;
	struct event		*retry;		/* accept again: no descriptors */

	uint8_t			*in, *out;	/* scratch for one callback */
};

/* Where a call came from. */
struct rpc_from {
	struct rpc_srv		*srv;
	const struct rpc_env	*env;
	struct rpc_conn		*conn;		/* TCP */
	const struct rpc_sock	*sock;		/* UDP */
	struct os_dgram		 dgram;		/* TCP: peer and local only */
};

struct rpc_task {
	struct pool_job		 job;
	struct rpc_ctx		 ctx;
	struct rpc_from		 from;
	struct snapshot		*snap;
	int			 result;	/* enum rpc_result */
	uint8_t			*buf;		/* room for the mark, then the reply */
	size_t			 rep_len;
	size_t			 req_len;
	uint8_t			 req[];
};

/* rpc_io.c: true: *rep_len bytes (perhaps none) are the reply, and then *seg's,
 * where seg is not NULL; false: a task will bring it. */
bool	rpc_serve(const struct rpc_from *, const void *req, size_t len,
	    void *rep, size_t cap, size_t *rep_len, struct file_seg *seg);
int	rpc_files_start(struct rpc_srv *);
void	rpc_srv_unref(struct rpc_srv *);	/* after a task, or at the end */

/* rpc_udp.c */
int	rpc_udp_start(struct rpc_sock *);
void	rpc_udp_reply(const struct rpc_from *, const void *rep, size_t len);

/* rpc_tcp.c */
int	rpc_tcp_start(struct rpc_sock *);
void	rpc_tcp_stop(struct rpc_srv *);			/* closes all connections */
void	rpc_tcp_task_begins(struct rpc_conn *);
void	rpc_tcp_task_ends(struct rpc_task *);		/* sends; may take task->buf */
void	rpc_tcp_wake(struct rpc_srv *);			/* a task is free */
/* Bytes for the head of the connection's queue; takes *buf. */
void	rpc_tcp_loaded(struct rpc_conn *, int result, uint8_t **buf);
void	rpc_tcp_proven(struct rpc_conn *);		/* is a client indeed */
bool	rpc_tcp_first_root(struct rpc_conn *, uint32_t inst);

/* rpc_load.c: read a piece in a disk thread, for rpc_tcp_loaded(). */
int	rpc_load(struct rpc_srv *, struct rpc_conn *, const struct file_seg *);

#endif /* NFS_RPC_IO_H */

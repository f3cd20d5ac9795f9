/* httpd.h - the HTTP server of one data thread: sockets, connections, tasks.
 *
 * A connection has at most one task: a request and its answer, which may be
 * with a disk thread for a while.  Requests that came in advance wait, at
 * most HTTP_HEAD_MAX bytes of them, and then in the client.  No bytes of a file are kept for a
 * connection: what the socket does not take is read again when it does, so that a client
 * that does not read costs little (one with TLS: a record or two).
 *
 * All of it belongs to the worker's thread, but for what of a task a disk
 * thread needs while task.on_disk.
 * Layer: httpd, I/O.
 */
#ifndef HTTPD_HTTPD_H
#define HTTPD_HTTPD_H

#include <sys/queue.h>

#include "../fleet/service.h"
#include "../lib/os.h"
#include "../tree/files.h"
#include "http_msg.h"

struct event;
struct http_conn;
struct http_peer;
struct http_tls;
struct http_wire;

#define HTTP_PIECE	((size_t)64 << 10)	/* copied at once */
#define HTTP_SLICE	((uint32_t)2 << 20)	/* sent at once by sendfile(2) */
#define HTTP_PACED	((uint32_t)64 << 10)	/* where bandwidth is limited */
#define HTTP_PEERS	256u			/* a power of two */
#define HTTP_KNOWN	256u			/* likewise */

TAILQ_HEAD(http_conns, http_conn);
SLIST_HEAD(http_peers, http_peer);

struct http_listener {
	struct httpd	*d;
	int		 fd;		/* -1: its interface has no address */
	bool		 tls, failed;
	char		 ifname[16];	/* whose address it has; "": a configured one */
	uint32_t	 addr;
	uint16_t	 port;
	struct event	*ev;
};

/* A file, a claim or a report that was found by name for an address.  A file is given again for a second
 * while the snapshot is the same and nothing has happened to the file: so only that a
 * directory or a link on the way to it was changed is seen late. */
struct http_found {
	unsigned	 refs;
	struct snapshot	*snap;
	uint32_t	 addr, inst;
	char		*path;		/* as it was asked for; of what is promised: in the view */
	struct view_file *file;		/* NULL: src is a claim or a report */
	enum node_src	 src;
	struct http_file what;
	uint64_t	 state, written;	/* view_file_state() */
	int64_t		 at;		/* ms */
};

struct httpd {
	unsigned	 refs;		/* its own, and of each task on disk */
	struct worker	*w;		/* NULL until start */
	struct http_listener *listener;
	size_t		 n_listener;
	struct http_tls	*tls;		/* NULL: none; shared by all threads */
	struct event	*tick, *look;
	bool		 ticking, deaf;	/* deaf: no descriptors left for a while */
	struct http_conns conns, idle;	/* idle: who is so for longest first */
	size_t		 n_conn;
	struct http_peers peers[HTTP_PEERS];
	struct files	*files;
	struct http_found *known[HTTP_KNOWN];
	/* One callback's own: what was received; what is sent. */
	uint8_t		 in[HTTP_HEAD_MAX];
	uint8_t		 out[HTTP_OUT_MAX + HTTP_PIECE];
	struct http_req	 req;
	int64_t		 full_said;	/* ms */
	int64_t		 said_since;	/* and what was said since then */
	unsigned	 said, unsaid;
};

/* One request and its answer. */
struct http_task {
	struct pool_job	 job;
	struct httpd	*d;
	struct http_conn *c;		/* NULL: it went while this was on disk */
	struct snapshot	*snap;		/* while it is looked for: */
	struct http_found *found;
	uint32_t	 peer;
	size_t		 head_off, head_len;
	unsigned	 part;		/* which is sent */
	uint64_t	 at;		/* next byte of it */
	uint64_t	 warm;		/* up to here nothing waits for a disk */
	uint64_t	 sent;		/* content */
	int64_t		 told;		/* ms */
	int64_t		 hold;		/* ms: nothing is sent before, lib/pace.h */
	bool		 begun;		/* its head was made: the length is promised */
	bool		 on_disk;	/* or with the control thread */
	bool		 promised;	/* the promise has been answered */
	int		 result;	/* of the disk thread */
	/* Not cleared: written before they are read. */
	struct http_req	 req;
	struct http_answer ans;
	struct promise	 promise;
	/* Of the answer, or of a part; with what a claim says. */
	char		 head[HTTP_OUT_MAX + TREE_CLAIM_SIZE];
};

enum http_state {
	HTTP_IDLE,			/* nothing of a request has come */
	HTTP_READING,			/* not all of it has */
	HTTP_ANSWERING,
	HTTP_LINGERING,			/* the last answer has left */
	HTTP_CLOSED			/* goes at the end of the callback */
};

struct http_conn {
	TAILQ_ENTRY(http_conn) link, idle;
	struct httpd	*d;
	struct http_peer *from;
	struct http_wire *wire;
	enum http_state	 state;
	uint32_t	 peer;
	uint16_t	 port;
	bool		 eof;		/* no more requests come */
	int64_t		 since, deadline;	/* ms; since it waits for a request */
	uint8_t		*in;		/* HTTP_HEAD_MAX, or NULL: received, not looked at */
	size_t		 in_len;
	size_t		 lingered;	/* bytes thrown away */
	struct http_task *task;		/* while HTTP_ANSWERING */
	int64_t		 said_since;
	unsigned	 said;
};

/* httpd.c */
void	httpd_unref(struct httpd *);
void	http_tick(struct httpd *);	/* something has a deadline */
void	http_peer_leave(struct httpd *, struct http_peer *);

void	http_on_connection(int fd, short what, void *listener);

/* http_listen.c.  first: of the threads; it finds that a port is busy. */
int	http_listen_open(struct httpd *, const struct cfg_top *, bool first, char why[200]);
int	http_listen_start(struct httpd *);
void	http_listen_close(struct httpd *);
void	http_listen_deaf(struct httpd *, bool);

/* http_conn.c: takes the socket.  These run as callbacks of their own. */
void	http_conn_new(struct http_listener *, int fd, uint32_t peer, uint16_t port,
	    struct http_peer *);
void	http_conn_readable(struct http_conn *);
void	http_conn_writable(struct http_conn *);
void	http_conn_gone(struct http_conn *, const char *why);
void	http_conn_late(struct http_conn *);
void	http_conn_drop(struct http_conn *);

/* http_task.c: -EAGAIN: it goes on by itself, and http_conn_writable() tells; 0:
 * answered; else the connection must be closed. */
int	http_task_begin(struct http_conn *, const struct http_req *);
int	http_task_refuse(struct http_conn *, const struct http_req *, int status);
int	http_task_send(struct http_task *);
void	http_task_free(struct http_task *);	/* NULL is fine; also one on disk */
void	http_task_back(struct http_task *);	/* from where it was while on_disk */

/* http_promise.c: claims and reports.  What has no file promises; -EAGAIN: when it is
 * committed, or not, task.promised is set, and it is answered. */
bool	http_promises(const struct http_task *);
int	http_promise(struct http_task *);
/* What became of it: 0 or negative errno.  What is said then goes to buf. */
int	http_promise_result(const struct http_task *);
size_t	http_promise_text(const struct http_task *, char buf[TREE_CLAIM_SIZE]);

/* http_found.c.  One that is warm, or NULL. */
struct http_found *http_found_get(struct httpd *, uint32_t addr, const char *path);
/* Any thread; one reference.  *ret_lane: of the disk thread that can wait. */
int	http_found_open(struct snapshot *, uint32_t addr, const char *path, unsigned flags,
	    struct files *, struct http_found **ret, unsigned *ret_lane);
void	http_found_keep(struct httpd *, struct http_found *);	/* for the next */
void	http_found_unref(struct http_found *);			/* NULL is fine */
bool	http_found_sweep(struct httpd *, bool all);	/* are there any left? */

/* http_wire.c: bytes of a connection, in the clear or not.  Errors: negative
 * errno, -EAGAIN: the callback comes when it can go on. */
int	http_wire_new(struct http_conn *, int fd, struct http_tls *, struct http_wire **ret);
void	http_wire_free(struct http_wire *);	/* NULL is fine */
ssize_t	http_wire_recv(struct http_wire *, void *, size_t);	/* 0: the end */
void	http_wire_listen(struct http_wire *, bool on);
void	http_wire_again(struct http_wire *);	/* http_conn_readable(), soon */
void	http_wire_rest(struct http_wire *);	/* the same, if something was received */
/* more: more follows at once. */
ssize_t	http_wire_send(struct http_wire *, const void *, size_t, bool more);
ssize_t	http_wire_file(struct http_wire *, const struct file_seg *);
bool	http_wire_plain(const struct http_wire *);	/* http_wire_file() works */
bool	http_wire_flushed(const struct http_wire *);	/* else http_conn_writable() comes */
void	http_wire_wait(struct http_wire *, bool on);	/* for room to send */
void	http_wire_pause(struct http_wire *, unsigned ms);	/* http_conn_writable(), then */
void	http_wire_end(struct http_wire *);	/* nothing more is sent */

/* http_note.c: what was said; bounded by connection and by thread. */
void	http_say_done(struct http_task *, const char *err);
void	http_say_begin(struct http_task *);
void	http_say_progress(struct http_task *);

#endif /* HTTPD_HTTPD_H */

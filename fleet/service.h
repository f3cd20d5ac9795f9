/* service.h - what a protocol is to the program, and a thread to a protocol.
 *
 * A data thread (struct worker) owns its sockets and its event_base; nothing
 * of another thread is touched but through mailboxes.  Layer: fleet.
 */
#ifndef FLEET_SERVICE_H
#define FLEET_SERVICE_H

#include "../lib/pool.h"
#include "count.h"
#include "snapshot.h"

struct event_base;
struct fleet;

struct worker {
	unsigned	   index;	/* 0 .. n-1 */
	struct event_base *base;
	struct mbox	  *mbox;
	struct pool	  *pool;	/* disk threads, shared */
	struct fleet_port *port;	/* the control thread */
	struct snapshot	  *snap;	/* current; replaced in this thread's loop only, between callbacks */
	struct counts	   count;
};

/* A protocol served by the data threads.  One instance per worker. */
struct service {
	const char *name;
	/* As root, before threads: open sockets, nothing else. index 0 first: it binds
	 * each port once without SO_REUSEPORT to notice that it is busy (closing it
	 * again), index > 0 only opens, and finds the first instance in *ret.
	 * why gets one line. */
	int	(*open)(const struct config *, unsigned index, void **ret, char why[200]);
	/* A reload, of the first instance; both may be NULL.  First a thread that may
	 * wait for disks gets ready, why gets one line; then the control thread
	 * takes what was got ready, or drops it. */
	int	(*prepare)(void *, const struct config *, char why[200]);
	void	(*commit)(void *, bool take);
	/* In the worker's thread: add events to its loop. */
	int	(*start)(void *, struct worker *);
	/* In the worker's thread: remove events, close, free.  Open transfers are
	 * dropped; disk jobs and promises under way may still end later, when
	 * the mailbox is closed. */
	void	(*stop)(void *);
};

extern const struct service tftpd_service, nfs_service, httpd_service;

#endif /* FLEET_SERVICE_H */

/* event.h - what the protocols saw, told to the one who keeps the history.
 *
 * Protocols post plain events; states, percentages and reasons are derived
 * from them in lifecycle.c and timeline.c.  fleet_port_event() may be called
 * from any thread: it copies, coalesces EV_PROGRESS, and drops when the
 * control thread is behind (never reports or claims: those are promises).
 * Layer: fleet.
 */
#ifndef FLEET_EVENT_H
#define FLEET_EVENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../lib/addr.h"
#include "../lib/mbox.h"

enum event_kind {
	EV_DHCP,	/* text: what was asked and answered, "DISCOVER -> OFFER 192.168.10.32" */
	EV_TFTP,	/* a transfer began: text = file, total = its size */
	EV_TFTP_DONE,	/* done = bytes sent */
	EV_TFTP_FAIL,	/* text = "file: reason" */
	EV_MOUNT,	/* MOUNT MNT answered: text = path */
	EV_ROOT,	/* first NFS call of an operating system on an installation's root (over TCP) */
	EV_PROGRESS,	/* a large file is being read: text = path, done, total */
	EV_LOG,		/* a line of the installation's log */
	EV_NOTE,	/* anything else worth a line */
};

struct event {
	enum event_kind	kind;
	uint32_t	inst;		/* installation id, 0: unknown */
	uint32_t	addr;		/* client's address, 0: unknown */
	struct mac	mac;		/* zero: unknown */
	uint64_t	done, total;
	bool		http;		/* EV_TFTP...: but by HTTP */
	char		text[160];
};

/* Where any thread reaches the control thread. */
struct fleet;
struct fleet_port;

void	fleet_port_event(struct fleet_port *, const struct event *);

/* A promise: the control thread commits, then says so.  The sender's struct
 * embeds it; done() runs in the loop of reply.  -ENOBUFS: answer nothing, the
 * client asks again. */
enum promise_kind { PROMISE_CLAIM, PROMISE_REPORT, PROMISE_LOG };
struct promise {
	struct mbox_msg	 msg;		/* used on both ways */
	enum promise_kind kind;
	uint32_t	 inst;
	uint32_t	 addr;		/* who asks */
	char		 name[256];	/* claim number, or report name */
	uint64_t	 off;		/* PROMISE_LOG */
	uint8_t		*data;		/* PROMISE_LOG: malloc'd, freed by the sender */
	size_t		 len;
	struct mbox	*reply;
	void		(*done)(struct promise *);	/* in reply's loop */
	int		 result;	/* 0: committed; -EPERM: refused for good; else not now */
	char		 text[100];	/* PROMISE_CLAIM: "go", or why not */
	struct fleet	*fleet;		/* set by fleet_port_promise() */
};
int	fleet_port_promise(struct fleet_port *, struct promise *);

#endif /* FLEET_EVENT_H */

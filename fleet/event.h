/* event.h - what the protocols saw, told to the one who keeps the history.
 *
 * Protocols post plain events; states, percentages and reasons are derived
 * from them in lifecycle.c, timeline.c, seen.c and why.c.  fleet_port_event() may be called
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
#include "../tree/tree.h"
#include "boot.h"

/* How a line of a host's history is shown. */
enum line_severity { LINE_INFO, LINE_WARNING, LINE_ERROR, LINE_SEVERITY__COUNT };
/* What it is about: X(identifier, name). */
#define LINE_KINDS(X)								\
	X(NOTE, "note")		/* anything else */				\
	X(DHCP, "dhcp") X(TFTP, "tftp") X(HTTP, "http") X(NFS, "nfs")		\
	X(STATE, "state")	/* of its life */				\
	X(STEP, "step")		/* a report of the script */			\
	X(STEER, "steer")	/* what a person did: arm, disarm, power */	\
	X(LOG, "log")		/* said by the machine: syslog */
enum line_kind {
#define X(id, name)	LINE_##id,
	LINE_KINDS(X)
#undef X
	LINE__COUNT
};
const char *line_kind_name(enum line_kind);
const char *line_severity_name(enum line_severity);

enum event_kind {
	EV_TFTP,	/* a transfer began: text = file, total = its size */
	EV_TFTP_DONE,	/* done = bytes sent */
	EV_TFTP_FAIL,	/* text = "file: reason", cause, done = bytes sent, block */
	EV_GETPORT,	/* portmap was asked where a program is: total = program */
	EV_MOUNT,	/* MOUNT MNT answered: text = path */
	EV_MOUNT_FAIL,	/* and refused: text = "path: reason", cause */
	EV_STALE,	/* a file handle that is nothing's here */
	EV_ROOT,	/* first NFS call of an operating system on an installation's root (over TCP) */
	EV_PROGRESS,	/* a large file is being read: text = path, done, total */
	EV_POWER,	/* it was switched on, or woken: text = how */
	EV_IN_USE,	/* addr, which is its own, is used by another: text = by whom; total 1: offered all the same */
	EV_UNHEEDED,	/* it takes no address from any server: text */
	EV_LOG,		/* a line that the machine said (syslog): text, severity */
	EV_NOTE,	/* anything else worth a line */
};

enum event_cause {	/* of EV_TFTP_FAIL, EV_MOUNT_FAIL */
	EC_OTHER,
	EC_NOT_FOUND,
	EC_DENIED,
	EC_REFUSED,	/* the client ended it with an error */
	EC_LOST,	/* the client fell silent */
};

struct event {
	enum event_kind	kind;
	uint32_t	inst;		/* installation id, 0: unknown */
	uint32_t	addr;		/* client's address, 0: unknown */
	struct mac	mac;		/* zero: unknown */
	uint64_t	done, total;
	bool		http;		/* EV_TFTP...: but by HTTP */
	uint8_t		cause;		/* enum event_cause */
	uint16_t	block;		/* bytes of one, as agreed; 0: not known */
	enum line_severity severity;	/* EV_LOG, EV_NOTE */
	char		text[160];
};

/* A DHCP message that came in, and what became of it; or one that another
 * server sent to a client of ours.  All strings are borrowed for the call, but
 * for those said to be static. */
struct event_dhcp {
	const char	*host;		/* whose it is; NULL: no host's */
	struct mac	 mac;		/* of the client */
	bool		 has_uuid;
	struct uuid	 uuid;
	uint8_t		 asked, answered;	/* DHCP message types; answered 0: BOOTP, or silence */
	bool		 silent, foreign;	/* foreign: answered is what other_server said */
	const char	*asked_name, *answered_name;	/* static */
	enum firmware	 fw;
	uint16_t	 secs;
	uint32_t	 xid;
	uint32_t	 addr;		/* offered, acknowledged; else the one that it spoke of */
	uint32_t	 other_server;	/* that it chose, or that spoke; 0 */
	uint32_t	 relay, next_server;
	const char	*iface;
	const char	*rule, *boot_rule;	/* static; NULL */
	const char	*why;		/* of the rule; NULL */
	const char	*muted;		/* why nothing was done at all; NULL */
	const char	*file, *hostname;	/* boot file it is told, name it says; "" */
	const char	*text;		/* the whole, for people */
};

/* Where any thread reaches the control thread. */
struct fleet;
struct fleet_port;

void	fleet_port_event(struct fleet_port *, const struct event *);
/* The same of DHCP, in the control thread. */
void	fleet_dhcp_event(struct fleet *, const struct event_dhcp *);

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

/* promise.c: what is promised to the client at addr, which named a path of the
 * installation's view.  A log's data is the caller's. */
void	promise_init(struct promise *, enum promise_kind, uint32_t inst, const char *path,
	    uint32_t addr);
/* What a claim's file says: one line, "go", or why not; anything but a committed
 * "go" stops the script. */
void	promise_claim_text(const struct promise *, char ret[TREE_CLAIM_SIZE]);

#endif /* FLEET_EVENT_H */

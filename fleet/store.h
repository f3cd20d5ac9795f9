/* store.h - what must survive: a thread that commits, and says when it has.
 *
 * Leases go to an append-only, checksummed journal (compacted in the
 * background); everything else to SQLite (WAL, synchronous=FULL).  All that
 * waits at one moment is committed together.  The completion is posted to the
 * control thread's mailbox only after fdatasync/COMMIT; result 0 or -errno
 * (-ENOSPC, -EIO, -EBUSY): then nothing was promised and nothing changed.
 * After a failed write the journal is cut back to its last good record.
 *
 * Lease ops are completed as soon as the journal has them, before the rest.
 *
 * Ownership: an op belongs to the store from store_submit() until its
 * completion is posted; before that the store frees data and inst.plan, drops
 * overlay, and sets all three to NULL.  Call store_close() before the control
 * mailbox is closed: an op that can't be posted is lost.
 * store_open() blocks and is called before the loops; it makes the state
 * directory if need be and locks it: -EWOULDBLOCK when another provd has it.
 * Layer: fleet.
 */
#ifndef FLEET_STORE_H
#define FLEET_STORE_H

#include "../lib/mbox.h"
#include "boot.h"
#include "lease.h"
#include "lifecycle.h"

struct overlay;
struct store;

struct host_record {		/* what is kept of a host */
	char		name[64];
	enum host_state	state;
	uint32_t	inst;		/* current installation, 0: none */
	struct host_other {	/* what it boots instead: see lifecycle.h */
		uint32_t	inst;	/* its installation id, 0: nothing */
		enum other_state state;
		bool		always;	/* at every boot, not once */
		unsigned	boots;	/* begun since it was asked for, or was up */
	} other;
	unsigned	attempts, retry;
	int64_t		since;		/* of the state */
	char		reason[200];	/* why failed */
	char		step[64];	/* last report's step */
	unsigned	step_no, steps;
	int64_t		last_boot;	/* firmware's last DHCP */
	uint32_t	boot_xid;	/* of that attempt: retransmissions are the same boot */
};

enum inst_kind { INST_INSTALL, INST_INSPECT, INST_RESCUE, INST_DISKLESS, INST__COUNT };
const char *inst_kind_name(enum inst_kind);	/* "install", "rescue" */
struct inst_record {
	uint32_t	 id;		/* given by the store */
	enum inst_kind	 kind;
	char		 host[64], profile[64], tree[64];
	char		 token[33];	/* 32 hex digits */
	char		 claim[24];	/* N of the claim that was granted; "" not yet */
	bool		 ended;
	int64_t		 created;
	unsigned	 steps;
	struct boot_recipe recipe;
	char		*plan;		/* JSON text of the plan; malloc'd; may be NULL */
};

enum store_kind { STORE_LEASE, STORE_HOST, STORE_INST, STORE_INST_END, STORE_REPORT, STORE_LOG, STORE_EVENT, STORE_FACTS, STORE_KEEP, STORE_BARRIER };
/* Texts that are kept, each under a key; a newer one takes its place. */
enum store_keep {
	KEEP_SEEN = 1,	/* by host: what was seen of its boot (seen.h) */
	KEEP_COURSE,	/* by profile and tree: how long the last installations took (course.h) */
	KEEP_STRANGER,	/* by MAC: a machine that is no host (stranger.h) */
	KEEP_HOST,	/* by name: a host that is not in the file: its origin, a blank, JSON */
	KEEP_WAVE,	/* by id: hosts that are installed a few at a time (wave.h) */
};

struct store_op {
	struct mbox_msg	 msg;		/* completion: msg.run in the control loop */
	struct store_op	*next;
	enum store_kind	 kind;
	int		 result;
	struct lease	 lease;		/* STORE_LEASE */
	struct host_record host;	/* STORE_HOST; STORE_INST (both rows in one transaction); STORE_REPORT likewise if host.name[0] */
	struct inst_record inst;	/* STORE_INST: with id as given by store_next_inst(); inst.plan is the op's (freed by store) */
	struct overlay	*overlay;	/* STORE_INST: sealed; the op's reference, dropped by the store */
	uint32_t	 inst_id;	/* STORE_INST_END, STORE_REPORT, STORE_LOG */
	char		 name[256];	/* STORE_REPORT: report name, or "claim-N" (sets inst's claim; "claim-" clears it); STORE_FACTS: host; STORE_KEEP: key */
	enum store_keep	 keep;		/* STORE_KEEP; without data: forgotten */
	int64_t		 time;
	uint64_t	 off;		/* STORE_LOG */
	uint8_t		*data;		/* STORE_LOG, STORE_EVENT, STORE_FACTS, STORE_KEEP: text; malloc'd, freed by the store */
	size_t		 len;
	char		 ev_host[64];	/* STORE_EVENT */
	uint8_t		 ev_kind, ev_severity;
	_Atomic bool	*broken;	/* set when the op fails; an op that finds it set fails with -ECANCELED,
					 * for it was decided on what never came to be.  NULL: stands alone */
};

struct store_load {		/* callbacks of store_open(), before it returns; stop on < 0 */
	int (*host)(void *, const struct host_record *);
	int (*inst)(void *, const struct inst_record *, struct overlay *);	/* those not ended; takes a reference if kept */
	int (*log)(void *, uint32_t inst, uint64_t off, const uint8_t *, size_t);
	int (*report)(void *, uint32_t inst, const char *name, int64_t time);	/* never a claim: see inst_record.claim */
	int (*event)(void *, const char *host, int64_t time, unsigned kind, unsigned severity,
	    const char *text);	/* newest 200 of each host */
	int (*facts)(void *, const char *host, const char *text, int64_t time);
	int (*kept)(void *, enum store_keep, const char *key, const char *text, int64_t time);
	int (*lease)(void *, const struct lease *);
};

/* How it fares, for people.  Times in nanoseconds. */
#define STORE_BUCKETS	8
extern const int64_t store_bucket[STORE_BUCKETS];	/* upper bounds */
struct store_stats {
	uint64_t commits, ops, failed;	/* since start; ops that became nothing */
	uint64_t took;			/* all commits together */
	uint64_t within[STORE_BUCKETS];	/* commits that took so long, and longer than the bound before */
	uint64_t waiting;		/* ops */
	int64_t	 busy;			/* the commit under way; 0: none */
	bool	 failing;		/* the last one failed */
};
void	store_stats(const struct store *, struct store_stats *ret);

int	store_open(const char *dir, const struct store_load *, void *arg,
	    struct store **ret, char why[200]);
/* What is kept of one kind, whether a provd runs or not; 0 where there is none. */
int	store_peek(const char *dir, enum store_keep,
	    int (*fn)(void *arg, const char *key, const char *text), void *arg);
int	store_start(struct store *, struct mbox *control);	/* starts the thread */
const uint8_t *store_key(const struct store *);		/* 16 bytes, made once */
uint32_t store_next_inst(struct store *);			/* control thread; never reused */
void	store_submit(struct store *, struct store_op *);
size_t	store_waiting(const struct store *);
void	store_close(struct store *);		/* commits what waits, joins */

#endif /* FLEET_STORE_H */

/* fleet_int.h - what the files of the fleet share.  Not for other folders. */
#ifndef FLEET_FLEET_INT_H
#define FLEET_FLEET_INT_H

#include "../lib/buf.h"
#include "../lib/clock.h"
#include "../lib/log.h"
#include "chain.h"
#include "fleet.h"
#include "lifecycle.h"

struct fleet_port {
	struct mbox	*mbox;
	struct fleet	*fleet;
	_Atomic uint64_t dropped;	/* events */
};

/* next is the record as last submitted to the store, pub.rec as last
 * committed; decisions are made on next, answers given from pub. */
struct fl_host {
	struct fleet_host pub;		/* first */
	struct host_record next;
	unsigned	  pending;
	_Atomic bool	  broken;	/* one of those pending has failed */
	struct chain	  chain;
	bool		  goes, waits;	/* is in those lists of fl_turns */
	struct fl_host	 *goes_next, *waits_next;
	unsigned	  ahead;	/* that wait before it */
	int64_t		  asked;	/* when it last did so while it waits */
	const char	 *told;		/* the reason why it gets no further that was told last, */
	int64_t		  told_at;	/* and when */
	struct buf	  found;	/* facts of the running inspection */
	unsigned	  n_inst;	/* installations in memory that are its */
};

struct fl_inst {
	struct installation *pub;
	char		 claim[24];	/* N as last submitted, like fl_host.next */
	unsigned	 n_reports;	/* committed; bounded, whoever has the token */
};

struct fl_tree { char *name, *sources; struct tree *tree; };	/* sources: a line each */
struct fl_mac { struct mac mac; struct fl_host *h; };
struct fl_uuid { struct uuid uuid; struct fl_host *h; };

/* Who is on its way, and who waits for it, in the order in which they came; the
 * numbers are those of one moment. */
struct fl_turns {
	struct fl_host	*going, *waiting, **last;
	unsigned	 n_going, n_waiting;
	int64_t		 at;
	bool		 counted;
};

struct fl_kept { enum store_keep kind; char *key, *text; };

struct fleet {
	struct fleet_param	 param;
	struct config		*cfg;
	struct store		*store;		/* NULL: stopping */
	uint8_t			 key[16];	/* the store's, for views */
	struct fleet_port	 port;
	struct lease_table	*leases;
	struct addrmap		*addrs;
	struct snapshot		*snap;
	struct fl_host		**host;		/* sorted by name */
	size_t			 n_host;
	struct fl_mac		*mac;		/* sorted */
	size_t			 n_mac;
	struct fl_uuid		*uuid;
	size_t			 n_uuid;
	struct place_list	*places;	/* of the configuration */
	struct fl_inst		*inst;		/* sorted by id */
	size_t			 n_inst;
	struct mbox_msg		 stale;		/* the snapshot is */
	bool			 is_stale;
	struct fleet_trees	 trees;
	struct tree		*programs;	/* boot-programs or an empty directory */
	char			disk_program[FA__COUNT][24];	/* of those; "" none */
	struct fl_turns		turns;
	struct pace		*pace;
	struct course_list	 courses;
	struct stranger_list	 strangers;
	int64_t			 strange_at;	/* the second in which so many strangers */
	unsigned		 strange_n;	/* did something */
	const char		*(*trouble)(void *arg);	/* fleet_trouble() */
	void			*trouble_arg;
	struct fl_kept		*kept;		/* as loaded, for others */
	size_t			n_kept;
	struct overlay		*local;
	char			*empty;		/* STATE/empty */
	struct { fleet_watch_fn *fn; void *arg; } watch[4];
};

/* One change on its way to the disk. */
struct fl_op {
	struct store_op	 op;			/* first */
	struct fleet	*f;
	struct fl_host	*h;			/* whose record op.host is; NULL */
	void		(*after)(struct fl_op *);	/* memory follows the disk; may be NULL */
	struct fl_inst	 inst;
	struct promise	*p;
	void		(*done)(void *arg, int result);
	void		*arg;
};

/* fleet_load.c */
extern const struct store_load fl_load;

/* fleet.c */
struct fl_host *fl_host_append(struct fleet *, const char *name);
struct fl_host *fl_host_find(struct fleet *, const char *name);
struct fl_inst *fl_inst_find(struct fleet *, uint32_t id);
int	fl_publish(struct fleet *);
/* Once for all that changes now: a rack that is armed is hundreds of changes. */
void	fl_publish_soon(struct fleet *);
int	fl_inst_put(struct fleet *, const struct fl_inst *);	/* takes its pub */
void	fl_inst_drop(struct fleet *, size_t i);
int	fl_inst_add(struct fleet *, const struct inst_record *, struct overlay *,
	    struct fl_inst *ret);

/* fleet_trees.c */
struct fl_tree *fl_tree_find(const struct fleet_trees *, const char *name);
void	fl_trees_take(struct fleet *, struct fleet_trees *);	/* in place of those that are */

/* fleet_programs.c: after the store */
int	fl_programs_open(struct fleet *, char why[200]);

/* fleet_turn.c */
unsigned fl_place(struct fleet *, const struct fl_host *, int64_t now);
void	fl_turn_moved(struct fleet *, struct fl_host *);	/* its next.state did */

/* fleet_history.c: what is told of hosts, and kept */
void	fl_line(struct fleet *, struct fl_host *, bool made);
void	fl_note(struct fleet *, struct fl_host *, enum line_kind, enum line_severity,
	    const char *fmt, ...) __attribute__((format(printf, 5, 6)));
void	fl_course_done(struct fleet *, const struct fl_host *);	/* it is installed */
void	fl_stranger_event(struct fleet *, const struct event *, int64_t now);
void	fl_history_stop(struct fleet *);	/* before the store is closed */
void	fl_history_free(struct fleet *);
void	fl_kept_free(struct fleet *);
int	fl_load_kept(void *, enum store_keep, const char *key, const char *text, int64_t time);

/* fleet_change.c */
struct fl_op *fl_op_new(struct fleet *, enum store_kind, struct fl_host *);
void	fl_op_submit(struct fl_op *);
bool	fl_life(struct fleet *, struct fl_host *, enum life_event, bool current,
	    struct host_record *ret_rec, struct life_out *ret_out);
/* What it boots instead: what becomes of that in rec.  Why it is over, if nobody wanted that. */
const char *fl_other(struct fleet *, enum other_event, struct host_record *rec);
/* Will its firmware boot something else than its state says? */
bool	fl_boots_other(const struct fl_host *);
void	fl_collect(struct fleet *, struct fl_host *);
void	fl_promise(struct fleet *, struct promise *);
void	fl_event(struct fleet *, const struct event *);

#endif /* FLEET_FLEET_INT_H */

/* fleet.h - all that changes: hosts, installations, leases, timeline.
 *
 * Owned by the control thread; every function here is called there, but for
 * fleet_port_* (event.h).  Changes that promise something are asynchronous:
 * memory changes, and done() is called, only after the store's commit.
 * Layer: fleet.
 */
#ifndef FLEET_FLEET_H
#define FLEET_FLEET_H

#include "boot.h"
#include "config.h"
#include "event.h"
#include "lease.h"
#include "place.h"
#include "snapshot.h"
#include "store.h"
#include "stranger.h"
#include "timeline.h"
#include "why.h"

struct fleet;
struct event_base;

/* A host as the fleet knows it. */
struct fleet_host {
	struct host_record	 rec;
	const struct cfg_host	*cfg;		/* NULL: no longer configured */
	struct timeline		 tl;
	char			*facts;		/* what the last inspection found, or NULL */
	int64_t			 facts_time;
};

struct fleet_param {
	struct config	*cfg;
	struct event_base *base;
	/* A new snapshot was made: hand it to the workers (takes its own references). */
	void		(*publish)(void *arg, struct snapshot *);
	void		*arg;
	struct overlay	*local;		/* menus that go to the disk; a reference is taken */
};

/* The trees of a configuration, open.  To open some waits for their disks, so
 * any thread may: it is given what is open already, as it was held before. */
struct fl_tree;
struct fleet_trees { struct fl_tree *tree; size_t n; };
int	fleet_trees_hold(const struct fleet *, struct fleet_trees *ret);
int	fleet_trees_open(const struct fleet_trees *now, const struct config *,
	    struct fleet_trees *ret, char why[200]);
void	fleet_trees_free(struct fleet_trees *);

int	fleet_open(const struct fleet_param *, struct fleet **ret, char why[200]);	/* blocks */
/* Between both: the same configuration with more hosts, which the store had. */
void	fleet_use(struct fleet *, struct config *);
int	fleet_start(struct fleet *);
void	fleet_stop(struct fleet *);		/* commits what waits */
/* Takes a reference; the trees become the fleet's.  On failure nothing changed. */
int	fleet_reload(struct fleet *, struct config *, struct fleet_trees *, char why[200]);
struct fleet_port *fleet_port(struct fleet *);
struct snapshot *fleet_snapshot(struct fleet *);	/* borrowed */
const struct config *fleet_config(struct fleet *);
struct lease_table *fleet_leases(struct fleet *);
/* For people: events that were dropped because this thread was behind; the store. */
uint64_t fleet_events_dropped(const struct fleet *);
void	fleet_store_stats(const struct fleet *, struct store_stats *ret);

/* Who is asking? ---------------------------------------------------------- */
struct fleet_host *fleet_host_by_name(struct fleet *, const char *);
/* Client UUID, then MAC, then lease address.  how: which one matched. */
struct fleet_host *fleet_host_by_client(struct fleet *, const struct uuid *, const struct mac *,
	    uint32_t addr, const char **ret_how);
/* By its client identifier, or where it is plugged in. */
struct fleet_host *fleet_host_by_place(struct fleet *, const struct fleet_place *,
	    const char **ret_how);
void	fleet_each_host(struct fleet *, void (*fn)(void *, struct fleet_host *), void *);

/* How far it has come on its way from power-on to installed, in percent; -1: it is
 * not on its way.  *ret_eta: seconds that are left, by what earlier installations of
 * the same profile took; -1: not known. */
int	fleet_progress(struct fleet *, const struct fleet_host *, int64_t now, int64_t *ret_eta);

/* DHCP -------------------------------------------------------------------- */
struct dhcp_who {		/* what DHCP knows of the asker */
	struct mac	mac;
	bool		has_uuid;
	struct uuid	uuid;
	enum firmware	fw;
	uint32_t	xid;
	uint32_t	server;		/* our address towards it */
	bool		same_boot;	/* goes on with a boot that was counted already */
	/* For a client that no installation tells what to boot; NULL, 0: nothing said. */
	const char	*root_path, *filename;
	uint32_t	next_server;
	bool		asks_file;	/* it asks for a boot file (option 55) */
};
/* The boot plan as it would be after this packet; changes nothing. host may be NULL (unknown). */
void	fleet_boot(struct fleet *, const struct fleet_host *, const struct dhcp_who *, int64_t now, struct boot_plan *ret);
/* Its firmware asked, and its plan was to wait for its turn (place is not 0):
 * that is how it keeps its place. */
void	fleet_wait(struct fleet *, struct fleet_host *, int64_t now);
/* Its place among those that wait; 0: it does not. */
unsigned fleet_place(struct fleet *, const struct fleet_host *, int64_t now);
/* The commit before an ACK (or DECLINE, RELEASE): the lease, and the host's state when the
 * firmware asked.  done(arg, result) is called later, once it is on disk; nothing is changed on failure. */
int	fleet_lease_commit(struct fleet *, const struct lease *, struct fleet_host *,
	    const struct dhcp_who *, void (*done)(void *arg, int result), void *arg);

/* The same where another server gives the address: the host's state alone. */
int	fleet_boot_commit(struct fleet *, struct fleet_host *, const struct dhcp_who *,
	    void (*done)(void *arg, int result), void *arg);
/* The host has this address, from another server: its files and events are known
 * by it.  No lease.  old: one that it had before and has no longer; 0. */
void	fleet_learn(struct fleet *, const struct fleet_host *, struct mac, uint32_t addr, uint32_t old);

/* Steering ---------------------------------------------------------------- */
struct fleet_arm_req {		/* everything an installation is, made by provd/arm.c */
	struct inst_record rec;		/* id and token from fleet_inst_prepare() */
	struct overlay	*overlay;	/* sealed; a reference is taken */
	unsigned	 retry;		/* further starts of the script that the profile allows */
	bool		 always;	/* no INST_INSTALL: at every boot, not once */
};
/* New id and token for rendering; nothing is stored yet.  A record that is no
 * INST_INSTALL makes fleet_arm() prepare what is booted instead (lifecycle.h). */
int	fleet_inst_prepare(struct fleet *, struct inst_record *ret);
int	fleet_arm(struct fleet *, struct fleet_host *, const struct fleet_arm_req *,
	    void (*done)(void *arg, int result), void *arg, const char **ret_why);
int	fleet_disarm(struct fleet *, struct fleet_host *,
	    void (*done)(void *arg, int result), void *arg, const char **ret_why);
/* Nothing is booted instead any more; what runs is served until the next boot. */
int	fleet_boot_none(struct fleet *, struct fleet_host *,
	    void (*done)(void *arg, int result), void *arg);
const struct installation *fleet_host_inst(struct fleet *, const struct fleet_host *);	/* current, NULL */
/* What it boots, or runs, instead; NULL. */
const struct installation *fleet_host_other(struct fleet *, const struct fleet_host *);

/* Why it gets no further; false: all is well, as far as is known. */
bool	fleet_why(struct fleet *, const struct fleet_host *, int64_t now, struct why *ret);
/* Who says which of our interfaces is not served now; NULL: none. */
void	fleet_trouble(struct fleet *, const char *(*iface_down)(void *arg), void *arg);
/* Every second or two: tells what has come to a stop, and stores what was seen. */
void	fleet_tick(struct fleet *, int64_t now);
/* Machines that are no host; borrowed. */
const struct stranger_list *fleet_strangers(struct fleet *);
/* Those that are hosts now (of a new configuration) are no strangers. */
void	fleet_strangers_forget(struct fleet *);
/* Texts that others keep in the store: those of the start, and a new one under
 * its key; NULL: forgotten.  done is called once it is on disk, or not. */
int	fleet_kept(struct fleet *, enum store_keep,
	    int (*fn)(void *arg, const char *key, const char *text), void *arg);
int	fleet_keep(struct fleet *, enum store_keep, const char *key, const char *text,
	    void (*done)(void *arg, int result), void *arg);

/* A line of the host's timeline, kept. */
void	fleet_note(struct fleet *, struct fleet_host *, enum line_severity, const char *text);

/* Live: called for every timeline line and every state change.  Up to four
 * watch at a time, told apart by arg; fn NULL: no longer. */
typedef void fleet_watch_fn(void *arg, const struct fleet_host *, const struct tl_line *);
void	fleet_watch(struct fleet *, fleet_watch_fn *, void *arg);

#endif /* FLEET_FLEET_H */

/* dhcp_int.h - what the files of the DHCP server's I/O have for each other.
 *
 *	dhcp_io.c	sockets, start and stop, packets in, decisions carried out
 *	dhcp_iface.c	interfaces that change, come and go
 *	dhcp_commit.c	answers that wait for the disk
 *	dhcp_send.c	packets out
 *	dhcp_tell.c	the log, the hosts' histories
 *	dhcp_listen.c	other servers: looked for, listened to
 *	dhcp_check.c	offers that wait until their address is known to be free
 *	dhcp_learn.c	addresses that another server gave
 *	dhcp_status.c	what provctl status shows
 *
 * All in the control thread.  Layer: dhcpd, I/O.
 */
#ifndef DHCPD_DHCP_INT_H
#define DHCPD_DHCP_INT_H

#include "dhcp_ask.h"
#include "dhcp_conflict.h"
#include "dhcp_foreign.h"
#include "dhcp_frame.h"
#include "dhcp_limit.h"
#include "dhcp_probe.h"
#include "dhcp_proxy.h"
#include "dhcp_record.h"
#include "dhcpd.h"

struct event;
struct event_base;

#define DHCP_COMMIT_BUCKETS	1024u
#define DHCP_LEARNT_MAX		4096u
#define DHCP_RCVBUF		(1 << 20)	/* a rack that is switched on at once */

struct dhcp_if {		/* one interface */
	struct dhcpd	*d;
	struct os_iface	 os;
	int		 fd, raw;	/* raw -1: none */
	bool		 said;		/* that it broadcasts instead */
	bool		 open_said;	/* that its sockets can't be opened */
	struct event	*ev;
	/* What others say: frames, or else the clients' UDP port. */
	struct os_tap	*tap;		/* NULL: none */
	int		 client_fd;	/* -1: none */
	struct event	*listen_ev;
	struct dhcp_probe probe;
};

struct dhcp_line {		/* a decision in words */
	int		 prio, asked;
	struct mac	 mac;
	uint32_t	 addr;
	enum firmware	 fw;
	const char	*reason;	/* static; may be NULL */
	bool		 known;
	struct event_dhcp ev;		/* for the histories; its texts are those here */
	char		 host[64], file[BOOTP_FILE_LEN + 1], name[64], did[240];
};

struct dhcp_told {		/* lines of one kind, which anybody can cause */
	int64_t		 since;
	unsigned	 n;		/* since then */
};

struct dhcp_pending;		/* dhcp_commit.c */
struct dhcp_learnt {
	struct mac	 mac;
	uint32_t	 addr;		/* 0: none yet */
	int64_t		 time;		/* when it took that */
	unsigned	 offers;	/* of boot information since then, */
	int64_t		 offered;	/* the last one then */
};

struct dhcpd {
	struct fleet	*fleet;		/* NULL: not started */
	struct dhcp_record *record;	/* NULL: nobody wants one */
	struct event_base *base;
	struct dhcp_nets *nets;
	uint16_t	 port;
	uint64_t	 decided[DR__COUNT];	/* packets, by the rule */
	uint8_t		 key[16];	/* of dhcp_hash() */
	struct dhcp_if	*iface;
	size_t		 n_iface;
	struct event	*look;			/* for changes of the interfaces */
	int		 binl_fd, ping_fd;	/* -1: none */
	struct event	*binl_ev, *ping_ev, *timer;
	struct dhcp_pending *bucket[DHCP_COMMIT_BUCKETS];
	size_t		 n_pending;
	bool		 full_said;
	struct dhcp_told strangers, servers;	/* lines about either */
	struct dhcp_limit *by_client, *by_relay;
	int64_t		 limit_said;
	struct conflict_table *checks;
	int64_t		 unchecked_said;
	struct foreign_table foreign;
	struct dhcp_learnt learnt[DHCP_LEARNT_MAX];	/* by hash of the MAC */
	struct dhcp_ask	 ask;		/* the request at hand */
	struct dhcp_msg	 msg;		/* the one overheard */
	uint8_t		 in[DHCP_MSG_MAX], out[DHCP_MSG_MAX];
};

/* dhcp_io.c: the request, as it came or again. */
void	dhcp_take(struct dhcp_if *, const struct dhcp_in *, const uint8_t *pkt, size_t len);
/* Why nothing is sent to the client of d->ask; NULL: it is. */
const char *dhcp_muted(const struct dhcp_if *, const struct dhcp_ask *);
/* Strangers choose their MAC: not so that all fall into one bucket. */
uint32_t dhcp_hash(const struct dhcpd *, struct mac);

int	dhcp_if_start(struct dhcp_if *);	/* hears what comes in */
void	dhcp_ifaces_changed(struct dhcpd *);	/* their addresses have */

/* dhcp_iface.c */
int	dhcp_if_open(struct dhcp_if *, char why[200]);
void	dhcp_if_close(struct dhcp_if *);
int	dhcp_ifaces_watch(struct dhcpd *);
bool	dhcp_ifaces_look(struct dhcpd *);	/* true: something has changed */

/* dhcp_send.c */
void	dhcp_send(struct dhcp_if *, const struct dhcp_dest *, const uint8_t *, size_t);

/* dhcp_tell.c */
void	dhcp_describe(const struct dhcp_ask *, struct dhcp_line *ret);
/* For the history of the host, or of a stranger. */
void	dhcp_history(const struct dhcp_if *, const struct dhcp_line *);
/* The same, and a line for the operator. */
void	dhcp_tell(const struct dhcp_if *, const struct dhcp_line *);
/* Too many lines of that kind within a second: this one is not told. */
bool	dhcp_too_many(struct dhcp_told *);

/* dhcp_commit.c: after the commit out is sent (len 0: nothing), as the verdict says. */
void	dhcp_commit(struct dhcp_if *, const uint8_t *out, size_t len);
/* The host's boot alone, where another server has given the address. */
void	dhcp_commit_boot(struct dhcp_if *, const uint8_t *out, size_t len);
void	dhcp_commits_forget(struct dhcpd *);

/* dhcp_listen.c */
void	dhcp_listen_open(struct dhcp_if *);
int	dhcp_listen_start(struct dhcp_if *);
void	dhcp_listen_close(struct dhcp_if *);
void	dhcp_foreign_say(const struct dhcp_if *, struct foreign *, bool tell, bool note);
void	dhcp_probes_begin(struct dhcpd *);
void	dhcp_probes_run(struct dhcpd *, int64_t now);

/* dhcp_check.c: true: the offer of d->ask waits, or was given up. */
bool	dhcp_check(struct dhcp_if *, const struct dhcp_in *, const uint8_t *pkt, size_t len);
void	dhcp_check_heard(struct dhcpd *, uint32_t addr, struct mac);
void	dhcp_checks_run(struct dhcpd *, int64_t now);
int	dhcp_checks_open(struct dhcpd *);
int	dhcp_checks_start(struct dhcpd *);
void	dhcp_checks_close(struct dhcpd *);

/* dhcp_learn.c */
void	dhcp_learn(struct dhcp_if *);
/* It was offered boot information; whether it takes an address is seen later. */
void	dhcp_offered(struct dhcp_if *);
/* Did the boot of that machine begin a moment ago, with a request that we saw? */
bool	dhcp_learnt_lately(const struct dhcpd *, const uint8_t *pkt, size_t len, int64_t now);

/* dhcp_io.c: what is due next may have changed. */
void	dhcp_timer_set(struct dhcpd *);

#endif /* DHCPD_DHCP_INT_H */

/* dhcpd.h - the DHCP and BOOTP server, as the program sees it.
 *
 * Lives in the control thread.  An answer that promises a lease leaves only
 * after the lease is on disk (fleet_lease_commit).  Logs one line per decision.
 * Ownership: dhcpd_stop() frees; commits that are still under way then may
 * end later and are forgotten.
 * Errors: negative errno, why has one line.  Layer: dhcpd, I/O.
 */
#ifndef DHCPD_DHCPD_H
#define DHCPD_DHCPD_H

#include "../fleet/config.h"

struct dhcpd;
struct event_base;
struct fleet;

/* As root, before the loop: a socket, and a raw one, for each interface. */
int	dhcpd_open(struct config *, struct dhcpd **ret, char why[200]);
/* From now on every packet goes to a file (dhcp_record.h); before dhcpd_start(). Taken. */
struct dhcp_record;
void	dhcpd_record(struct dhcpd *, struct dhcp_record *);
/* In the control thread.  Without subnets in the configuration it also sets
 * the lease table's ranges. */
int	dhcpd_start(struct dhcpd *, struct fleet *, struct event_base *);
/* After fleet_reload() with the same configuration.  Interfaces and port stay. */
void	dhcpd_reload(struct dhcpd *, struct config *);
void	dhcpd_stop(struct dhcpd *);	/* NULL is fine; also before dhcpd_start() */

/* A lease of the server that was here before; done(arg, result) after its commit.
 * -ERANGE, -EADDRINUSE, -ESTALE, ...: it is not taken, why says it, done is not called. */
struct lease;
int	dhcpd_carry(struct dhcpd *, const struct lease *,
	    void (*done)(void *arg, int result), void *arg, char why[160]);

/* What it does where, and what it has heard ------------------------------- */

struct dhcpd_net_status {
	struct net4	net;
	const char	*iface;			/* NULL: behind relays */
	enum cfg_dhcp_mode mode, in_force;
	const char	*why;
};
struct dhcpd_iface_status {
	const char	*name;
	uint32_t	addr;
	const char	*probe;			/* other servers: "none", "answers", ... */
	uint32_t	other;			/* the one that answered; 0 */
	bool		unicast;		/* to clients without an address */
	bool		listens;		/* to what others say */
};
struct dhcpd_server_status {			/* another server */
	uint32_t	id;
	struct mac	mac, client;
	const char	*iface, *host;		/* NULL */
	int64_t		first, last;
	uint64_t	offers, acks, naks, chosen;	/* chosen: by clients' REQUESTs */
	char		said[100];		/* last, to client */
};
struct dhcpd_counts {
	uint64_t client_refused, relay_refused, in_use;
	const uint64_t *rule;	/* packets decided by each enum dhcp_rule */
};
struct dhcpd_status_fn {
	void	(*net)(void *arg, const struct dhcpd_net_status *);
	void	(*iface)(void *arg, const struct dhcpd_iface_status *);
	void	(*server)(void *arg, const struct dhcpd_server_status *);
	void	(*counts)(void *arg, const struct dhcpd_counts *);
};
void	dhcpd_status(const struct dhcpd *, const struct dhcpd_status_fn *, void *arg);
/* An interface that is to be served and is not, having gone or no address; NULL: none. */
const char *dhcpd_iface_down(const struct dhcpd *);
const char *dhcpd_mode_name(enum cfg_dhcp_mode);

#endif /* DHCPD_DHCPD_H */

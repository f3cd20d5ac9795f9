/* dhcp_policy.h - what to answer, where to, and what to remember.
 *
 * dhcp_decide() is pure: the request and the environment go in, a verdict
 * comes out; nothing is sent, stored or logged.  (lease_pick() may move its
 * own cursor.)  Each step says why in env->trace, for provctl explain.
 *
 * Ownership: everything is borrowed; the verdict holds its own bytes.
 * Layer: dhcpd, policy.
 * Spec: RFC 2131 (4.1 destination, 4.3 server behaviour), RFC 1534 (BOOTP),
 * RFC 3046 (relays), RFC 6842 (client id echoed), PXE 2.1.
 */
#ifndef DHCPD_DHCP_POLICY_H
#define DHCPD_DHCP_POLICY_H

#include "../fleet/lease.h"
#include "../lib/buf.h"
#include "dhcp_facts.h"
#include "dhcp_net.h"
#include "dhcp_rule.h"

/* How long an offered address waits for its REQUEST.  A PXE ROM collects
 * offers for up to 4 s, and retries at 4, 8, 16 and 32 s. */
#define DHCP_OFFER_SECS		60

struct dhcp_env {
	int64_t			 now;		/* unix seconds */
	const struct dhcp_nets	*nets;
	const struct dhcp_net	*net;		/* from dhcp_net_of(); NULL: none of ours */
	uint32_t		 server;	/* our address where it came in */
	const struct cfg_host	*host;		/* NULL: unknown */
	struct dhcp_classes	 classes;	/* it belongs to */
	const struct dhcp_optset *profile;	/* options of its installation; NULL: none */
	const struct boot_plan	*boot;
	struct lease_table	*leases;
	struct buf		*trace;		/* lines of text; NULL: nobody asks */
	bool			 binl;		/* it came to port 4011, not 67 */
	uint32_t		 peer;		/* from whom, for an answer to there */
	uint16_t		 peer_port;
};

struct dhcp_dest {
	enum {
		DEST_RELAY,	/* addr, at the server's port */
		DEST_ADDR,	/* addr: it has it already */
		DEST_BROADCAST,
		DEST_MAC,	/* addr, framed for mac: it has not got it yet */
		DEST_SOURCE,	/* addr and port that it came from, port 4011 */
	} how;
	uint32_t	addr;
	struct mac	mac;
	uint16_t	port;		/* DEST_SOURCE */
};

enum dhcp_lease_op {
	DLO_NONE,
	DLO_OFFER,	/* hold the address; in memory only */
	DLO_DROP,	/* an offer that was not taken up; in memory only */
	DLO_COMMIT,	/* to disk; the answer waits for it */
};

struct dhcp_verdict {
	bool		 answer;
	struct dhcp_msg	 reply;		/* if answer */
	size_t		 max;		/* bytes the client takes */
	struct dhcp_dest dest;
	enum dhcp_lease_op lease_op;
	struct lease	 lease;
	bool		 trouble;	/* somebody should look at this */
	enum dhcp_rule	 rule;		/* that decided */
	const char	*reason;	/* its sentence, or the boot plan's */
};

/* The network the client is in: the relay's, else that of its own address
 * when it has one, else that of the interface. */
const struct dhcp_net *dhcp_net_of(const struct dhcp_msg *, const struct dhcp_facts *,
	    const struct dhcp_nets *, uint32_t iface_addr);

void	dhcp_decide(const struct dhcp_msg *, const struct dhcp_facts *,
	    const struct dhcp_env *, struct dhcp_verdict *ret);

#endif /* DHCPD_DHCP_POLICY_H */

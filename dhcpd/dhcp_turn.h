/* dhcp_turn.h - one request on its way through the policy.
 *
 * Not for others: dhcp_policy.c, dhcp_addr.c and dhcp_leasequery.c share it.  Pure.
 * Layer: dhcpd, policy.  Spec: RFC 2131 4.3.
 */
#ifndef DHCPD_DHCP_TURN_H
#define DHCPD_DHCP_TURN_H

#include "dhcp_policy.h"

struct dhcp_turn {
	const struct dhcp_msg	*req;
	const struct dhcp_facts	*facts;
	const struct dhcp_env	*env;
	struct dhcp_verdict	*v;
	int			 type;
	uint32_t		 server_id;
	uint32_t		 wanted;	/* option 50; 0: none */
	const uint8_t		*cid;		/* option 61; NULL: none */
	size_t			 cid_len;
	bool			 by_cid;	/* it, not the MAC, tells who has a lease */
};

/* What follows from the request and the environment. */
void	dhcp_turn_set(struct dhcp_turn *);
/* The verdict: by which rule. */
void	dhcp_turn_end(const struct dhcp_turn *, bool answer, enum dhcp_rule);
/* Is that lease this client's? */
bool	dhcp_turn_own(const struct dhcp_turn *, const struct lease *);

/* A line for the trace, if somebody reads it. */
void	dhcp_turn_note(const struct dhcp_turn *, const char *fmt, ...)
	    __attribute__((format(printf, 2, 3)));

/* The network on the client's link that an address lies in; NULL. */
const struct dhcp_net *dhcp_addr_net(const struct dhcp_turn *, uint32_t addr);
/* The host's own address, if it has one on this link; 0. */
uint32_t dhcp_addr_fixed(const struct dhcp_turn *);
/* Can this client have that address now?  false: *ret says why not. */
bool	dhcp_addr_fits(const struct dhcp_turn *, uint32_t addr, enum dhcp_rule *ret);
/* Which address to offer, 0 if none is free; *ret says how it was found. */
uint32_t dhcp_addr_choose(const struct dhcp_turn *, enum dhcp_rule *ret);
/* The client's last lease on this link, good or not; NULL. */
const struct lease *dhcp_addr_last(const struct dhcp_turn *);
bool	dhcp_addr_held(const struct lease *, int64_t now);
/* Is the address the client's as far as we know? */
bool	dhcp_addr_is_its(const struct dhcp_turn *, uint32_t addr);
/* Do we know the client at all? */
bool	dhcp_addr_known(const struct dhcp_turn *);

/* RFC 4388: a relay asks who has which address. */
void	dhcp_leasequery(const struct dhcp_turn *);

#endif /* DHCPD_DHCP_TURN_H */

/* dhcp_turn.h - one request on its way through the policy.
 *
 * Not for others: dhcp_policy.c and dhcp_addr.c share it.  Pure.
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
};

/* A line for the trace, if somebody reads it. */
void	dhcp_turn_note(const struct dhcp_turn *, const char *fmt, ...)
	    __attribute__((format(printf, 2, 3)));

/* The host's own address, if it has one on this network; 0. */
uint32_t dhcp_addr_fixed(const struct dhcp_turn *);
/* Why this client can't have that address now; NULL: it can. */
const char *dhcp_addr_why_not(const struct dhcp_turn *, uint32_t addr);
/* Which address to offer, 0 if none is free; *ret_why says how it was found. */
uint32_t dhcp_addr_choose(const struct dhcp_turn *, const char **ret_why);
/* The client's last lease on this network, good or not; NULL. */
const struct lease *dhcp_addr_last(const struct dhcp_turn *);
bool	dhcp_addr_held(const struct lease *, int64_t now);
/* Is the address the client's as far as we know? */
bool	dhcp_addr_is_its(const struct dhcp_turn *, uint32_t addr);
/* Do we know the client at all? */
bool	dhcp_addr_known(const struct dhcp_turn *);

#endif /* DHCPD_DHCP_TURN_H */

/* dhcp_ask.h - one packet put before the fleet and the policy.
 *
 * Shared by the server and by explain, so that both give the same answer.
 * Changes nothing, sends nothing, logs nothing.  Control thread.
 * Layer: dhcpd, I/O side (it asks the fleet).
 */
#ifndef DHCPD_DHCP_ASK_H
#define DHCPD_DHCP_ASK_H

#include "../fleet/fleet.h"
#include "dhcp_policy.h"

struct dhcp_ask {		/* about 10 KiB */
	struct dhcp_msg		 req;
	struct dhcp_facts	 facts;
	struct fleet_host	*host;	/* NULL: unknown */
	const char		*how;	/* by what it was known */
	struct dhcp_who		 who;
	struct boot_plan	 boot;
	struct dhcp_verdict	 verdict;
};

/* -EBADMSG: no DHCP message. */
int	dhcp_ask(struct fleet *, const struct dhcp_nets *, uint32_t iface_addr,
	    const uint8_t *pkt, size_t len, int64_t now,
	    struct buf *trace /* may be NULL */, struct dhcp_ask *ret);
/* "DISCOVER -> OFFER 192.168.10.32 (rule NAME)" */
void	dhcp_ask_line(const struct dhcp_ask *, char *buf, size_t cap);

#endif /* DHCPD_DHCP_ASK_H */

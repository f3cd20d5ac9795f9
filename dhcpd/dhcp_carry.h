/* dhcp_carry.h - a lease that another server gave, and that is to be ours.
 *
 * Pure.  Layer: dhcpd, policy.
 */
#ifndef DHCPD_DHCP_CARRY_H
#define DHCPD_DHCP_CARRY_H

#include "dhcp_net.h"

/* 0, or why it can't be: -ERANGE it is not ours to lease, -EADDRINUSE it is somebody
 * else's, -ESTALE it has expired; why has a line of it. */
int	dhcp_carry(const struct dhcp_nets *, const struct lease_table *,
	    const struct lease *, int64_t now, char why[160]);

#endif /* DHCPD_DHCP_CARRY_H */

/* dhcp_relay.h - what the relay in front of a client tells of the place.
 *
 * Pure.  The pointers are into the message.  Only a message that came through
 * a relay (giaddr) is looked at: nobody else may add option 82, and a client
 * that could name its own network could use up that of others.
 * Layer: dhcpd, codec.
 * Spec: RFC 3046 (82), 3527 (82.5), 5107 (82.11), 3011 (118).
 */
#ifndef DHCPD_DHCP_RELAY_H
#define DHCPD_DHCP_RELAY_H

#include "../fleet/place.h"
#include "dhcp_msg.h"

struct dhcp_relay {
	uint32_t	 where;		/* an address of the client's network: 82.5,
					 * else 118, else giaddr; 0: no relay */
	uint32_t	 server_id;	/* 82.11: what the client is to take us for; 0 */
	struct fleet_place at;		/* 82.1, 82.2 */
};

void	dhcp_relay(const struct dhcp_msg *, struct dhcp_relay *ret);

#endif /* DHCPD_DHCP_RELAY_H */

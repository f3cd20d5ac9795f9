/* dhcp_facts.h - what a request tells of the machine and program behind it, and
 * of the place where it is.
 *
 * Pure.  The pointers in raw and relay are into the message, and into the facts:
 * no copies.  What the facts mean is for firmware_tell() (fleet/boot.h) to say.
 * Layer: dhcpd, codec.
 * Spec: RFC 2132 9.13 (60), RFC 3004 (77), RFC 4578 (93, 97); iPXE (175).
 */
#ifndef DHCPD_DHCP_FACTS_H
#define DHCPD_DHCP_FACTS_H

#include "../fleet/boot.h"
#include "dhcp_relay.h"

struct dhcp_facts {
	struct mac	mac;
	bool		has_uuid;
	struct uuid	uuid;
	enum firmware	fw;
	struct fw_facts	raw;
	struct dhcp_relay relay;
};

void	dhcp_facts(const struct dhcp_msg *, struct dhcp_facts *ret);

/* These are answered in a manner of their own. */
bool	dhcp_facts_pxe_rom(const struct dhcp_facts *);	/* PXE 2.1: 60 and 43 */
bool	dhcp_facts_ipxe(const struct dhcp_facts *);	/* 175 */

#endif /* DHCPD_DHCP_FACTS_H */

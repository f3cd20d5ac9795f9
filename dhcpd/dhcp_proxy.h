/* dhcp_proxy.h - boot information beside another DHCP server.
 *
 * In mode proxy another server gives the addresses.  To a firmware's DISCOVER
 * on port 67 we add an OFFER without an address (ProxyDHCP), and on port 4011
 * we are the boot server that it then asks.  Others get nothing from us: a
 * loader or a system would take an OFFER without an address for one with.
 *
 * Pure, like the rest of the policy.
 * Layer: dhcpd, policy.
 * Spec: PXE 2.1 (2.2 protocol, 2.3 boot server types), RFC 4578.
 */
#ifndef DHCPD_DHCP_PROXY_H
#define DHCPD_DHCP_PROXY_H

#include "dhcp_turn.h"

#define DHCP_BINL_PORT	4011

/* Decides; the client is welcome. */
void	dhcp_proxy(const struct dhcp_turn *);

/* The address that a client says it has or takes from another server; 0: it
 * says none, or one that it can't have: our own, or leased by us.
 * *ret_server: who gave it, 0 if it does not say. */
uint32_t dhcp_proxy_learn(const struct dhcp_msg *, const struct dhcp_env *,
	    uint32_t *ret_server);

#endif /* DHCPD_DHCP_PROXY_H */

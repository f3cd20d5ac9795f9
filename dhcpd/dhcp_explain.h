/* dhcp_explain.h - why does this machine get this answer?
 *
 * Puts a packet before the fleet and the policy as the server does, and
 * writes down what was asked, each reason on the way, and the answer with its
 * options.  Changes nothing and sends nothing.  Control thread.
 * Errors: -EBADMSG (no DHCP message), -ENODEV (no such interface), -ENOMEM.
 * Layer: dhcpd.
 */
#ifndef DHCPD_DHCP_EXPLAIN_H
#define DHCPD_DHCP_EXPLAIN_H

#include <stddef.h>
#include <stdint.h>

#include "../lib/addr.h"
#include "../lib/buf.h"

struct fleet;

/* ifname: where it came in; NULL: the interface in whose network its giaddr or
 * ciaddr lies, else the first one. */
int	dhcp_explain(struct fleet *, const uint8_t *pkt, size_t len,
	    const char *ifname, struct buf *out);
/* Where it was last, or has its fixed address: what that machine would be answered as iPXE, as a PXE ROM (BIOS, UEFI), by HTTP boot and as a system. */
int	dhcp_explain_mac(struct fleet *, struct mac, struct buf *out);

#endif /* DHCPD_DHCP_EXPLAIN_H */

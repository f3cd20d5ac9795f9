/* dhcp_frame.h - Ethernet frames that DHCP listens to and sends: bytes <-> struct.
 *
 * Pure.  An ARP reply tells who uses an address; a UDP datagram may be what
 * another DHCP server says to a client.
 * Ownership: payload points into the frame.
 * Errors: -EBADMSG: neither, or cut short.
 * Layer: dhcpd, codec.
 * Spec: RFC 826 (ARP), RFC 5227 2.1.1 (probe), RFC 791, RFC 768.
 */
#ifndef DHCPD_DHCP_FRAME_H
#define DHCPD_DHCP_FRAME_H

#include <stddef.h>
#include <stdint.h>

#include "../lib/addr.h"

struct dhcp_frame {
	enum { FRAME_ARP, FRAME_UDP } kind;
	struct mac	mac;		/* ARP: whose address it is; UDP: sender */
	uint32_t	addr;		/* the same, and of its IP header */
	uint16_t	sport, dport;	/* FRAME_UDP */
	const uint8_t	*payload;
	size_t		len;
};

int	dhcp_frame_read(const uint8_t *, size_t, struct dhcp_frame *ret);
/* The same without the Ethernet header: an IP packet. */
int	dhcp_frame_read_ip(const uint8_t *, size_t, struct dhcp_frame *ret);

/* "Does anybody use addr?": from nobody's address, so that no cache learns it. */
#define DHCP_ARP_LEN	42
void	dhcp_frame_probe(struct mac ours, uint32_t addr, uint8_t ret[DHCP_ARP_LEN]);

#endif /* DHCPD_DHCP_FRAME_H */

/* dhcp_reply.h - a reply's fields and options, once it is decided what it says.
 *
 * Pure.  Layer: dhcpd, policy.
 * Spec: RFC 2131 4.3.1 and table 3, RFC 2132, 3046, 4578, 6842, PXE 2.1.
 */
#ifndef DHCPD_DHCP_REPLY_H
#define DHCPD_DHCP_REPLY_H

#include "dhcp_policy.h"

/* What every reply repeats of its request, and who sends it. type: DHCP_NOTYPE for BOOTP. */
void	dhcp_reply_begin(struct dhcp_msg *, const struct dhcp_msg *req, int type,
	    uint32_t server_id);
/* What the client is to know: its lease (0: none is spoken of), its network, its boot plan. */
void	dhcp_reply_config(struct dhcp_msg *, const struct dhcp_msg *req,
	    const struct dhcp_facts *, const struct dhcp_env *, uint32_t lease_time);
void	dhcp_reply_nak(struct dhcp_msg *, const struct dhcp_msg *req, const char *why,
	    bool echo_cid);
/* Bytes the client takes for a whole message (without IP and UDP). */
size_t	dhcp_reply_max(const struct dhcp_msg *req);

#endif /* DHCPD_DHCP_REPLY_H */

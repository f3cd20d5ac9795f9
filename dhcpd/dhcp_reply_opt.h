/* dhcp_reply_opt.h - the options of the configuration in a reply.
 *
 * Which go out: those that the client asks for (option 55; without one all),
 * and unasked what always-send names, what a boot program uses that had no say
 * in the asking (209-211, 246-254), and a vendor's own space.  In which order:
 * that of their worth, for the last ones are left out when a reply is full.
 * Pure.  Layer: dhcpd, policy.
 * Spec: RFC 2131 4.3.1, RFC 2132 3.3 and 8.4, RFC 3442, PXE 2.1; iPXE (175).
 */
#ifndef DHCPD_DHCP_REPLY_OPT_H
#define DHCPD_DHCP_REPLY_OPT_H

#include "dhcp_policy.h"

/* Asked for by option 55.  Without one the client is an old boot program that
 * needs the usual ones all the same. */
bool	dhcp_reply_asked(const struct dhcp_msg *req, uint8_t code);
/* Mask and routers, asked for or not. */
void	dhcp_reply_opt_net(struct dhcp_msg *, const struct dhcp_scopes *);
/* 43 and 175, if the configuration has something for this client there: ours
 * for firmware that is to load `boot_file` at once are among them. */
void	dhcp_reply_opt_vendor(struct dhcp_msg *, const struct dhcp_msg *req,
	    const struct dhcp_facts *, const struct dhcp_scopes *, bool boot_file);
/* All others.  host_name: option 12; NULL: none. */
void	dhcp_reply_opt_rest(struct dhcp_msg *, const struct dhcp_msg *req,
	    const struct dhcp_scopes *, const char *host_name);

#endif /* DHCPD_DHCP_REPLY_OPT_H */

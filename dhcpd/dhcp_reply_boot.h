/* dhcp_reply_boot.h - the part of a reply that a boot program reads: fields,
 * class, option 43, names of files.
 *
 * What is to be booted is decided (struct boot_plan); here it is said in the
 * way that this firmware understands (dhcp_quirk.h).
 * Pure.  Layer: dhcpd, policy.
 * Spec: RFC 2131 table 3, RFC 2132 9.4 and 9.5, PXE 2.1, UEFI 2.10 24.7; iPXE (175).
 */
#ifndef DHCPD_DHCP_REPLY_BOOT_H
#define DHCPD_DHCP_REPLY_BOOT_H

#include "dhcp_policy.h"

/* The fixed fields siaddr and file: all that a ROM may read. */
void	dhcp_reply_boot_fields(struct dhcp_msg *, const struct boot_plan *);
/* 60, 43 and 175: how it is told to load the file at once, and from whom. */
void	dhcp_reply_boot_class(struct dhcp_msg *, const struct dhcp_facts *,
	    const struct boot_plan *);
/* 66 and 67.  asked_66, asked_67: they are on its list. */
void	dhcp_reply_boot_names(struct dhcp_msg *, const struct dhcp_facts *,
	    const struct boot_plan *, bool asked_66, bool asked_67);

#endif /* DHCPD_DHCP_REPLY_BOOT_H */

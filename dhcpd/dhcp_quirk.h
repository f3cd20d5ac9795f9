/* dhcp_quirk.h - what odd firmware wants to be told, and how.
 *
 * One table: a row says whom it holds for, what the reply does then, and why.
 * All rows that hold count.  A new oddity is a row here, and a golden pair of
 * packets.  Pure.  Layer: dhcpd, policy.
 * Spec: PXE 2.1 (43, 60), RFC 4578, UEFI 2.10 section 24.7 (HTTPClient); iPXE.
 */
#ifndef DHCPD_DHCP_QUIRK_H
#define DHCPD_DHCP_QUIRK_H

#include "dhcp_facts.h"

enum dhcp_quirk {
	DQ_PXE_CLASS	 = 1u,	/* 60 says PXEClient */
	DQ_HTTP_CLASS	 = 1u << 1,	/* 60 says HTTPClient */
	DQ_NO_DISCOVERY	 = 1u << 2,	/* 43: load the file now, look for no boot server */
	DQ_RPI_MENU	 = 1u << 3,	/* 43: a menu whose only item is "Raspberry Pi Boot" */
	DQ_NUL_67	 = 1u << 4,	/* 67 with a NUL behind the name */
	DQ_ALWAYS_67	 = 1u << 5,	/* whether asked for or not */
	DQ_ALWAYS_66	 = 1u << 6,	/* even when there is no boot file */
	DQ_NO_66	 = 1u << 7,
	DQ_NO_PXEDHCP	 = 1u << 8,	/* 175.176: don't wait for a ProxyDHCP server */
	DQ_NO_ROOT	 = 1u << 9,	/* 17 would be taken for a disk */
};

/* The flags of all rows that hold for it. */
unsigned dhcp_quirks(const struct dhcp_facts *);
/* Row i: its name and sentence, and whether it holds (facts may be NULL); false past the end. */
bool	dhcp_quirk_row(unsigned i, const struct dhcp_facts *, const char **ret_name,
	    const char **ret_why, bool *ret_holds);

#endif /* DHCPD_DHCP_QUIRK_H */

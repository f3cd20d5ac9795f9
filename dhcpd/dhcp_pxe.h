/* dhcp_pxe.h - option 43 between a PXE ROM and a boot server: bytes <-> struct.
 *
 * Pure.  What is unknown or does not fit its length is passed over when
 * reading; strings and addresses are borrowed or copied as the fields say.
 * Errors: -EBADMSG: cut short.  -ENOBUFS: longer than one option may be (ROMs
 * do not put long options together, RFC 3396).
 * Layer: dhcpd, codec.
 * Spec: PXE 2.1, table 2-1 (6 discovery control, 8 boot servers, 9 boot menu,
 * 10 menu prompt, 71 boot item).
 */
#ifndef DHCPD_DHCP_PXE_H
#define DHCPD_DHCP_PXE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PXE_OPTION_MAX	255	/* bytes of option 43 */
#define PXE_ITEMS	4
#define PXE_TEXT	64

/* Bits of the discovery control. */
#define PXE_NO_BROADCAST	1
#define PXE_NO_MULTICAST	2
#define PXE_LISTED_ONLY		4
/* 8, PXE_DISCOVERY_NONE in dhcp_proto.h: no discovery, load the file. */

/* Types of boot items (and of the servers that have them). */
#define PXE_ITEM_LOCAL	0	/* the machine's own disk */
#define PXE_ITEM_OURS	0x8000	/* the first that is nobody's (PXE 2.1, table 2-3) */

struct dhcp_pxe {
	bool	has_control;
	uint8_t	control;
	unsigned n_server;
	struct { uint16_t type; uint32_t addr; } server[PXE_ITEMS];
	unsigned n_menu;
	struct { uint16_t type; char text[PXE_TEXT]; } menu[PXE_ITEMS];
	bool	has_prompt;
	uint8_t	timeout;	/* seconds; 0: the first item at once, 255: for ever */
	char	prompt[PXE_TEXT];
	bool	has_item;
	uint16_t item, layer;
};

int	dhcp_pxe_read(const uint8_t *, size_t, struct dhcp_pxe *ret);
/* Returns the length. */
int	dhcp_pxe_write(const struct dhcp_pxe *, uint8_t buf[PXE_OPTION_MAX]);

#endif /* DHCPD_DHCP_PXE_H */

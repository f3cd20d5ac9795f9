/* dhcp_reply_boot.c - the part of a reply that a boot program reads. */
#include <stdio.h>
#include <string.h>

#include "dhcp_quirk.h"
#include "dhcp_reply_boot.h"

static void
put_str(struct dhcp_msg *m, uint8_t code, const char *s)
{
	(void)dhcp_put(m, code, s, strlen(s));
}

void
dhcp_reply_boot_fields(struct dhcp_msg *m, const struct boot_plan *boot)
{
	m->siaddr = boot->next_server;
	(void)snprintf(m->file, sizeof(m->file), "%s", boot->file);
}

/* Its ROM looks for these words in a PXE boot menu (PXE 2.1, table 2-1). */
static void
put_rpi_menu(struct dhcp_msg *m)
{
	static const uint8_t menu[] = {
		PXE_DISCOVERY_CONTROL, 1, 3,
		10, 4, 0, 'P', 'X', 'E',		/* prompt, no waiting */
		9, 20, 0, 0, 17,			/* item 0 */
		'R', 'a', 's', 'p', 'b', 'e', 'r', 'r', 'y', ' ', 'P', 'i', ' ',
		'B', 'o', 'o', 't', DHO_END };

	(void)dhcp_put(m, DHO_VENDOR_ENCAPSULATED_OPTIONS, menu, sizeof(menu));
}

/* A class is only said with something to load: without, the firmware would
 * take us for a boot server that does not answer it. */
void
dhcp_reply_boot_class(struct dhcp_msg *m, const struct dhcp_facts *f,
    const struct boot_plan *boot)
{
	static const uint8_t no_discovery[] = {
		PXE_DISCOVERY_CONTROL, 1, PXE_DISCOVERY_NONE, DHO_END };
	static const uint8_t no_proxy[] = { IPXE_NO_PXEDHCP, 1, 1 };
	unsigned quirks = dhcp_quirks(f);
	bool loads = boot->file[0] != '\0' || (quirks & DQ_RPI_MENU) != 0;

	if ((quirks & DQ_NO_PXEDHCP) != 0 && !m->has[DHO_IPXE_ENCAPSULATED])
		(void)dhcp_put(m, DHO_IPXE_ENCAPSULATED, no_proxy,
		    sizeof(no_proxy));
	if (!loads)
		return;
	if ((quirks & DQ_PXE_CLASS) != 0)
		put_str(m, DHO_VENDOR_CLASS_IDENTIFIER, "PXEClient");
	if ((quirks & DQ_HTTP_CLASS) != 0)
		put_str(m, DHO_VENDOR_CLASS_IDENTIFIER, "HTTPClient");
	if (m->has[DHO_VENDOR_ENCAPSULATED_OPTIONS])
		return;		/* the configuration's own */
	if ((quirks & DQ_NO_DISCOVERY) != 0)
		(void)dhcp_put(m, DHO_VENDOR_ENCAPSULATED_OPTIONS, no_discovery,
		    sizeof(no_discovery));
	if ((quirks & DQ_RPI_MENU) != 0)
		put_rpi_menu(m);
}

void
dhcp_reply_boot_names(struct dhcp_msg *m, const struct dhcp_facts *f,
    const struct boot_plan *boot, bool asked_66, bool asked_67)
{
	unsigned quirks = dhcp_quirks(f);
	bool file = boot->file[0] != '\0';
	char ip[IP4_STRLEN];

	if (file && (asked_67 || (quirks & DQ_ALWAYS_67) != 0))
		(void)dhcp_put(m, DHO_BOOTFILE_NAME, boot->file,
		    strlen(boot->file) + ((quirks & DQ_NUL_67) != 0 ? 1 : 0));
	if (boot->next_server != 0 && (quirks & DQ_NO_66) == 0 &&
	    ((file && asked_66) || (quirks & DQ_ALWAYS_66) != 0))
		put_str(m, DHO_TFTP_SERVER_NAME, ip4_str(boot->next_server, ip));
}

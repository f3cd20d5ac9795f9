/* dhcp_quirk.c - the table of what odd firmware wants to be told. */
#include <stddef.h>
#include <string.h>

#include "dhcp_quirk.h"

#define ANY		0xffffu
#define K(x)		(1u << FK_##x)

struct quirk {
	const char	*name;
	unsigned	 kind, arch;	/* sets; both must match */
	const char	*vendor;	/* option 60 begins so; NULL: any */
	uint8_t		 mac[3], mac_len;	/* the hardware address begins so */
	unsigned	 flags;
	const char	*why;
};

static const struct quirk quirks[] = {
{ "pxe-class", K(PXE), ANY, "PXEClient", { 0 }, 0, DQ_PXE_CLASS | DQ_NO_DISCOVERY,
  "A PXE ROM takes boot files from servers that say PXEClient; without option 43 it would ask port 4011." },
{ "pxe-name", K(PXE), ANY, "PXEClient", { 0 }, 0, DQ_NUL_67,
  "Its ROM takes option 67 for a C string, and would ask for the name and the option's next byte." },
{ "http-class", K(HTTP), ANY, NULL, { 0 }, 0, DQ_HTTP_CLASS | DQ_ALWAYS_67 | DQ_NO_66,
  "UEFI HTTP boot takes a URL in option 67 from servers that say HTTPClient." },
{ "ipxe-wait", K(IPXE), ANY, NULL, { 0 }, 0, DQ_NO_PXEDHCP,
  "iPXE would wait two seconds for a ProxyDHCP server." },
{ "raspberry-pi", K(RPI), ANY, NULL, { 0 }, 0, DQ_PXE_CLASS | DQ_RPI_MENU | DQ_ALWAYS_66,
  "A Raspberry Pi boots from the server whose PXE menu says Raspberry Pi Boot, or from option 66." },
{ "uboot-server", K(UBOOT), ANY, NULL, { 0 }, 0, DQ_NO_66,
  "U-Boot takes option 66 for a host name in some versions, and asks the server of siaddr in all." },
};

static bool
holds(const struct quirk *q, const struct dhcp_facts *f)
{
	const struct fw_facts *raw = &f->raw;
	size_t n = q->vendor != NULL ? strlen(q->vendor) : 0;

	return (q->kind & 1u << firmware_kind(f->fw)) != 0 &&
	    (q->arch & 1u << firmware_arch(f->fw)) != 0 &&
	    (n == 0 || (raw->vendor_class_len >= n &&
	    memcmp(raw->vendor_class, q->vendor, n) == 0)) &&
	    memcmp(f->mac.b, q->mac, q->mac_len) == 0;
}

unsigned
dhcp_quirks(const struct dhcp_facts *f)
{
	unsigned flags = 0;

	for (size_t i = 0; i < sizeof(quirks) / sizeof(quirks[0]); i++)
		if (holds(&quirks[i], f))
			flags |= quirks[i].flags;
	return flags;
}

bool
dhcp_quirk_row(unsigned i, const struct dhcp_facts *f, const char **ret_name,
    const char **ret_why, bool *ret_holds)
{
	if (i >= sizeof(quirks) / sizeof(quirks[0]))
		return false;
	*ret_name = quirks[i].name;
	*ret_why = quirks[i].why;
	*ret_holds = f != NULL && holds(&quirks[i], f);
	return true;
}

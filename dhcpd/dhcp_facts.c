/* dhcp_facts.c - what a request tells of the machine and program behind it. */
#include <string.h>

#include "../lib/wire.h"
#include "dhcp_facts.h"

/* Boards without a number of their own fill it with one byte. */
static bool
is_filler(const uint8_t *p, size_t len)
{
	for (size_t i = 1; i < len; i++)
		if (p[i] != p[0])
			return false;
	return p[0] == 0x00 || p[0] == 0xff;
}

/* RFC 4578 2.3: a type, always 0, and 16 bytes. */
static void
take_uuid(const struct dhcp_msg *m, struct dhcp_facts *f)
{
	size_t len;
	const uint8_t *p = dhcp_opt(m, DHO_PXE_CLIENT_ID, &len);

	if (p == NULL || len != 1 + sizeof(f->uuid.b) || p[0] != 0 ||
	    is_filler(p + 1, len - 1))
		return;
	memcpy(f->uuid.b, p + 1, sizeof(f->uuid.b));
	f->has_uuid = true;
}

static const uint8_t *
take_class(const struct dhcp_msg *m, uint8_t code, uint8_t *ret_len)
{
	size_t len = 0;
	const uint8_t *p = dhcp_opt(m, code, &len);

	*ret_len = (uint8_t)(len < 255 ? len : 255);
	return p;
}

void
dhcp_facts(const struct dhcp_msg *m, struct dhcp_facts *f)
{
	struct fw_facts *raw = &f->raw;
	size_t len;
	const uint8_t *p;

	memset(f, 0, sizeof(*f));
	f->mac = dhcp_mac(m);
	take_uuid(m, f);
	raw->has_type = m->has[DHO_DHCP_MESSAGE_TYPE];
	raw->has_ipxe = m->has[DHO_IPXE_ENCAPSULATED];
	raw->vendor_class = take_class(m, DHO_VENDOR_CLASS_IDENTIFIER,
	    &raw->vendor_class_len);
	raw->user_class = take_class(m, DHO_USER_CLASS, &raw->user_class_len);
	/* RFC 4578 2.1: a list; the first is the one that runs. */
	if ((p = dhcp_opt(m, DHO_PXE_SYSTEM_TYPE, &len)) != NULL && len >= 2) {
		struct rd r = rd_init(p, len);

		raw->arch = rd_be16(&r);
		raw->has_arch = true;
	}
	raw->mac = f->mac.b;
	raw->uuid = f->has_uuid ? f->uuid.b : NULL;
	f->fw = firmware_tell(raw);
	dhcp_relay(m, &f->relay);
}

bool
dhcp_facts_pxe_rom(const struct dhcp_facts *f)
{
	/* An HTTPClient is firmware too, but would take this amiss. */
	return firmware_kind(f->fw) == FK_PXE;
}

bool
dhcp_facts_ipxe(const struct dhcp_facts *f)
{
	return firmware_kind(f->fw) == FK_IPXE;
}

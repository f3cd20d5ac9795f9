/* dhcp_relay.c - what the relay in front of a client tells of the place. */
#include <string.h>

#include "../lib/wire.h"
#include "dhcp_relay.h"

static void
take_addr(const uint8_t *p, size_t len, uint32_t *ret)
{
	struct rd r = rd_init(p, len);

	if (len == 4)
		*ret = rd_be32(&r);
}

/* RFC 3046 2.0: sub-options, of which an unknown one says nothing to us. */
static void
take_agent(const uint8_t *p, size_t len, struct dhcp_relay *ret)
{
	const uint8_t *end = p + len;

	place_of_agent(p, len, &ret->at);
	for (; end - p >= 2 && p[1] <= end - p - 2; p += 2 + p[1])
		switch (p[0]) {
		case RAI_LINK_SELECT:
			take_addr(p + 2, p[1], &ret->where);
			break;
		case RAI_SERVER_ID_OVERRIDE:
			take_addr(p + 2, p[1], &ret->server_id);
			break;
		}
}

void
dhcp_relay(const struct dhcp_msg *m, struct dhcp_relay *ret)
{
	const uint8_t *p;
	size_t len;

	memset(ret, 0, sizeof(*ret));
	if (m->giaddr == 0)
		return;
	if ((p = dhcp_opt(m, DHO_DHCP_AGENT_OPTIONS, &len)) != NULL)
		take_agent(p, len, ret);
	/* RFC 3527 4: the sub-option stands over the option. */
	if (ret->where == 0)
		(void)dhcp_opt_u32(m, DHO_SUBNET_SELECTION, &ret->where);
	if (ret->where == 0)
		ret->where = m->giaddr;
}

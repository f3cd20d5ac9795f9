/* dhcp_ask.c - one packet put before the fleet and the policy. */
#include <stdio.h>
#include <string.h>

#include "dhcp_ask.h"

static void
identify(struct fleet *f, struct dhcp_ask *a)
{
	const struct dhcp_facts *fc = &a->facts;

	/* Not by an address: it may claim any. */
	a->host = fleet_host_by_client(f, fc->has_uuid ? &fc->uuid : NULL,
	    &fc->mac, 0, &a->how);
	if (a->host != NULL && a->host->cfg == NULL)
		a->host = NULL;
}

int
dhcp_ask(struct fleet *f, const struct dhcp_nets *nets, uint32_t iface_addr,
    const uint8_t *pkt, size_t len, int64_t now, struct buf *trace,
    struct dhcp_ask *a)
{
	struct dhcp_env env = { .now = now, .nets = nets,
	    .server = iface_addr, .leases = fleet_leases(f),
	    .boot = &a->boot, .trace = trace };
	int r;

	if ((r = dhcp_parse(pkt, len, &a->req)) < 0)
		return r;
	dhcp_facts(&a->req, &a->facts);
	identify(f, a);
	env.net = dhcp_net_of(&a->req, nets, iface_addr);
	env.host = a->host != NULL ? a->host->cfg : NULL;
	a->who = (struct dhcp_who){ .mac = a->facts.mac,
	    .has_uuid = a->facts.has_uuid, .uuid = a->facts.uuid,
	    .fw = a->facts.fw, .xid = a->req.xid, .server = iface_addr,
	    .subnet = env.net != NULL ? env.net->cfg : NULL };
	fleet_boot(f, a->host, &a->who, now, &a->boot);
	dhcp_decide(&a->req, &a->facts, &env, &a->verdict);
	return 0;
}

void
dhcp_ask_line(const struct dhcp_ask *a, char *buf, size_t cap)
{
	const struct dhcp_verdict *v = &a->verdict;
	const char *asked = dhcp_type_name(dhcp_type(&a->req));
	int type = v->answer ? dhcp_type(&v->reply) : -1;
	char ip[IP4_STRLEN];

	if (!v->answer)
		(void)snprintf(buf, cap, "%s -> silence: %s", asked, v->reason);
	else if (type == DHCPNAK)
		(void)snprintf(buf, cap, "%s -> NAK: %s", asked, v->reason);
	else
		(void)snprintf(buf, cap, "%s -> %s %s (rule %s)", asked,
		    dhcp_type_name(type), ip4_str(v->reply.yiaddr != 0 ?
		    v->reply.yiaddr : v->reply.ciaddr, ip), a->boot.rule);
}

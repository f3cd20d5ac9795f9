/* dhcp_ask.c - one packet put before the fleet and the policy. */
#include <stdio.h>
#include <string.h>

#include "dhcp_ask.h"
#include "dhcp_proxy.h"

static void
identify(struct fleet *f, struct dhcp_ask *a)
{
	const struct dhcp_facts *fc = &a->facts;
	struct fleet_place at = fc->relay.at;

	/* Not by an address: it may claim any. */
	a->host = fleet_host_by_client(f, fc->has_uuid ? &fc->uuid : NULL,
	    &fc->mac, 0, &a->how);
	at.client = dhcp_opt(&a->req, DHO_DHCP_CLIENT_IDENTIFIER, &at.client_len);
	if (a->host == NULL)
		a->host = fleet_host_by_place(f, &at, &a->how);
	if (a->host != NULL && a->host->cfg == NULL)
		a->host = NULL;
}

/* What it is to boot when nothing is installed is said where its options are. */
static void
set_boot_options(struct dhcp_ask *a, const struct dhcp_nets *nets)
{
	size_t len = 0;
	const uint8_t *p = dhcp_opt(&a->req, DHO_DHCP_PARAMETER_REQUEST_LIST, &len);
	struct dhcp_scopes s;

	dhcp_nets_scopes(nets, a->net, 0, a->cfg, NULL, &a->classes, &s);
	a->who.root_path = dhcp_scopes_root_path(&s);
	a->who.filename = dhcp_scopes_filename(&s);
	a->who.next_server = dhcp_scopes_next_server(&s);
	a->who.asks_file = len > 0 && memchr(p, DHO_BOOTFILE_NAME, len) != NULL;
}

void
dhcp_ask_classify(const struct dhcp_nets *nets, const struct dhcp_in *in,
    struct dhcp_ask *a)
{
	dhcp_classify(nets->class, &a->facts, in->iface_addr, a->cfg != NULL, &a->classes);
}

int
dhcp_ask_read(const struct dhcp_nets *nets, const struct dhcp_in *in,
    const uint8_t *pkt, size_t len, struct dhcp_ask *a)
{
	int r;

	if ((r = dhcp_parse(pkt, len, &a->req)) < 0)
		return r;
	dhcp_facts(&a->req, &a->facts);
	a->net = dhcp_net_of(&a->req, &a->facts, nets, in->iface_addr);
	a->host = NULL;
	a->cfg = NULL;
	return 0;
}

void
dhcp_ask_decide(const struct dhcp_nets *nets, const struct dhcp_in *in,
    struct lease_table *leases, int64_t now, struct buf *trace, struct dhcp_ask *a)
{
	struct dhcp_env env = { .now = now, .nets = nets, .net = a->net,
	    .server = in->iface_addr, .host = a->cfg, .leases = leases,
	    .classes = a->classes,
	    .boot = &a->boot, .trace = trace, .binl = in->binl,
	    .peer = in->peer, .peer_port = in->peer_port };

	if (a->boot.options_len > 0 && dhcp_optset_view(a->boot.options,
	    a->boot.options_len, "profile", &a->profile))
		env.profile = &a->profile;
	dhcp_decide(&a->req, &a->facts, &env, &a->verdict);
	a->learnt = a->learnt_from = 0;
	if (!a->verdict.answer || in->binl)	/* else the address is ours */
		a->learnt = dhcp_proxy_learn(&a->req, &env, &a->learnt_from);
}

int
dhcp_ask(struct fleet *f, const struct dhcp_nets *nets, const struct dhcp_in *in,
    const uint8_t *pkt, size_t len, int64_t now, struct buf *trace,
    struct dhcp_ask *a)
{
	int r;

	if ((r = dhcp_ask_read(nets, in, pkt, len, a)) < 0)
		return r;
	identify(f, a);
	a->cfg = a->host != NULL ? a->host->cfg : NULL;
	a->who = (struct dhcp_who){ .mac = a->facts.mac,
	    .has_uuid = a->facts.has_uuid, .uuid = a->facts.uuid,
	    .fw = a->facts.fw, .xid = a->req.xid, .server = in->iface_addr,
	    .same_boot = in->same_boot };
	dhcp_ask_classify(nets, in, a);
	if (a->net != NULL)
		set_boot_options(a, nets);
	fleet_boot(f, a->host, &a->who, now, &a->boot);
	dhcp_ask_decide(nets, in, fleet_leases(f), now, trace, a);
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
		(void)snprintf(buf, cap, "%s -> silence: %s (rule %s)", asked, v->reason,
		    dhcp_rule_name(v->rule));
	else if (type == DHCPNAK)
		(void)snprintf(buf, cap, "%s -> NAK: %s (rule %s)", asked, v->reason,
		    dhcp_rule_name(v->rule));
	else
		(void)snprintf(buf, cap, "%s -> %s %s (%s, boot rule %s)", asked,
		    dhcp_type_name(type), v->rule == DR_PROXY_DISK ? "boot item 0" :
		    v->reply.yiaddr != 0 ? ip4_str(v->reply.yiaddr, ip) :
		    v->reply.ciaddr != 0 ? ip4_str(v->reply.ciaddr, ip) :
		    "without an address",
		    dhcp_rule_name(v->rule), a->boot.rule);
}

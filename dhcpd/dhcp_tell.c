/* dhcp_tell.c - decisions in words: the log, the hosts' histories. */
#include <stdio.h>

#include "../lib/clock.h"
#include "../lib/log.h"
#include "dhcp_int.h"

#define TOLD_PER_S	200u		/* lines of one kind */

static const char *
event_name(int asked)
{
	static const char *const name[] = {
		[DHCP_NOTYPE] = "dhcp.bootp", [DHCPDISCOVER] = "dhcp.discover",
		[DHCPREQUEST] = "dhcp.request", [DHCPDECLINE] = "dhcp.decline",
		[DHCPRELEASE] = "dhcp.release", [DHCPINFORM] = "dhcp.inform",
	};

	if (asked < 0 || (size_t)asked >= sizeof(name) / sizeof(name[0]) ||
	    name[asked] == NULL)
		return "dhcp.other";
	return name[asked];
}

/* The address that this is about. */
static uint32_t
address(const struct dhcp_ask *a)
{
	uint32_t addr = a->learnt;

	if (a->verdict.answer && a->verdict.reply.yiaddr != 0)
		return a->verdict.reply.yiaddr;
	if (addr == 0 && (addr = a->req.ciaddr) == 0)
		(void)dhcp_opt_u32(&a->req, DHO_DHCP_REQUESTED_ADDRESS, &addr);
	return addr;
}

/* The server that it chose, if that is another one. */
static uint32_t
other_server(const struct dhcp_ask *a)
{
	uint32_t server = a->learnt_from;

	if (a->verdict.rule == DR_OTHER_SERVER)
		(void)dhcp_opt_u32(&a->req, DHO_DHCP_SERVER_IDENTIFIER, &server);
	return server;
}

static void
take_name(const struct dhcp_msg *m, char *name, size_t cap)
{
	size_t len = 0, n = 0;
	const uint8_t *p = dhcp_opt(m, DHO_HOST_NAME, &len);

	for (; n < len && n + 1 < cap && p[n] > ' ' && p[n] < 0x7f; n++)
		name[n] = (char)p[n];
	name[n] = '\0';
}

static void
set_event(const struct dhcp_ask *a, struct dhcp_line *l)
{
	const struct dhcp_verdict *v = &a->verdict;
	int asked = dhcp_type(&a->req), answered = v->answer ? dhcp_type(&v->reply) : 0;

	take_name(&a->req, l->name, sizeof(l->name));
	l->ev = (struct event_dhcp){ .mac = a->facts.mac, .has_uuid = a->facts.has_uuid,
	    .uuid = a->facts.uuid, .asked = (uint8_t)(asked > 0 ? asked : 0),
	    .answered = (uint8_t)(answered > 0 ? answered : 0), .silent = !v->answer,
	    .asked_name = dhcp_type_name(asked), .answered_name = dhcp_type_name(answered),
	    .fw = a->facts.fw, .secs = a->req.secs, .xid = a->req.xid, .addr = address(a),
	    .other_server = other_server(a), .relay = a->req.giaddr,
	    .next_server = v->answer ? v->reply.siaddr : 0, .rule = dhcp_rule_name(v->rule),
	    .boot_rule = a->boot.rule, .why = v->reason };
}

void
dhcp_describe(const struct dhcp_ask *a, struct dhcp_line *l)
{
	const struct dhcp_verdict *v = &a->verdict;
	char ip[2][IP4_STRLEN];

	/* What other servers say is not worth a line. */
	l->prio = a->req.op != BOOTREQUEST ? LOG_DEBUG :
	    v->trouble ? LOG_WARNING : LOG_INFO;
	l->asked = dhcp_type(&a->req);
	l->mac = a->facts.mac;
	l->addr = v->answer ? v->reply.yiaddr : 0;
	l->fw = a->facts.fw;
	l->reason = v->answer && dhcp_type(&v->reply) != DHCPNAK ?
	    v->reason : NULL;	/* else it stands in did */
	l->known = a->host != NULL;
	(void)snprintf(l->host, sizeof(l->host), "%s",
	    l->known ? a->host->rec.name : "");
	(void)snprintf(l->file, sizeof(l->file), "%s",
	    v->answer ? v->reply.file : "");
	if (!v->answer && a->learnt != 0)
		(void)snprintf(l->did, sizeof(l->did), "REQUEST: takes %s from %s%s (rule %s)",
		    ip4_str(a->learnt, ip[0]), a->learnt_from != 0 ? "the server " :
		    "another server", a->learnt_from != 0 ? ip4_str(a->learnt_from, ip[1]) : "",
		    dhcp_rule_name(v->rule));
	else
		dhcp_ask_line(a, l->did, sizeof(l->did));
	set_event(a, l);
}

void
dhcp_history(const struct dhcp_if *i, const struct dhcp_line *l)
{
	struct event_dhcp ev = l->ev;

	if (l->prio == LOG_DEBUG)
		return;
	ev.host = l->known ? l->host : NULL;
	ev.iface = i->os.name;
	ev.file = l->file;
	ev.hostname = l->name;
	ev.text = l->did;
	fleet_dhcp_event(i->d->fleet, &ev);
}

void
dhcp_tell(const struct dhcp_if *i, const struct dhcp_line *l)
{
	char mac[MAC_STRLEN];

	log_ev(l->prio, event_name(l->asked), KV_S("mac", mac_str(l->mac, mac)),
	    KV_S("host", l->known ? l->host : NULL),
	    KV_S("arch", firmware_name(l->fw)), KV_S("if", i->os.name),
	    KV_S("did", l->did), KV_S("why", l->reason),
	    KV_S("file", l->file[0] != '\0' ? l->file : NULL));
	dhcp_history(i, l);
}

/* Anybody can send packets: too many lines would hide the others, and fill
 * the disk. */
bool
dhcp_too_many(struct dhcp_told *t)
{
	int64_t now = clock_ms();

	if (now - t->since >= 1000) {
		if (t->n > TOLD_PER_S)
			log_ev(LOG_NOTICE, "dhcp.many", KV_S("did", "not told"),
			    KV_N("packets", t->n - TOLD_PER_S));
		t->since = now;
		t->n = 0;
	}
	return ++t->n > TOLD_PER_S;
}

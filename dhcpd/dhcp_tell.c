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
}

void
dhcp_tell(const struct dhcp_if *i, const struct dhcp_line *l)
{
	struct event ev = { .kind = EV_DHCP, .addr = l->addr, .mac = l->mac };
	char mac[MAC_STRLEN];

	log_ev(l->prio, event_name(l->asked), KV_S("mac", mac_str(l->mac, mac)),
	    KV_S("host", l->known ? l->host : NULL),
	    KV_S("arch", firmware_name(l->fw)), KV_S("if", i->os.name),
	    KV_S("did", l->did), KV_S("why", l->reason),
	    KV_S("file", l->file[0] != '\0' ? l->file : NULL));
	if (!l->known)
		return;
	(void)snprintf(ev.text, sizeof(ev.text), "%.159s", l->did);
	fleet_port_event(fleet_port(i->d->fleet), &ev);
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

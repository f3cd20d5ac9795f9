/* packets.c - see packets.h. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "packets.h"

const char *
packet_dir_name(enum packet_dir d)
{
	return d == PACKET_IN ? "in" : d == PACKET_OUT ? "out" : "other";
}

static struct packet *
next(struct packets *r)
{
	struct packet *p;

	if (r->n == PACKETS)
		r->first = (r->first + 1) % PACKETS;
	else
		r->n++;
	p = &r->p[(r->first + r->n - 1) % PACKETS];
	memset(p, 0, sizeof(*p));
	return p;
}

void
packets_add(struct packets *r, const struct event_dhcp *e, int64_t now)
{
	struct packet *p = next(r);

	*p = (struct packet){ .time = now, .xid = e->xid, .relay = e->relay,
	    .fw = (uint16_t)e->fw };
	if (e->foreign) {
		p->dir = PACKET_OTHER;
		p->type = e->answered_name;
		p->addr = e->addr;
		p->server = e->other_server;
		return;
	}
	p->type = e->asked_name;
	p->secs = e->secs;
	p->server = e->other_server;
	if (e->silent || e->muted != NULL) {
		p->addr = e->addr;
		p->rule = e->muted != NULL ? e->muted : e->rule;
		return;
	}
	p = next(r);
	*p = (struct packet){ .time = now, .dir = PACKET_OUT, .type = e->answered_name,
	    .xid = e->xid, .addr = e->addr, .relay = e->relay, .rule = e->rule,
	    .boot_rule = e->boot_rule, .fw = (uint16_t)e->fw };
}

const struct packet *
packets_at(const struct packets *r, unsigned i)
{
	return i < r->n ? &r->p[(r->first + i) % PACKETS] : NULL;
}

void
packet_text(const struct packet *p, char buf[PACKET_TEXT])
{
	char ip[3][IP4_STRLEN], addr[40] = "", server[60] = "", relay[40] = "", secs[24] = "";
	const char *type = p->type != NULL ? p->type : "?";

	if (p->addr != 0)
		(void)snprintf(addr, sizeof(addr), " %s", ip4_str(p->addr, ip[0]));
	if (p->server != 0)
		(void)snprintf(server, sizeof(server), p->dir == PACKET_OTHER ?
		    " by the server %s" : " of the server %s", ip4_str(p->server, ip[1]));
	if (p->relay != 0)
		(void)snprintf(relay, sizeof(relay), ", relay %s", ip4_str(p->relay, ip[2]));
	if (p->dir == PACKET_IN)
		(void)snprintf(secs, sizeof(secs), ", %u s", p->secs);
	if (p->dir == PACKET_OTHER)
		(void)snprintf(buf, PACKET_TEXT, "%s%s%s", type, addr, server);
	else if (p->dir == PACKET_OUT)
		(void)snprintf(buf, PACKET_TEXT, "%s%s%s (rule %s%s%s)", type, addr, relay,
		    p->rule != NULL ? p->rule : "none", p->boot_rule != NULL ?
		    ", boot rule " : "", p->boot_rule != NULL ? p->boot_rule : "");
	else
		(void)snprintf(buf, PACKET_TEXT, "%s%s%s from %s%s, xid %08" PRIx32 "%s%s%s%s",
		    type, addr, server, firmware_name((enum firmware)p->fw), secs, p->xid, relay,
		    p->rule != NULL ? " -> silence (rule " : "",
		    p->rule != NULL ? p->rule : "", p->rule != NULL ? ")" : "");
}

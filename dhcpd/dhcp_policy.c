/* dhcp_policy.c - what to answer, where to, and what to remember. */
#include <stdio.h>
#include <string.h>

#include "dhcp_proxy.h"
#include "dhcp_reply.h"
#include "dhcp_turn.h"

void
dhcp_turn_end(const struct dhcp_turn *a, bool answer, enum dhcp_rule rule)
{
	a->v->answer = answer;
	a->v->rule = rule;
	a->v->reason = rule == DR_BOOT_SILENT ? a->env->boot->why :
	    dhcp_rule_why(rule);
}

static void
silent(const struct dhcp_turn *a, enum dhcp_rule rule)
{
	dhcp_turn_end(a, false, rule);
}

static const struct cfg_dhcp *
conf(const struct dhcp_turn *a)
{
	return &a->env->nets->cfg->top.dhcp;
}

static bool
clients_any(const struct dhcp_turn *a)
{
	return a->env->nets->cfg->top.clients != 0 /* known */;
}

static bool
authoritative(const struct dhcp_turn *a)
{
	enum cfg_dhcp_mode mode = a->env->net->mode;

	return mode == DHCP_AUTHORITATIVE || (mode == DHCP_OBSERVE && clients_any(a));
}

/* Leases ------------------------------------------------------------------ */

/* A name that is safe to print, or none. */
static void
take_hostname(const struct dhcp_msg *req, struct lease *l)
{
	size_t len, n = 0;
	const uint8_t *p = dhcp_opt(req, DHO_HOST_NAME, &len);

	if (p == NULL)
		return;
	while (n < len && n < sizeof(l->hostname) - 1 && p[n] > ' ' && p[n] < 0x7f) {
		l->hostname[n] = (char)p[n];
		n++;
	}
	l->hostname[n] = '\0';
}

static void
lease_as(const struct dhcp_turn *a, enum dhcp_lease_op op, uint32_t addr,
    enum lease_state state, int64_t expiry)
{
	struct lease *l = &a->v->lease;
	const uint8_t *agent;
	size_t len;

	a->v->lease_op = op;
	memset(l, 0, sizeof(*l));
	l->addr = addr;
	l->state = state;
	l->mac = a->facts->mac;
	l->start = a->env->now;
	l->expiry = expiry;
	lease_set_cid(l, a->cid, a->cid_len);
	agent = dhcp_opt(a->req, DHO_DHCP_AGENT_OPTIONS, &len);
	if (agent != NULL && a->req->giaddr != 0 && len <= sizeof(l->agent)) {
		l->agent_len = (uint8_t)len;
		memcpy(l->agent, agent, len);
	}
	take_hostname(a->req, l);
}

/* Always the configured time.  FreeBSD's old loader asks for 300 s, and the
 * kernel that it starts lives on that lease without ever renewing it. */
static uint32_t
lease_time(const struct dhcp_turn *a, uint32_t addr)
{
	const struct dhcp_env *e = a->env;
	struct dhcp_scopes scopes;

	dhcp_nets_scopes(e->nets, e->net, addr, e->host, e->profile, &e->classes,
	    &scopes);
	return dhcp_scopes_lease_time(&scopes);
}

static int64_t
lease_end(const struct dhcp_turn *a, uint32_t time)
{
	return time == DHCP_INFINITE ? LEASE_FOREVER : a->env->now + time;
}

/* Answers ----------------------------------------------------------------- */

/* An address that it may claim as its own.  Any other would make us send to
 * whomever a forger names. */
static bool
is_near(const struct dhcp_turn *a, uint32_t addr)
{
	const struct dhcp_net *net = dhcp_addr_net(a, addr);

	return net != NULL && net4_is_host(net->net, addr);
}

/* RFC 2131 4.1. */
static void
address_reply(const struct dhcp_turn *a, bool nak)
{
	const struct dhcp_msg *m = &a->v->reply;
	struct dhcp_dest *d = &a->v->dest;

	*d = (struct dhcp_dest){ .how = DEST_BROADCAST, .addr = 0xffffffff };
	if (m->giaddr != 0)
		*d = (struct dhcp_dest){ .how = DEST_RELAY, .addr = m->giaddr };
	else if (nak)
		;	/* "the server broadcasts any DHCPNAK" */
	else if (is_near(a, a->req->ciaddr))
		*d = (struct dhcp_dest){ .how = DEST_ADDR, .addr = a->req->ciaddr };
	else if ((m->flags & BOOTP_BROADCAST) == 0 && !mac_is_zero(a->facts->mac))
		*d = (struct dhcp_dest){ .how = DEST_MAC, .addr = m->yiaddr,
		    .mac = a->facts->mac };
}

static void
answer(const struct dhcp_turn *a, int type, uint32_t addr, uint32_t time,
    enum dhcp_rule rule)
{
	struct dhcp_msg *m = &a->v->reply;

	dhcp_reply_begin(m, a->req, type, a->server_id);
	m->yiaddr = addr;
	/* RFC 2131 table 3: in an ACK as in the REQUEST, in an OFFER 0. */
	m->ciaddr = type == DHCPOFFER ? 0 : a->req->ciaddr;
	dhcp_reply_config(m, a->req, a->facts, a->env, time);
	dhcp_turn_end(a, true, rule);
	a->v->max = dhcp_reply_max(a->req);
	address_reply(a, false);
}

static void
nak(const struct dhcp_turn *a, enum dhcp_rule rule)
{
	struct dhcp_msg *m = &a->v->reply;

	dhcp_reply_begin(m, a->req, DHCPNAK, a->server_id);
	dhcp_reply_nak(m, a->req, dhcp_rule_why(rule), conf(a)->echo_cid);
	dhcp_turn_end(a, true, rule);
	a->v->max = dhcp_reply_max(a->req);
	address_reply(a, true);
}

static void
ack(const struct dhcp_turn *a, uint32_t addr, enum dhcp_rule rule)
{
	uint32_t time = lease_time(a, addr);

	lease_as(a, DLO_COMMIT, addr, LEASE_BOUND, lease_end(a, time));
	answer(a, DHCPACK, addr, time, rule);
}

/* Requests ---------------------------------------------------------------- */

/* RFC 2131 4.3.1. */
static void
discover(const struct dhcp_turn *a)
{
	const struct dhcp_env *e = a->env;
	const struct lease *l;
	enum dhcp_rule why;
	uint32_t addr = dhcp_addr_choose(a, &why);

	if (addr == 0) {
		a->v->trouble = true;
		silent(a, DR_NONE_FREE);
		return;
	}
	l = lease_by_addr(e->leases, addr);
	/* A lease that is good reserves its address already, and for longer. */
	if (l == NULL || l->state != LEASE_BOUND || !dhcp_addr_held(l, e->now) ||
	    !dhcp_turn_own(a, l))
		lease_as(a, DLO_OFFER, addr, LEASE_OFFERED,
		    e->now + DHCP_OFFER_SECS);
	answer(a, DHCPOFFER, addr, lease_time(a, addr), why);
}

/* RFC 2131 4.3.2, SELECTING. */
static void
selecting(const struct dhcp_turn *a, uint32_t server)
{
	const struct lease *l = dhcp_addr_last(a);
	/* "'ciaddr' MUST be zero, 'requested IP address' MUST be filled in":
	 * some fill in the other one. */
	uint32_t addr = a->wanted != 0 ? a->wanted : a->req->ciaddr;
	enum dhcp_rule no;

	dhcp_turn_note(a, "state SELECTING: it names a server");
	if (server != a->server_id) {
		if (l != NULL && l->state == LEASE_OFFERED)
			lease_as(a, DLO_DROP, l->addr, LEASE_OFFERED, a->env->now);
		silent(a, DR_OTHER_SERVER);
	} else if (addr == 0)
		silent(a, DR_NO_CHOICE);
	else if (!dhcp_addr_fits(a, addr, &no))
		nak(a, no);
	else
		ack(a, addr, DR_SELECTED);
}

/* RFC 2131 4.3.2, INIT-REBOOT. */
static void
init_reboot(const struct dhcp_turn *a)
{
	enum dhcp_rule no;
	bool fits = dhcp_addr_fits(a, a->wanted, &no);

	dhcp_turn_note(a, "state INIT-REBOOT: it remembers an address");
	if (dhcp_addr_net(a, a->wanted) == NULL) {
		if (authoritative(a))
			nak(a, no);
		else
			silent(a, DR_NOT_AUTHORITY);
	} else if (dhcp_addr_is_its(a, a->wanted)) {
		if (fits)
			ack(a, a->wanted, DR_REBOOTED);
		else
			nak(a, no);
	} else if (dhcp_addr_known(a))
		nak(a, fits ? DR_OTHER_LEASE : no);
	else
		/* "If the DHCP server has no record of this client, then it MUST remain silent" */
		silent(a, DR_NO_RECORD);
}

/* Came it through a router, from wherever it says? */
static bool
from_afar(const struct dhcp_turn *a)
{
	const struct dhcp_net *here = dhcp_nets_find(a->env->nets, a->env->server);

	return a->req->giaddr == 0 && (here == NULL || here->link != a->env->net->link);
}

/* RFC 2131 4.3.2, RENEWING and REBINDING: they differ in how they were sent,
 * and are answered alike. */
static void
extend(const struct dhcp_turn *a)
{
	uint32_t addr = a->req->ciaddr;
	enum dhcp_rule no;

	dhcp_turn_note(a, "state RENEWING or REBINDING: it uses an address");
	if (!dhcp_addr_fits(a, addr, &no)) {
		if (authoritative(a))
			nak(a, no);
		else
			silent(a, DR_NOT_OURS);
	} else if (dhcp_addr_is_its(a, addr))
		ack(a, addr, DR_EXTENDED);
	else if ((authoritative(a) || a->env->host != NULL) && !from_afar(a))
		/* It works with this address, nobody else does: let it. */
		ack(a, addr, DR_ADOPTED);
	else
		silent(a, DR_NO_RECORD);
}

static void
request(const struct dhcp_turn *a)
{
	uint32_t server;

	if (dhcp_opt_u32(a->req, DHO_DHCP_SERVER_IDENTIFIER, &server))
		selecting(a, server);
	else if (a->req->ciaddr != 0)
		extend(a);
	else if (a->wanted != 0)
		init_reboot(a);
	else
		silent(a, DR_NO_ADDRESS);
}

/* Is this about a lease that we gave to it? */
static const struct lease *
own_lease(const struct dhcp_turn *a, uint32_t addr)
{
	const struct lease *l = lease_by_addr(a->env->leases, addr);
	uint32_t server;

	if (dhcp_opt_u32(a->req, DHO_DHCP_SERVER_IDENTIFIER, &server) &&
	    server != a->server_id)
		return NULL;
	return l != NULL && dhcp_turn_own(a, l) &&
	    dhcp_addr_held(l, a->env->now) && l->state != LEASE_DECLINED ? l : NULL;
}

/* RFC 2131 4.3.3. */
static void
decline(const struct dhcp_turn *a)
{
	const struct lease *l = own_lease(a, a->wanted);

	if (l == NULL) {
		silent(a, DR_DECLINED_NOT_OURS);
		return;
	}
	a->v->trouble = true;
	if (dhcp_nets_fixed(a->env->nets, a->wanted) != NULL) {
		silent(a, DR_DECLINED_FIXED);
		return;
	}
	if (!lease_may_rest(a->env->leases, a->wanted)) {
		lease_as(a, DLO_COMMIT, a->wanted, LEASE_RELEASED, a->env->now);
		a->v->lease.mac = (struct mac){ { 0 } };	/* not its last address */
		a->v->lease.cid_len = 0;
		silent(a, DR_DECLINED_MANY);
		return;
	}
	lease_as(a, DLO_COMMIT, a->wanted, LEASE_DECLINED,
	    a->env->now + conf(a)->decline_time);
	silent(a, DR_DECLINED);
}

/* RFC 2131 4.3.4: the record is kept, so that it gets the address again. */
static void
release(const struct dhcp_turn *a)
{
	if (own_lease(a, a->req->ciaddr) == NULL) {
		silent(a, DR_RELEASED_NOT_OURS);
		return;
	}
	lease_as(a, DLO_COMMIT, a->req->ciaddr, LEASE_RELEASED, a->env->now);
	silent(a, DR_RELEASED);
}

/* RFC 2131 4.3.5: it has an address from elsewhere; no lease is spoken of. */
static void
inform(const struct dhcp_turn *a)
{
	if (!is_near(a, a->req->ciaddr)) {
		silent(a, a->req->ciaddr == 0 ? DR_INFORM_NOTHING : DR_INFORM_ELSEWHERE);
		return;
	}
	answer(a, DHCPACK, 0, 0, DR_INFORMED);
	a->v->dest = (struct dhcp_dest){ .how = DEST_ADDR,
	    .addr = a->req->ciaddr };
}

/* RFC 1534: no lease is spoken of, so what it gets it has for ever. */
static void
bootp(const struct dhcp_turn *a)
{
	enum dhcp_rule why = DR_INFORMED;
	uint32_t addr = 0;

	/* RFC 951 3: yiaddr is for those who don't know their address. */
	if (!is_near(a, a->req->ciaddr)) {
		if (dhcp_addr_fixed(a) == 0 && !conf(a)->dynamic_bootp) {
			silent(a, DR_NO_DYNAMIC_BOOTP);
			return;
		}
		if ((addr = dhcp_addr_choose(a, &why)) == 0) {
			a->v->trouble = true;
			silent(a, DR_NONE_FREE);
			return;
		}
		lease_as(a, DLO_COMMIT, addr, LEASE_BOUND, LEASE_FOREVER);
	}
	answer(a, DHCP_NOTYPE, addr, 0, why);
}

/* Who gets any answer at all? --------------------------------------------- */

/* false: *ret says why nobody could answer this. */
static bool
fit(const struct dhcp_turn *a, enum dhcp_rule *ret)
{
	const struct dhcp_msg *q = a->req;
	bool ether = q->htype == HTYPE_ETHER && q->hlen == sizeof(a->facts->mac.b);

	if (q->op != BOOTREQUEST)
		*ret = DR_NO_REQUEST;
	else if (!ether && !a->by_cid)
		*ret = DR_NO_ETHERNET;
	else if (ether && (mac_is_zero(a->facts->mac) || (a->facts->mac.b[0] & 1) != 0))
		*ret = DR_NO_MACHINE;
	else if (a->type < 0 || a->type > DHCPINFORM || a->type == DHCPOFFER ||
	    a->type == DHCPACK || a->type == DHCPNAK)
		*ret = DR_NO_CLIENT_TYPE;
	else if (a->env->net == NULL)
		*ret = DR_NO_NETWORK;
	else if (a->env->net->mode == DHCP_OFF)
		*ret = DR_MODE_OFF;
	else
		return true;
	return false;
}

/* false: *ret says why we don't talk to this client, though its message is in order. */
static bool
welcome(const struct dhcp_turn *a, enum dhcp_rule *ret)
{
	if (a->env->host == NULL && !authoritative(a) &&
	    !(a->env->net->mode == DHCP_PROXY && clients_any(a)))
		*ret = DR_UNKNOWN;
	else if (a->env->boot->action == BOOT_SILENT)
		*ret = DR_BOOT_SILENT;
	/* A server that stands by for others: theirs is the first answer. */
	else if ((a->type == DHCPDISCOVER || a->type == DHCP_NOTYPE) &&
	    a->req->secs < conf(a)->min_secs)
		*ret = DR_MIN_SECS;
	else
		return true;
	return false;
}

static void
decide(const struct dhcp_turn *a)
{
	enum dhcp_rule no;

	if (a->type == DHCPLEASEQUERY && a->req->op == BOOTREQUEST) {
		dhcp_leasequery(a);
		return;
	}
	if (!fit(a, &no)) {
		silent(a, no);
		return;
	}
	if (a->env->net->mode == DHCP_PROXY || a->env->binl) {
		if (!welcome(a, &no))
			silent(a, no);
		else
			dhcp_proxy(a);
		return;
	}
	/* What a client gives back is taken from anybody who had it. */
	if (a->type == DHCPDECLINE) {
		decline(a);
		return;
	}
	if (a->type == DHCPRELEASE) {
		release(a);
		return;
	}
	if (!welcome(a, &no)) {
		silent(a, no);
		return;
	}
	switch (a->type) {
	case DHCPDISCOVER:
		discover(a);
		break;
	case DHCPREQUEST:
		request(a);
		break;
	case DHCPINFORM:
		inform(a);
		break;
	default:
		bootp(a);
		break;
	}
}

/* Who asks for an address has none to be known by: he could use up another
 * network's. */
static bool
has_address(const struct dhcp_msg *m)
{
	int type = dhcp_type(m);

	return m->ciaddr != 0 && type != DHCPDISCOVER &&
	    (type != DHCPREQUEST || !m->has[DHO_DHCP_SERVER_IDENTIFIER]);
}

const struct dhcp_net *
dhcp_net_of(const struct dhcp_msg *req, const struct dhcp_facts *f,
    const struct dhcp_nets *nets, uint32_t iface_addr)
{
	const struct dhcp_net *net;

	if (f->relay.where != 0)
		return dhcp_nets_find(nets, f->relay.where);
	/* A renewal may come through a router, without a relay. */
	if (has_address(req) && (net = dhcp_nets_find(nets, req->ciaddr)) != NULL)
		return net;
	return dhcp_nets_find(nets, iface_addr);
}

static void
describe(const struct dhcp_turn *a)
{
	char b[4][NET4_STRLEN];

	if (a->env->trace == NULL || a->env->net == NULL)
		return;
	dhcp_turn_note(a, "network %s, server identifier %s",
	    net4_str(a->env->net->net, b[0]), ip4_str(a->server_id, b[1]));
	if (a->wanted != 0)
		dhcp_turn_note(a, "it asks for address %s", ip4_str(a->wanted, b[2]));
	if (a->env->host != NULL && a->env->host->address != 0)
		dhcp_turn_note(a, "its fixed address is %s%s",
		    ip4_str(a->env->host->address, b[3]), dhcp_addr_fixed(a) != 0 ?
		    "" : ", which is not on this network");
	if (a->env->boot != NULL)
		dhcp_turn_note(a, "boot rule %s: %s", a->env->boot->rule,
		    a->env->boot->why);
}

void
dhcp_decide(const struct dhcp_msg *req, const struct dhcp_facts *facts,
    const struct dhcp_env *env, struct dhcp_verdict *v)
{
	struct dhcp_turn a = { .req = req, .facts = facts, .env = env, .v = v,
	    .type = dhcp_type(req) };

	v->answer = v->trouble = false;
	v->lease_op = DLO_NONE;
	dhcp_turn_set(&a);
	describe(&a);
	decide(&a);
}

/* dhcp_policy.c - what to answer, where to, and what to remember. */
#include <stdio.h>
#include <string.h>

#include "dhcp_reply.h"
#include "dhcp_turn.h"

static void
silent(const struct dhcp_turn *a, const char *reason)
{
	a->v->answer = false;
	a->v->reason = reason;
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
	size_t len;
	const uint8_t *cid = dhcp_opt(a->req, DHO_DHCP_CLIENT_IDENTIFIER, &len);

	a->v->lease_op = op;
	memset(l, 0, sizeof(*l));
	l->addr = addr;
	l->state = state;
	l->mac = a->facts->mac;
	l->start = a->env->now;
	l->expiry = expiry;
	if (cid != NULL) {
		l->cid_len = (uint8_t)(len < sizeof(l->cid) ? len : sizeof(l->cid));
		memcpy(l->cid, cid, l->cid_len);
	}
	take_hostname(a->req, l);
}

/* Always the configured time.  FreeBSD's old loader asks for 300 s, and the
 * kernel that it starts lives on that lease without ever renewing it. */
static uint32_t
lease_time(const struct dhcp_turn *a)
{
	return a->env->net->opt.lease_time;
}

static int64_t
lease_end(const struct dhcp_turn *a)
{
	return lease_time(a) == DHCP_INFINITE ? LEASE_FOREVER :
	    a->env->now + lease_time(a);
}

/* Answers ----------------------------------------------------------------- */

/* An address that it may claim as its own.  Any other would make us send to
 * whomever a forger names. */
static bool
is_near(const struct dhcp_turn *a, uint32_t addr)
{
	return net4_is_host(a->env->net->net, addr);
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
	else if ((m->flags & BOOTP_BROADCAST) == 0)
		*d = (struct dhcp_dest){ .how = DEST_MAC, .addr = m->yiaddr,
		    .mac = a->facts->mac };
}

static void
answer(const struct dhcp_turn *a, int type, uint32_t addr, uint32_t time,
    const char *reason)
{
	struct dhcp_msg *m = &a->v->reply;

	dhcp_reply_begin(m, a->req, type, a->server_id);
	m->yiaddr = addr;
	/* RFC 2131 table 3: in an ACK as in the REQUEST, in an OFFER 0. */
	m->ciaddr = type == DHCPOFFER ? 0 : a->req->ciaddr;
	dhcp_reply_config(m, a->req, a->facts, a->env, time);
	a->v->answer = true;
	a->v->reason = reason;
	a->v->max = dhcp_reply_max(a->req);
	address_reply(a, false);
}

static void
nak(const struct dhcp_turn *a, const char *reason)
{
	struct dhcp_msg *m = &a->v->reply;

	dhcp_reply_begin(m, a->req, DHCPNAK, a->server_id);
	dhcp_reply_nak(m, a->req, reason);
	a->v->answer = true;
	a->v->reason = reason;
	a->v->max = dhcp_reply_max(a->req);
	address_reply(a, true);
}

static void
ack(const struct dhcp_turn *a, uint32_t addr, const char *reason)
{
	lease_as(a, DLO_COMMIT, addr, LEASE_BOUND, lease_end(a));
	answer(a, DHCPACK, addr, lease_time(a), reason);
}

/* Requests ---------------------------------------------------------------- */

/* RFC 2131 4.3.1. */
static void
discover(const struct dhcp_turn *a)
{
	const struct dhcp_env *e = a->env;
	const struct lease *l;
	const char *why;
	uint32_t addr = dhcp_addr_choose(a, &why);

	if (addr == 0) {
		a->v->trouble = true;
		silent(a, "no address is free on its network");
		return;
	}
	l = lease_by_addr(e->leases, addr);
	/* A lease that is good reserves its address already, and for longer. */
	if (l == NULL || l->state != LEASE_BOUND || !dhcp_addr_held(l, e->now) ||
	    !mac_equal(l->mac, a->facts->mac))
		lease_as(a, DLO_OFFER, addr, LEASE_OFFERED,
		    e->now + DHCP_OFFER_SECS);
	answer(a, DHCPOFFER, addr, lease_time(a), why);
}

/* RFC 2131 4.3.2, SELECTING. */
static void
selecting(const struct dhcp_turn *a, uint32_t server)
{
	const struct lease *l = dhcp_addr_last(a);
	/* "'ciaddr' MUST be zero, 'requested IP address' MUST be filled in":
	 * some fill in the other one. */
	uint32_t addr = a->wanted != 0 ? a->wanted : a->req->ciaddr;
	const char *no;

	dhcp_turn_note(a, "state SELECTING: it names a server");
	if (server != a->server_id) {
		if (l != NULL && l->state == LEASE_OFFERED)
			lease_as(a, DLO_DROP, l->addr, LEASE_OFFERED, a->env->now);
		silent(a, "it chose another server");
	} else if (addr == 0)
		silent(a, "it does not say which address it chose");
	else if ((no = dhcp_addr_why_not(a, addr)) != NULL)
		nak(a, no);
	else
		ack(a, addr, "it chose our offer");
}

/* RFC 2131 4.3.2, INIT-REBOOT. */
static void
init_reboot(const struct dhcp_turn *a)
{
	const char *no = dhcp_addr_why_not(a, a->wanted);

	dhcp_turn_note(a, "state INIT-REBOOT: it remembers an address");
	if (!net4_has(a->env->net->net, a->wanted)) {
		if (authoritative(a))
			nak(a, no);
		else
			silent(a, "its address belongs to another network, and we are not authoritative");
	} else if (dhcp_addr_is_its(a, a->wanted)) {
		if (no != NULL)
			nak(a, no);
		else
			ack(a, a->wanted, "it has this address already");
	} else if (dhcp_addr_known(a))
		nak(a, no != NULL ? no : "its lease is for another address");
	else
		/* "If the DHCP server has no record of this client, then it MUST remain silent" */
		silent(a, "there is no record of it: another server may have one");
}

/* RFC 2131 4.3.2, RENEWING and REBINDING: they differ in how they were sent,
 * and are answered alike. */
static void
extend(const struct dhcp_turn *a)
{
	uint32_t addr = a->req->ciaddr;
	const char *no = dhcp_addr_why_not(a, addr);

	dhcp_turn_note(a, "state RENEWING or REBINDING: it uses an address");
	if (no != NULL) {
		if (authoritative(a))
			nak(a, no);
		else
			silent(a, "its address is not ours to extend, and we are not authoritative");
	} else if (dhcp_addr_is_its(a, addr))
		ack(a, addr, "its lease is extended");
	else if (authoritative(a) || a->env->host != NULL)
		/* It works with this address, nobody else does: let it. */
		ack(a, addr, "it uses a free address without a lease: it gets one");
	else
		silent(a, "there is no record of it: another server may have one");
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
		silent(a, "it says nothing of an address");
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
	return l != NULL && mac_equal(l->mac, a->facts->mac) &&
	    dhcp_addr_held(l, a->env->now) && l->state != LEASE_DECLINED ? l : NULL;
}

/* RFC 2131 4.3.3. */
static void
decline(const struct dhcp_turn *a)
{
	const struct lease *l = own_lease(a, a->wanted);

	if (l == NULL) {
		silent(a, "it declines what it was not given here");
		return;
	}
	a->v->trouble = true;
	if (dhcp_nets_fixed(a->env->nets, a->wanted) != NULL) {
		silent(a, "another machine uses its fixed address");
		return;
	}
	lease_as(a, DLO_COMMIT, a->wanted, LEASE_DECLINED,
	    a->env->now + conf(a)->decline_time);
	silent(a, "another machine uses the address: it is not given for a while");
}

/* RFC 2131 4.3.4: the record is kept, so that it gets the address again. */
static void
release(const struct dhcp_turn *a)
{
	if (own_lease(a, a->req->ciaddr) == NULL) {
		silent(a, "it releases what it was not given here");
		return;
	}
	lease_as(a, DLO_COMMIT, a->req->ciaddr, LEASE_RELEASED, a->env->now);
	silent(a, "it gave its address back");
}

/* RFC 2131 4.3.5: it has an address from elsewhere; no lease is spoken of. */
static void
inform(const struct dhcp_turn *a)
{
	if (!is_near(a, a->req->ciaddr)) {
		silent(a, a->req->ciaddr == 0 ? "it does not say which address it has" :
		    "its address belongs to another network");
		return;
	}
	answer(a, DHCPACK, 0, 0, "it has an address and asks for the rest");
	a->v->dest = (struct dhcp_dest){ .how = DEST_ADDR,
	    .addr = a->req->ciaddr };
}

/* RFC 1534: no lease is spoken of, so what it gets it has for ever. */
static void
bootp(const struct dhcp_turn *a)
{
	const char *why = "it has an address and asks for the rest";
	uint32_t addr = 0;

	/* RFC 951 3: yiaddr is for those who don't know their address. */
	if (!is_near(a, a->req->ciaddr)) {
		if ((addr = dhcp_addr_choose(a, &why)) == 0) {
			a->v->trouble = true;
			silent(a, "no address is free on its network");
			return;
		}
		lease_as(a, DLO_COMMIT, addr, LEASE_BOUND, LEASE_FOREVER);
	}
	answer(a, DHCP_NOTYPE, addr, 0, why);
}

/* Who gets any answer at all? --------------------------------------------- */

static const char *
unfit(const struct dhcp_turn *a)
{
	const struct dhcp_msg *q = a->req;

	if (q->op != BOOTREQUEST)
		return "it is no request";
	if (q->htype != HTYPE_ETHER || q->hlen != sizeof(a->facts->mac.b))
		return "it is not from an Ethernet";
	if (mac_is_zero(a->facts->mac) || (a->facts->mac.b[0] & 1) != 0)
		return "its hardware address is not that of one machine";
	if (a->type < 0 || a->type > DHCPINFORM || a->type == DHCPOFFER ||
	    a->type == DHCPACK || a->type == DHCPNAK)
		return "its message type is not one a client sends";
	if (a->env->net == NULL)
		return "no network is configured where it is";
	return NULL;
}

/* Reasons not to talk to this client, though its message is in order. */
static const char *
unwelcome(const struct dhcp_turn *a)
{
	if (a->env->host == NULL && !authoritative(a) &&
	    !(a->env->net->mode == DHCP_PROXY && clients_any(a)))
		return "it is no host of the configuration, and only those are answered";
	if (a->env->boot->action == BOOT_SILENT)
		return a->env->boot->why;
	return NULL;
}

static void
decide(const struct dhcp_turn *a)
{
	const char *no;

	if ((no = unfit(a)) != NULL) {
		silent(a, no);
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
	if ((no = unwelcome(a)) != NULL) {
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

const struct dhcp_net *
dhcp_net_of(const struct dhcp_msg *req, const struct dhcp_nets *nets,
    uint32_t iface_addr)
{
	const struct dhcp_net *net;

	if (req->giaddr != 0)
		return dhcp_nets_find(nets, req->giaddr);
	/* A renewal may come through a router, without a relay. */
	if (req->ciaddr != 0 && (net = dhcp_nets_find(nets, req->ciaddr)) != NULL)
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
	v->reason = "";
	a.server_id = conf(&a)->server_id != 0 ? conf(&a)->server_id : env->server;
	(void)dhcp_opt_u32(req, DHO_DHCP_REQUESTED_ADDRESS, &a.wanted);
	describe(&a);
	decide(&a);
}

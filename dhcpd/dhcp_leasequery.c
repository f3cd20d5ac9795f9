/* dhcp_leasequery.c - a relay asks who has which address (RFC 4388).
 *
 * Access concentrators do after a restart, to know again which client is
 * behind which port.  Only relays named in the configuration are told.
 */
#include <string.h>

#include "dhcp_reply.h"
#include "dhcp_turn.h"

static bool
may_ask(const struct dhcp_turn *a)
{
	const struct cfg_dhcp *d = &a->env->nets->cfg->top.dhcp;

	for (size_t i = 0; i < d->n_leasequery; i++)
		if (d->leasequery[i] == a->req->giaddr)
			return true;
	return false;
}

static bool
active(const struct dhcp_turn *a, const struct lease *l)
{
	return l != NULL && l->state == LEASE_BOUND && l->expiry > a->env->now;
}

/* The client's lease on one network: by the identifier if one is given, else by
 * the hardware address (6.4.1). */
static const struct lease *
on_net(const struct dhcp_turn *a, const struct dhcp_net *n)
{
	const struct dhcp_env *e = a->env;
	uint32_t lo = n->net.addr, hi = net4_broadcast(n->net);

	return a->cid != NULL ? lease_by_cid(e->leases, a->cid, a->cid_len, lo, hi) :
	    mac_is_zero(a->facts->mac) ? NULL :
	    lease_by_client(e->leases, a->facts->mac, lo, hi);
}

/* The one used last; all of them go into ret_addr. */
static const struct lease *
of_client(const struct dhcp_turn *a, uint32_t *ret_addr, size_t cap, size_t *ret_n)
{
	const struct dhcp_nets *ns = a->env->nets;
	const struct lease *best = NULL, *l;

	*ret_n = 0;
	for (size_t i = 0; i < ns->n; i++) {
		if (!active(a, l = on_net(a, &ns->net[i])))
			continue;
		if (*ret_n < cap)
			ret_addr[(*ret_n)++] = l->addr;
		if (best == NULL || l->start > best->start)
			best = l;
	}
	return best;
}

/* 6.4.2: each only if it is asked for. */
static bool
asked(const struct dhcp_turn *a, uint8_t code)
{
	size_t len;
	const uint8_t *p = dhcp_opt(a->req, DHO_DHCP_PARAMETER_REQUEST_LIST, &len);

	return p != NULL && memchr(p, code, len) != NULL;
}

static void
put_time(const struct dhcp_turn *a, uint8_t code, int64_t secs)
{
	if (!asked(a, code) || secs <= 0)
		return;
	(void)dhcp_put_u32(&a->v->reply, code, secs < DHCP_INFINITE ?
	    (uint32_t)secs : DHCP_INFINITE);
}

static void
describe(const struct dhcp_turn *a, const struct lease *l)
{
	int64_t now = a->env->now, life = l->expiry - l->start;
	struct dhcp_msg *m = &a->v->reply;

	m->ciaddr = l->addr;
	m->htype = HTYPE_ETHER;
	m->hlen = sizeof(l->mac.b);
	memset(m->chaddr, 0, sizeof(m->chaddr));
	memcpy(m->chaddr, l->mac.b, sizeof(l->mac.b));
	if (l->expiry == LEASE_FOREVER)
		put_time(a, DHO_DHCP_LEASE_TIME, DHCP_INFINITE);
	else {
		put_time(a, DHO_DHCP_LEASE_TIME, l->expiry - now);
		put_time(a, DHO_DHCP_RENEWAL_TIME, l->start + life / 2 - now);
		put_time(a, DHO_DHCP_REBINDING_TIME, l->start + life / 8 * 7 - now);
	}
	if (asked(a, DHO_CLIENT_LAST_TRANSACTION_TIME))
		(void)dhcp_put_u32(m, DHO_CLIENT_LAST_TRANSACTION_TIME,
		    now > l->start ? (uint32_t)(now - l->start) : 0);
	if (asked(a, DHO_DHCP_CLIENT_IDENTIFIER) && l->cid_len > 0)
		(void)dhcp_put(m, DHO_DHCP_CLIENT_IDENTIFIER, l->cid, l->cid_len);
	if (asked(a, DHO_DHCP_AGENT_OPTIONS) && l->agent_len > 0)
		(void)dhcp_put(m, DHO_DHCP_AGENT_OPTIONS, l->agent, l->agent_len);
}

static void
answer(const struct dhcp_turn *a, const struct lease *l, const uint32_t *addr, size_t n)
{
	struct dhcp_msg *m = &a->v->reply;
	bool ours = a->req->ciaddr != 0 && dhcp_nets_find(a->env->nets, a->req->ciaddr) != NULL;
	int type = l != NULL ? DHCPLEASEACTIVE : ours ? DHCPLEASEUNASSIGNED :
	    DHCPLEASEUNKNOWN;

	dhcp_reply_begin(m, a->req, type, a->server_id);
	m->ciaddr = a->req->ciaddr;
	if (l != NULL)
		describe(a, l);
	if (n > 1 && asked(a, DHO_ASSOCIATED_IP))
		(void)dhcp_put_addrs(m, DHO_ASSOCIATED_IP, addr, n);
	a->v->max = dhcp_reply_max(a->req);
	/* 6.4.2: to the one that asks, which is a relay on its own behalf. */
	a->v->dest = (struct dhcp_dest){ .how = DEST_RELAY, .addr = a->req->giaddr };
	dhcp_turn_end(a, true, l != NULL ? DR_QUERY_ACTIVE : ours ?
	    DR_QUERY_UNASSIGNED : DR_QUERY_UNKNOWN);
}

void
dhcp_leasequery(const struct dhcp_turn *a)
{
	const struct lease *l;
	uint32_t addr[16];
	size_t n = 0;

	if (a->req->giaddr == 0 || !may_ask(a)) {
		dhcp_turn_end(a, false, DR_QUERY_REFUSED);
		return;
	}
	if (a->req->ciaddr != 0)
		l = lease_by_addr(a->env->leases, a->req->ciaddr);
	else
		l = of_client(a, addr, sizeof(addr) / sizeof(addr[0]), &n);
	answer(a, active(a, l) ? l : NULL, addr, n);
}

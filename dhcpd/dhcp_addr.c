/* dhcp_addr.c - which address may this client have? */
#include <stdarg.h>

#include "dhcp_turn.h"

void
dhcp_turn_note(const struct dhcp_turn *a, const char *fmt, ...)
{
	va_list ap;

	if (a->env->trace == NULL)
		return;
	va_start(ap, fmt);
	buf_puts(a->env->trace, "  ");
	buf_vprintf(a->env->trace, fmt, ap);
	buf_putc(a->env->trace, '\n');
	va_end(ap);
}

void
dhcp_turn_set(struct dhcp_turn *a)
{
	const struct cfg_dhcp *conf = &a->env->nets->cfg->top.dhcp;
	const struct dhcp_relay *relay = &a->facts->relay;

	a->server_id = relay->server_id != 0 ? relay->server_id :
	    conf->server_id != 0 ? conf->server_id : a->env->server;
	(void)dhcp_opt_u32(a->req, DHO_DHCP_REQUESTED_ADDRESS, &a->wanted);
	a->cid = dhcp_opt(a->req, DHO_DHCP_CLIENT_IDENTIFIER, &a->cid_len);
	/* RFC 4390 2.1: on InfiniBand there is nothing else. */
	a->by_cid = a->cid != NULL && a->cid_len > 1 &&
	    (conf->match_cid || mac_is_zero(a->facts->mac));
}

bool
dhcp_turn_own(const struct dhcp_turn *a, const struct lease *l)
{
	if (a->by_cid)
		return lease_has_cid(l, a->cid, a->cid_len);
	return mac_equal(l->mac, a->facts->mac);
}

bool
dhcp_addr_held(const struct lease *l, int64_t now)
{
	return (l->state == LEASE_BOUND || l->state == LEASE_OFFERED ||
	    l->state == LEASE_DECLINED) && l->expiry > now;
}

const struct dhcp_net *
dhcp_addr_net(const struct dhcp_turn *a, uint32_t addr)
{
	const struct dhcp_net *n = a->env->net;

	for (size_t i = 0; i < n->n_link; i++)
		if (net4_has(n->link[i].net, addr))
			return &n->link[i];
	return NULL;
}

uint32_t
dhcp_addr_fixed(const struct dhcp_turn *a)
{
	const struct cfg_host *h = a->env->host;

	return h != NULL && h->address != 0 &&
	    dhcp_addr_net(a, h->address) != NULL ? h->address : 0;
}

/* Is it still one of those to lease?  Who runs with one that is not may go on with
 * it; who boots gets another. */
static bool
in_range(const struct dhcp_turn *a, uint32_t addr)
{
	const struct dhcp_net *n = dhcp_addr_net(a, addr);

	return n != NULL && dhcp_net_pool(n, addr) != NULL;
}

/* A client has one lease on a link: whoever asks for one address after another
 * gets none of a second one while the first is good. */
static bool
has_another(const struct dhcp_turn *a, uint32_t addr)
{
	const struct lease *l = dhcp_addr_last(a);
	enum dhcp_rule no;

	return l != NULL && l->addr != addr && l->state == LEASE_BOUND &&
	    dhcp_addr_held(l, a->env->now) && dhcp_addr_fits(a, l->addr, &no) &&
	    in_range(a, l->addr);
}

bool
dhcp_addr_fits(const struct dhcp_turn *a, uint32_t addr, enum dhcp_rule *ret)
{
	const struct dhcp_env *e = a->env;
	const struct lease *l = lease_by_addr(e->leases, addr);
	bool held = l != NULL && dhcp_addr_held(l, e->now);
	bool own = held && dhcp_turn_own(a, l);
	const struct dhcp_net *net = dhcp_addr_net(a, addr);
	const struct dhcp_pool *pool = net != NULL ? dhcp_net_pool(net, addr) : NULL;

	if (net == NULL)
		*ret = DR_OTHER_NETWORK;
	else if (dhcp_addr_fixed(a) != 0) {
		*ret = DR_NOT_FIXED;
		return addr == dhcp_addr_fixed(a);
	} else if (dhcp_nets_reserved(e->nets, net, addr))
		*ret = DR_RESERVED;
	else if (held && l->state == LEASE_DECLINED)
		*ret = DR_WAS_DECLINED;
	else if (held && !own)
		*ret = DR_LEASED;
	/* A lease outlives a range that was moved away from it (but see in_range()),
	 * and the class of the firmware that got it. */
	else if (!own && pool == NULL)
		*ret = DR_NO_RANGE;
	else if (!own && !dhcp_pool_allows(pool, &e->classes))
		*ret = DR_NO_CLASS;
	else if (!own && has_another(a, addr))
		*ret = DR_OTHER_LEASE;
	else
		return true;
	return false;
}

static const struct lease *
last_within(const struct dhcp_turn *a, uint32_t lo, uint32_t hi)
{
	if (a->by_cid)
		return lease_by_cid(a->env->leases, a->cid, a->cid_len, lo, hi);
	return lease_by_client(a->env->leases, a->facts->mac, lo, hi);
}

static const struct lease *
last_on(const struct dhcp_turn *a, const struct dhcp_net *n)
{
	return last_within(a, n->net.addr, net4_broadcast(n->net));
}

const struct lease *
dhcp_addr_last(const struct dhcp_turn *a)
{
	const struct dhcp_net *n = a->env->net;
	const struct lease *best = NULL, *l;

	for (size_t i = 0; i < n->n_link; i++)
		if ((l = last_on(a, &n->link[i])) != NULL &&
		    (best == NULL || lease_better(l, best)))
			best = l;
	return best;
}

/* One that it can have again.  Another machine may have its last one by now,
 * while an address that was offered to it since still waits for it. */
static const struct lease *
good_lease(const struct dhcp_turn *a)
{
	const struct dhcp_net *n = a->env->net;
	const struct lease *l = dhcp_addr_last(a), *rest[3];
	enum dhcp_rule no = DR_NO_RANGE;

	if (l == NULL || (dhcp_addr_fits(a, l->addr, &no) && in_range(a, l->addr)))
		return l;
	dhcp_turn_note(a, "its last address can't be given: %s", dhcp_rule_why(no));
	for (size_t i = 0; i < n->n_link; i++) {
		const struct net4 net = n->link[i].net;

		if ((rest[0] = last_on(a, &n->link[i])) == NULL)
			continue;
		rest[1] = last_within(a, net.addr, rest[0]->addr - 1);
		rest[2] = last_within(a, rest[0]->addr + 1, net4_broadcast(net));
		for (int k = 0; k < 3; k++)
			if (rest[k] != NULL && dhcp_addr_fits(a, rest[k]->addr, &no) &&
			    in_range(a, rest[k]->addr))
				return rest[k];
	}
	return NULL;
}

struct reserved_arg { const struct dhcp_nets *nets; const struct dhcp_net *net; };

static bool
is_reserved(void *arg, uint32_t addr)
{
	const struct reserved_arg *r = arg;

	return dhcp_nets_reserved(r->nets, r->net, addr);
}

static uint32_t
pick_on(const struct dhcp_turn *a, const struct dhcp_net *n)
{
	const struct dhcp_env *e = a->env;
	struct reserved_arg arg = { e->nets, n };
	uint32_t addr = 0;

	for (size_t i = 0; i < n->n_pool && addr == 0; i++) {
		const struct dhcp_pool *p = &n->pool[i];

		if (!dhcp_pool_allows(p, &e->classes))
			continue;
		for (size_t k = 0; k < p->n_range && addr == 0; k++)
			addr = lease_pick(e->leases, p->range[k], e->now,
			    is_reserved, &arg);
	}
	return addr;
}

/* In the order of the configuration, wherever on the link it is. */
static uint32_t
pick(const struct dhcp_turn *a)
{
	const struct dhcp_net *n = a->env->net;
	uint32_t addr = 0;

	for (size_t i = 0; i < n->n_link && addr == 0; i++)
		addr = pick_on(a, &n->link[i]);
	return addr;
}

/* RFC 2131 4.3.1: the address the client has or had, the one it asks for, a new one. */
uint32_t
dhcp_addr_choose(const struct dhcp_turn *a, enum dhcp_rule *ret)
{
	const struct lease *l;
	enum dhcp_rule no;
	uint32_t addr;

	if ((addr = dhcp_addr_fixed(a)) != 0) {
		*ret = DR_FIXED;
		return addr;
	}
	if ((l = good_lease(a)) != NULL) {
		*ret = DR_AGAIN;
		return l->addr;
	}
	no = DR_NO_RANGE;
	if (a->wanted != 0 && dhcp_addr_fits(a, a->wanted, &no) && in_range(a, a->wanted)) {
		*ret = DR_ASKED_FOR;
		return a->wanted;
	}
	if (a->wanted != 0)
		dhcp_turn_note(a, "the address it asks for can't be given: %s",
		    dhcp_rule_why(no));
	*ret = DR_NEW;
	if ((addr = pick(a)) != 0)
		return addr;
	/* Rather one that is to be given no more than none. */
	if ((l = dhcp_addr_last(a)) == NULL || !dhcp_addr_fits(a, l->addr, &no))
		return 0;
	*ret = DR_AGAIN;
	return l->addr;
}

/* Is the address the client's as far as we know? */
bool
dhcp_addr_is_its(const struct dhcp_turn *a, uint32_t addr)
{
	const struct lease *l = lease_by_addr(a->env->leases, addr);

	return addr == dhcp_addr_fixed(a) || (l != NULL &&
	    dhcp_turn_own(a, l) && l->state != LEASE_DECLINED);
}

/* Do we know the client at all?  An offer is no record yet. */
bool
dhcp_addr_known(const struct dhcp_turn *a)
{
	const struct lease *l = dhcp_addr_last(a);

	return dhcp_addr_fixed(a) != 0 || (l != NULL &&
	    (l->state == LEASE_BOUND || l->state == LEASE_RELEASED));
}

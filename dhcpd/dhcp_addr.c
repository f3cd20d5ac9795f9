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

bool
dhcp_addr_held(const struct lease *l, int64_t now)
{
	return (l->state == LEASE_BOUND || l->state == LEASE_OFFERED ||
	    l->state == LEASE_DECLINED) && l->expiry > now;
}

/* The host's own address, if it has one on this network. */
uint32_t
dhcp_addr_fixed(const struct dhcp_turn *a)
{
	const struct cfg_host *h = a->env->host;

	return h != NULL && h->address != 0 &&
	    net4_has(a->env->net->net, h->address) ? h->address : 0;
}

/* Why this client can't have that address now; NULL: it can. */
const char *
dhcp_addr_why_not(const struct dhcp_turn *a, uint32_t addr)
{
	const struct dhcp_env *e = a->env;
	const struct lease *l = lease_by_addr(e->leases, addr);
	bool held = l != NULL && dhcp_addr_held(l, e->now);
	bool own = held && mac_equal(l->mac, a->facts->mac);

	if (!net4_has(e->net->net, addr))
		return "the address belongs to another network";
	if (dhcp_addr_fixed(a) != 0)
		return addr == dhcp_addr_fixed(a) ? NULL :
		    "the host has a fixed address, another one";
	if (dhcp_nets_reserved(e->nets, e->net, addr))
		return "the address is reserved";
	if (held && l->state == LEASE_DECLINED)
		return "the address was declined: another machine uses it";
	if (held && !own)
		return "the address is leased to another machine";
	/* A lease outlives a range that was moved away from it. */
	if (!own && !dhcp_net_in_range(e->net, addr))
		return "the address is outside the ranges";
	return NULL;
}

/* The client's last lease on this network, good or not; NULL. */
const struct lease *
dhcp_addr_last(const struct dhcp_turn *a)
{
	const struct net4 net = a->env->net->net;

	return lease_by_client(a->env->leases, a->facts->mac, net.addr,
	    net4_broadcast(net));
}

/* One that it can have again.  Another machine may have its last one by now,
 * while an address that was offered to it since still waits for it. */
static const struct lease *
good_lease(const struct dhcp_turn *a)
{
	const struct net4 net = a->env->net->net;
	const struct lease *l = dhcp_addr_last(a), *rest[2];
	const char *no;

	if (l == NULL || (no = dhcp_addr_why_not(a, l->addr)) == NULL)
		return l;
	dhcp_turn_note(a, "its last address can't be given: %s", no);
	rest[0] = lease_by_client(a->env->leases, a->facts->mac, net.addr,
	    l->addr - 1);
	rest[1] = lease_by_client(a->env->leases, a->facts->mac, l->addr + 1,
	    net4_broadcast(net));
	for (int i = 0; i < 2; i++)
		if (rest[i] != NULL && dhcp_addr_why_not(a, rest[i]->addr) == NULL)
			return rest[i];
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
pick(const struct dhcp_turn *a)
{
	const struct dhcp_env *e = a->env;
	struct reserved_arg arg = { e->nets, e->net };
	uint32_t addr = 0;

	for (size_t i = 0; i < e->net->cfg->n_range && addr == 0; i++)
		addr = lease_pick(e->leases, e->net->cfg->range[i], e->now,
		    is_reserved, &arg);
	return addr;
}

/* RFC 2131 4.3.1: the address the client has or had, the one it asks for, a new one. */
uint32_t
dhcp_addr_choose(const struct dhcp_turn *a, const char **ret_why)
{
	const struct lease *l;
	const char *no;
	uint32_t addr;

	if ((addr = dhcp_addr_fixed(a)) != 0) {
		*ret_why = "the host's fixed address";
		return addr;
	}
	if ((l = good_lease(a)) != NULL) {
		*ret_why = "the address it has or had last";
		return l->addr;
	}
	if (a->wanted != 0 && (no = dhcp_addr_why_not(a, a->wanted)) != NULL)
		dhcp_turn_note(a, "the address it asks for can't be given: %s", no);
	else if (a->wanted != 0) {
		*ret_why = "the address it asks for, which is free";
		return a->wanted;
	}
	*ret_why = "a free address of the range";
	return pick(a);
}

/* Is the address the client's as far as we know? */
bool
dhcp_addr_is_its(const struct dhcp_turn *a, uint32_t addr)
{
	const struct lease *l = lease_by_addr(a->env->leases, addr);

	return addr == dhcp_addr_fixed(a) || (l != NULL &&
	    mac_equal(l->mac, a->facts->mac) && l->state != LEASE_DECLINED);
}

/* Do we know the client at all?  An offer is no record yet. */
bool
dhcp_addr_known(const struct dhcp_turn *a)
{
	const struct lease *l = dhcp_addr_last(a);

	return dhcp_addr_fixed(a) != 0 || (l != NULL &&
	    (l->state == LEASE_BOUND || l->state == LEASE_RELEASED));
}

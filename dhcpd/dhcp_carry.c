/* dhcp_carry.c - a lease that another server gave, and that is to be ours. */
#include <errno.h>
#include <stdio.h>

#include "dhcp_carry.h"

static int
no(int err, char why[160], const char *text)
{
	(void)snprintf(why, 160, "%s", text);
	return err;
}

/* Does that machine, and nobody else, have it in the configuration? */
static bool
is_owner(const struct cfg_host *h, struct mac mac)
{
	for (size_t i = 0; i < h->n_mac; i++)
		if (mac_equal(h->mac[i], mac))
			return true;
	return false;
}

int
dhcp_carry(const struct dhcp_nets *ns, const struct lease_table *t,
    const struct lease *l, int64_t now, char why[160])
{
	const struct dhcp_net *net = dhcp_nets_find(ns, l->addr);
	const struct lease *has = lease_by_addr(t, l->addr);
	const struct cfg_host *h;
	char mac[MAC_STRLEN];

	if (l->expiry <= now)
		return no(-ESTALE, why, "it has expired");
	/* No server could have said so; and the journal takes no such time. */
	if (l->expiry != LEASE_FOREVER && l->expiry - now > UINT32_MAX)
		return no(-ERANGE, why, "it ends later than any lease");
	if (net == NULL)
		return no(-ERANGE, why, "it is in none of the networks");
	if (net->mode != DHCP_AUTHORITATIVE && net->mode != DHCP_RESERVATION)
		return no(-ERANGE, why, "no addresses are given on its network");
	if ((h = dhcp_nets_fixed(ns, l->addr)) != NULL) {
		if (is_owner(h, l->mac))
			return 0;
		(void)snprintf(why, 160, "the address is host %.64s's", h->head.name);
		return -EADDRINUSE;
	}
	if (dhcp_net_pool(net, l->addr) == NULL)
		return no(-ERANGE, why, "it is in none of the ranges");
	if (dhcp_nets_reserved(ns, net, l->addr))
		return no(-ERANGE, why, "it is a router's, our own, or no host's address");
	if (has != NULL && has->state == LEASE_DECLINED && has->expiry > now)
		return no(-EADDRINUSE, why, "it was declined: something else uses it");
	if (has != NULL && (has->state == LEASE_BOUND || has->state == LEASE_OFFERED) &&
	    has->expiry > now && !mac_equal(has->mac, l->mac)) {
		(void)snprintf(why, 160, "it is leased to %s already", mac_str(has->mac, mac));
		return -EADDRINUSE;
	}
	return 0;
}

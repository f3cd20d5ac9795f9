/* dhcp_net.h - the networks DHCP serves, the addresses it gives there, and the
 * options that hold for each.
 *
 * Made from the configuration and the interfaces, immutable, pure.  Without any
 * subnet in the configuration each interface's own network is served, its upper
 * half leased.  Networks of one shared network stand side by side: a client on
 * one of them is on all of them (its link).
 * Ownership: dhcp_nets holds a reference to the configuration.
 * Layer: dhcpd, policy.
 */
#ifndef DHCPD_DHCP_NET_H
#define DHCPD_DHCP_NET_H

#include "../fleet/config.h"
#include "../fleet/lease.h"
#include "../lib/os.h"
#include "dhcp_class.h"
#include "dhcp_optset.h"

/* Addresses that certain clients may have.  The subnet's own range is a pool too. */
struct dhcp_pool {
	const struct cfg_pool	*cfg;		/* NULL: the subnet's own range */
	const struct range4	*range;
	size_t			 n_range;
	bool			 for_all;	/* no class is named in allow */
	struct dhcp_classes	 allow, deny;
	struct dhcp_optset	*opt;		/* NULL: none of its own */
};

struct dhcp_span { struct range4 r; const struct dhcp_pool *pool; };

struct dhcp_net {
	const struct cfg_subnet	*cfg;
	struct net4		 net;
	enum cfg_dhcp_mode	 mode;
	const struct dhcp_net	*link;		/* the first network on this wire ... */
	size_t			 n_link;	/* ... and how many: link[0 .. n_link-1] */
	struct dhcp_pool	*pool;		/* in the order of the configuration */
	size_t			 n_pool;
	struct dhcp_span	*span;		/* all their ranges, by address */
	size_t			 n_span;
	const uint32_t		*routers;	/* never leased */
	size_t			 n_routers;
	struct dhcp_optset	*opt;		/* the subnet's; NULL: none */
	struct dhcp_optset	*base;		/* what follows from the network itself */
};

struct dhcp_fixed { uint32_t addr; const struct cfg_host *host; };

struct dhcp_nets {
	struct config		*cfg;
	struct cfg_subnet	*made;		/* those not in the configuration */
	struct range4		*made_range;
	struct dhcp_net		*net;		/* by link */
	size_t			 n;
	const struct dhcp_net	**by_addr;	/* the same, by address */
	struct dhcp_fixed	*fixed;		/* sorted by address */
	size_t			 n_fixed;
	uint32_t		*self;		/* our own addresses */
	size_t			 n_self;
	struct dhcp_class_list	*class;
	struct dhcp_optset	*opt;		/* dhcp.options */
	struct dhcp_optset	**class_opt;	/* of each class; NULL: none */
	struct dhcp_optset	**host_opt;	/* of each host; NULL: none */
	struct dhcp_optset	**group_opt;	/* of each group; NULL: none */
};

int	dhcp_nets_new(struct config *, const struct os_iface *, size_t n,
	    struct dhcp_nets **ret);
void	dhcp_nets_free(struct dhcp_nets *);	/* NULL is fine */

/* All that is leased there, for the table of leases. */
int	dhcp_nets_ranges(const struct dhcp_nets *, struct lease_table *);
/* The network an address lies in; NULL. */
const struct dhcp_net *dhcp_nets_find(const struct dhcp_nets *, uint32_t addr);
/* The pool an address is of; NULL: it is not leased to anybody. */
const struct dhcp_pool *dhcp_net_pool(const struct dhcp_net *, uint32_t addr);
bool	dhcp_pool_allows(const struct dhcp_pool *, const struct dhcp_classes *);
/* Not to be leased: it is a host's, a router's or our own. */
bool	dhcp_nets_reserved(const struct dhcp_nets *, const struct dhcp_net *,
	    uint32_t addr);
const struct cfg_host *dhcp_nets_fixed(const struct dhcp_nets *, uint32_t addr);

/* All that holds for a client, the nearest first.  addr: the one it has or gets,
 * for its pool and its network on the link; 0: none.  profile, host: or NULL. */
void	dhcp_nets_scopes(const struct dhcp_nets *, const struct dhcp_net *,
	    uint32_t addr, const struct cfg_host *, const struct dhcp_optset *profile,
	    const struct dhcp_classes *, struct dhcp_scopes *ret);

#endif /* DHCPD_DHCP_NET_H */

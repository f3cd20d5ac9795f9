/* dhcp_net.h - the networks DHCP serves: each with the options that hold there.
 *
 * Made from the configuration and the interfaces, immutable, pure.  A subnet's
 * options stand over dhcp.options; defaults that follow from the network
 * itself (mask, broadcast address) are filled in.  Without any subnet in the
 * configuration each interface's own network is served, its upper half leased.
 * Ownership: dhcp_nets holds a reference to the configuration.
 * Layer: dhcpd, policy.
 */
#ifndef DHCPD_DHCP_NET_H
#define DHCPD_DHCP_NET_H

#include "../fleet/config.h"
#include "../lib/os.h"

struct dhcp_net {
	const struct cfg_subnet	*cfg;
	struct net4		 net;
	enum cfg_dhcp_mode	 mode;
	struct cfg_options	 opt;	/* merged; the strings are the configuration's */
};

struct dhcp_fixed { uint32_t addr; const struct cfg_host *host; };

struct dhcp_nets {
	struct config		*cfg;
	struct cfg_subnet	*made;		/* those not in the configuration */
	struct range4		*made_range;
	struct dhcp_net		*net;
	size_t			 n;
	struct dhcp_fixed	*fixed;		/* sorted by address */
	size_t			 n_fixed;
	uint32_t		*self;		/* our own addresses */
	size_t			 n_self;
};

int	dhcp_nets_new(struct config *, const struct os_iface *, size_t n,
	    struct dhcp_nets **ret);
void	dhcp_nets_free(struct dhcp_nets *);	/* NULL is fine */

/* The network an address lies in; NULL. */
const struct dhcp_net *dhcp_nets_find(const struct dhcp_nets *, uint32_t addr);
bool	dhcp_net_in_range(const struct dhcp_net *, uint32_t addr);
/* Not to be leased: it is a host's, a router's or our own. */
bool	dhcp_nets_reserved(const struct dhcp_nets *, const struct dhcp_net *,
	    uint32_t addr);
const struct cfg_host *dhcp_nets_fixed(const struct dhcp_nets *, uint32_t addr);

#endif /* DHCPD_DHCP_NET_H */

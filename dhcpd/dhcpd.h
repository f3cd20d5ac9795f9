/* dhcpd.h - the DHCP and BOOTP server, as the program sees it.
 *
 * Lives in the control thread.  An answer that promises a lease leaves only
 * after the lease is on disk (fleet_lease_commit).  Logs one line per decision.
 * Ownership: dhcpd_stop() frees; commits that are still under way then may
 * end later and are forgotten.
 * Errors: negative errno, why has one line.  Layer: dhcpd, I/O.
 */
#ifndef DHCPD_DHCPD_H
#define DHCPD_DHCPD_H

#include "../fleet/config.h"

struct dhcpd;
struct event_base;
struct fleet;

/* As root, before the loop: a socket, and a raw one, for each interface. */
int	dhcpd_open(struct config *, struct dhcpd **ret, char why[200]);
/* In the control thread.  Without subnets in the configuration it also sets
 * the lease table's ranges. */
int	dhcpd_start(struct dhcpd *, struct fleet *, struct event_base *);
/* After fleet_reload() with the same configuration.  Interfaces and port stay. */
void	dhcpd_reload(struct dhcpd *, struct config *);
void	dhcpd_stop(struct dhcpd *);	/* NULL is fine; also before dhcpd_start() */

#endif /* DHCPD_DHCPD_H */

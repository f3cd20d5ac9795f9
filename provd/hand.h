/* hand.h - hosts whose installation has ended, handed over to other DHCP servers.
 *
 * Whether that is done stands in the host's timeline: "handed over to ..."
 * behind "installed".  So what a restart interrupts is done again.
 * Layer: provd.
 */
#ifndef PROVD_HAND_H
#define PROVD_HAND_H

#include "../fleet/fleet.h"

struct daemon;
struct hand;

int	hand_new(struct daemon *, struct hand **ret);	/* after fleet_start() */
/* Reads key files; on failure what was stays.  Hosts that wait are asked for. */
int	hand_configure(struct hand *, const struct config *, char why[200]);
void	hand_free(struct hand *);			/* NULL is fine */

#endif /* PROVD_HAND_H */

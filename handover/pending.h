/* pending.h - is an installed host still to be told to another server?
 *
 * That stands in the host's own history: "handed over to ..." behind
 * "installed".  So what a restart interrupts is done again.
 * Pure.  Layer: handover.
 */
#ifndef HANDOVER_PENDING_H
#define HANDOVER_PENDING_H

#include "../fleet/fleet.h"

#define HANDED		"handed over to "
#define NOT_HANDED	"not handed over to "

/* target: as handover_target() names it. */
bool	hand_pending(const struct fleet_host *, const char *target);

#endif /* HANDOVER_PENDING_H */

/* pick.h - hosts that a selector means, of those that the fleet has now.
 *
 * Control thread.  Errors: -EINVAL (why: it cannot be read), -ENOENT (why:
 * a part of it means nobody), -ENOMEM.  Layer: provd.
 */
#ifndef PROVD_PICK_H
#define PROVD_PICK_H

#include "../fleet/fleet.h"

struct picked { struct fleet_host **host; size_t n; };	/* in the order of their names */

/* must: each part of it has to mean somebody.  Free ret->host. */
int	pick_hosts(struct fleet *, const char *selector, bool must, struct picked *ret,
	    char why[300]);

#endif /* PROVD_PICK_H */

/* lifecycle.h - the life of a host, as one total table of state x event.
 *
 *   new -> ready -> armed -> booting -> installing -> installed -> local
 *   and failed from anywhere.  Pure.  Layer: fleet.
 */
#ifndef FLEET_LIFECYCLE_H
#define FLEET_LIFECYCLE_H

#include "boot.h"

enum life_event {
	LE_CONFIGURED,	/* the host has a profile now */
	LE_ARM,
	LE_DISARM,
	LE_FIRMWARE,	/* the firmware's DHCP: a boot attempt */
	LE_CLAIM,	/* the script asks to begin */
	LE_STEP,	/* a report of a step */
	LE_DONE,	/* the last report */
	LE_FAIL,	/* the script reports failure */
	LE_FORGET,	/* removed from the configuration */
	LE__COUNT
};
const char *life_event_name(enum life_event);

struct life_in {
	enum host_state	 state;
	unsigned	 attempts;	/* boots since armed */
	unsigned	 max_attempts;
	unsigned	 retry;		/* further starts of the script that the profile allows */
	bool		 current;	/* the event belongs to the host's current installation */
};

struct life_out {
	enum host_state	 state;
	bool		 refused;	/* the event is not allowed here (claim, arm) or is ignored (old token) */
	bool		 used_up;	/* the installation may never be started again */
	bool		 ended;		/* the installation is over: its overlay may go */
	unsigned	 attempts, retry;
	const char	*why;		/* one sentence: for claim's refusal, for failed */
};

void	lifecycle(const struct life_in *, enum life_event, struct life_out *ret);

#endif /* FLEET_LIFECYCLE_H */

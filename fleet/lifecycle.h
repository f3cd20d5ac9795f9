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

/* A machine may be told to boot something else, once or always: an inspection,
 * a rescue shell, a diskless system.  That goes before all of the above and leaves
 * the host's state as it is.  Its own life is a total table too:
 *
 *   none -> asked -> booting -> up -> none, or asked again where it is for always
 */
enum other_state { OTHER_NONE, OTHER_ASKED, OTHER_BOOTING, OTHER_UP, OTHER__COUNT };
enum other_event {
	OE_ASK,
	OE_LEAVE,	/* provctl boot none, arm, disarm: what runs is served until the next boot */
	OE_FIRMWARE,	/* a boot attempt */
	OE_UP,		/* the system says that it runs */
	OE_DONE,	/* the inspection's last report */
	OE__COUNT
};
const char *other_state_name(enum other_state);
const char *other_event_name(enum other_event);

struct other_life {
	enum other_state state;
	bool		 always;
	unsigned	 boots, max_boots;
	const char	*why;	/* it is over, and nobody wanted that: one sentence; NULL */
};

/* What an event makes of it. */
void	lifecycle_other(struct other_life *, enum other_event);

#endif /* FLEET_LIFECYCLE_H */

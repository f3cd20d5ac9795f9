/* power.h - machines are switched on and off: Wake-on-LAN, or a hook.
 *
 * Control thread.  done() is called once, with 0 or -errno and a sentence (of
 * status: what the hook wrote); the host's timeline has it as well.
 * Layer: provd.
 */
#ifndef PROVD_POWER_H
#define PROVD_POWER_H

#include "daemon.h"

enum power_action { POWER_ON, POWER_OFF, POWER_CYCLE, POWER_STATUS };
int	power_action_parse(const char *, enum power_action *ret);
const char *power_action_name(enum power_action);

typedef void power_done_fn(void *arg, int result, const char *text);
/* -errno and why: nothing was begun. */
int	power_begin(struct daemon *, struct fleet_host *, enum power_action, power_done_fn *,
	    void *arg, char why[300]);

#endif /* PROVD_POWER_H */

/* handover.h - hosts that are installed go to the network's other DHCP server.
 *
 * A queue for each server; one connection at a time; a failure is tried again
 * after 5 seconds, then twice as late each time, up to 10 minutes.  Nothing
 * blocks, and no conversation lasts longer than a minute, whatever is said.  What was not done when provd ends is asked for again by the caller
 * after the next start (done() has not been called with done true).
 * Everything in the control thread.  Layer: handover.
 */
#ifndef HANDOVER_HANDOVER_H
#define HANDOVER_HANDOVER_H

#include "../fleet/config.h"
#include "job.h"

#define HANDOVER_TARGETS	2	/* dhcpd, Kea */

struct event_base;
struct handover;

struct handover_param {
	struct event_base *base;
	/* What came of it; a failure only when it is another than before. */
	void		(*said)(void *arg, const char *host, const char *target, bool done,
			    const char *text);
	void		*arg;
	int64_t		 talk_ms;	/* how long one conversation may last; 0: a minute */
};

int	handover_new(const struct handover_param *, struct handover **ret);
void	handover_free(struct handover *);		/* NULL is fine */
/* Reads the key; on failure what was configured before stays. */
int	handover_configure(struct handover *, const struct cfg_handover *, char why[HANDOVER_WHY]);
/* "dhcpd at 10.0.0.1", "Kea at /run/kea/socket"; NULL: not configured. */
const char *handover_target(const struct handover *, unsigned i);
/* -ENOSPC: too many wait; the same host once more replaces what waits. */
int	handover_push(struct handover *, unsigned target, const struct handover_job *);

#endif /* HANDOVER_HANDOVER_H */

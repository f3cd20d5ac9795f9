/* ctl_events.h - what the running provd tells, as it happens (/v1/events).
 *
 * Never blocks but in ctl_events_open(); what arrives is bounded.
 * Errors: negative errno; -EPIPE: the server has ended it, -EBADMSG: it is no
 * stream of events.  Layer: provd. */
#ifndef PROVD_CTL_EVENTS_H
#define PROVD_CTL_EVENTS_H

#include <jansson.h>

struct ctl_events;
/* event: "host", "line", "gone", "reset"; data is borrowed. */
typedef void ctl_event_fn(void *arg, const char *event, const json_t *data);

int	ctl_events_open(const char *socket, const char *host /* NULL: all */,
	    struct ctl_events **ret);
void	ctl_events_close(struct ctl_events *);		/* NULL is fine */
int	ctl_events_fd(const struct ctl_events *);
int	ctl_events_read(struct ctl_events *, ctl_event_fn *, void *arg);	/* what is there */

#endif /* PROVD_CTL_EVENTS_H */

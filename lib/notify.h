/* notify.h - what a service manager is told, as sd_notify(3) describes it:
 * lines in datagrams to $NOTIFY_SOCKET. Without that variable all of this does
 * nothing.
 *
 * Where $WATCHDOG_USEC asks for it, the manager hears every third of that time
 * that the process is alive: that this loop runs, and that all other threads
 * (known by their mailboxes) have answered since the time before.
 * Layer: lib.
 */
#ifndef LIB_NOTIFY_H
#define LIB_NOTIFY_H

#include "mbox.h"

struct notify;

int	notify_new(struct event_base *, struct mbox *const *, size_t n_mbox,
	    struct notify **ret);
void	notify_say(struct notify *, const char *state);	/* "READY=1" */
void	notify_free(struct notify *);	/* after the mailboxes were closed; NULL is fine */

#endif /* LIB_NOTIFY_H */

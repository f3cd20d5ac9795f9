/* reload.h - the configuration, read again.
 *
 * What waits for disks (files, directories and images of trees) is done in a
 * thread of its own, so that neither DHCP waits for a disk that stalls nor
 * this for the disk threads; the control thread then exchanges all at once, or keeps
 * what runs and says why. One at a time: who asks while one is under way
 * waits for the next, since that may have seen the files before they changed.
 * Control thread.  Layer: provd.
 */
#ifndef PROVD_RELOAD_H
#define PROVD_RELOAD_H

#include "settings.h"

struct daemon;
struct reload;

/* why: "" if r is 0. */
typedef void daemon_reloaded_fn(void *arg, int r, const char *why);

int	reload_new(struct daemon *, struct reload **ret);
void	reload_stop(struct reload *);	/* nothing changes from now on; waits for its thread */
void	reload_free(struct reload *);	/* after the daemon's mailbox was closed */

/* done (or NULL) is called once, later or before this returns. */
void	daemon_reload(struct daemon *, daemon_reloaded_fn *done, void *arg);
/* Says which trees of the media directory cannot be served. */
void	reload_left_out(const struct settings *);

#endif /* PROVD_RELOAD_H */

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
/* Hosts that the file does not have.  daemon_change_hosts() takes the list, in
 * which a host without text is one to forget; done is called when it is on disk
 * and in force, or why it is not. */
struct kept_list;
int	reload_kept(struct reload *, struct kept_list *);	/* at start; takes the list */
int	daemon_change_hosts(struct daemon *, struct kept_list *, daemon_reloaded_fn *done, void *arg);
const struct kept_list *daemon_kept(const struct daemon *);

/* Says which trees of the media directory cannot be served. */
void	reload_left_out(const struct settings *);

#endif /* PROVD_RELOAD_H */

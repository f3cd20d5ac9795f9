/* webhook.h - webhooks: other programs are told when a host's state changes.
 *
 * Each hook has a thread that sends, one after the other; the control thread only
 * puts into its queue.  What waits is in memory: bounded, and gone with provd.
 * What cannot be delivered is tried again, later each time; redirects are not
 * followed.  Control thread.  Layer: provd.
 */
#ifndef PROVD_WEBHOOK_H
#define PROVD_WEBHOOK_H

struct config;
struct daemon;
struct fleet_host;
struct webhooks;

int	webhooks_new(struct daemon *, struct webhooks **ret);
/* Hooks that stay as they were keep what waits. */
int	webhooks_configure(struct webhooks *, const struct config *, char why[200]);
/* Something was said of it: has its state changed? */
void	webhooks_look(struct webhooks *, const struct fleet_host *);
void	webhooks_free(struct webhooks *);	/* waits two seconds at most; NULL is fine */

#endif /* PROVD_WEBHOOK_H */

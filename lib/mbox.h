/* mbox.h - a thread's mailbox: other threads post, its event loop runs.
 *
 * A message is embedded in the sender's own struct and carries the function
 * that handles it; the receiver's loop calls run(msg) in the order of arrival.
 * Whoever's run() is called owns the message.
 *
 * mbox_post() refuses with -ENOBUFS once `limit` messages wait: use it for
 * what may be dropped or is retried by its sender.  mbox_post_always() never
 * refuses: for answers to requests that were themselves bounded.
 * Both return -ESHUTDOWN after mbox_close(); the message stays the sender's.
 * Layer: lib.
 */
#ifndef LIB_MBOX_H
#define LIB_MBOX_H

#include <stddef.h>

struct event_base;
struct mbox;

struct mbox_msg {
	struct mbox_msg	*next;
	void		(*run)(struct mbox_msg *);
};

int	mbox_new(struct event_base *, size_t limit, struct mbox **ret);
int	mbox_post(struct mbox *, struct mbox_msg *);
int	mbox_post_always(struct mbox *, struct mbox_msg *);
void	mbox_close(struct mbox *);	/* owner thread; runs what is queued first */
void	mbox_free(struct mbox *);	/* owner thread, after every sender is gone */

#endif /* LIB_MBOX_H */

/* pool.h - a few threads for what may block on a disk.
 *
 * pool_submit() queues a job; a pool thread calls job->run(job); then the job
 * is posted to job->reply (always), whose loop calls job->msg.run, which must
 * be set to the completion.  -ENOBUFS when `limit` jobs of its lane wait.
 *
 * Jobs that wait for the same disk are in one lane: they start in their order,
 * and no more of them run at a time than pool_new() was told. There are more
 * threads than that, so a disk that stalls stops those who want something
 * of it, and not the others. Lanes take turns.
 * Every reply mailbox must stay open until pool_free() has returned.
 * Layer: lib.
 */
#ifndef LIB_POOL_H
#define LIB_POOL_H

#include "mbox.h"

#define POOL_LANES	4u	/* threads for so many: one less may stall */

struct pool;

struct pool_job {
	struct mbox_msg	  msg;		/* msg.run: completion, in the reply's loop */
	void		(*run)(struct pool_job *);	/* in a pool thread */
	struct mbox	 *reply;
	unsigned	  lane;		/* any number; 0: not known */
	struct pool_job	 *next;
};

/* each: threads for a lane. */
int	pool_new(unsigned each, size_t limit, struct pool **ret);
int	pool_submit(struct pool *, struct pool_job *);
size_t	pool_waiting(struct pool *);	/* jobs that no thread has taken yet */
void	pool_free(struct pool *);	/* finishes what is queued, joins */

#endif /* LIB_POOL_H */

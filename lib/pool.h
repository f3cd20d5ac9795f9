/* pool.h - a few threads for what may block on a disk.
 *
 * pool_submit() queues a job; a pool thread calls job->run(job); then the job
 * is posted to job->reply (always), whose loop calls job->msg.run, which must
 * be set to the completion.  -ENOBUFS when `limit` jobs wait already.
 * Every reply mailbox must stay open until pool_free() has returned.
 * Layer: lib.
 */
#ifndef LIB_POOL_H
#define LIB_POOL_H

#include "mbox.h"

struct pool;

struct pool_job {
	struct mbox_msg	  msg;		/* msg.run: completion, in the reply's loop */
	void		(*run)(struct pool_job *);	/* in a pool thread */
	struct mbox	 *reply;
	struct pool_job	 *next;
};

int	pool_new(unsigned nthreads, size_t limit, struct pool **ret);
int	pool_submit(struct pool *, struct pool_job *);
void	pool_free(struct pool *);	/* finishes what is queued, joins */

#endif /* LIB_POOL_H */

/* pool.c - a few threads for what may block on a disk. */
#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>

#include "pool.h"

#define QUEUES	16u		/* lanes at one time; more share one */

struct queue {
	unsigned	  lane;		/* whose it is while it is in use */
	struct pool_job	 *head, **tail;
	size_t		  n;
	unsigned	  running;
};

struct pool {
	pthread_mutex_t	  lock;		/* guards all down to stopping */
	pthread_cond_t	  work;
	struct queue	  queue[QUEUES];
	unsigned	  turn;		/* where to look next */
	bool		  stopping;
	size_t		  limit;	/* of a queue */
	unsigned	  each;		/* running at a time, of a queue */
	unsigned	  n_thread;
	pthread_t	  thread[];
};

static bool
in_use(const struct queue *q)
{
	return q->n > 0 || q->running > 0;
}

/* The lane's own, or one that nobody uses. */
static struct queue *
queue_of(struct pool *p, unsigned lane)
{
	struct queue *idle = &p->queue[lane % QUEUES];

	for (unsigned i = 0; i < QUEUES; i++) {
		struct queue *q = &p->queue[i];

		if (in_use(q) && q->lane == lane)
			return q;
		if (!in_use(q) && in_use(idle))
			idle = q;
	}
	if (!in_use(idle))
		idle->lane = lane;
	return idle;
}

/* One that waits and may run, and its queue; or NULL. */
static struct pool_job *
next_job(struct pool *p, struct queue **ret)
{
	for (unsigned i = 0; i < QUEUES; i++) {
		struct queue *q = &p->queue[(p->turn + i) % QUEUES];
		struct pool_job *job = q->head;

		if (job == NULL || q->running >= p->each)
			continue;
		if ((q->head = job->next) == NULL)
			q->tail = &q->head;
		q->n--;
		q->running++;
		p->turn = (p->turn + i + 1) % QUEUES;
		*ret = q;
		return job;
	}
	return NULL;
}

/* The next job, after one of *q (NULL: the first); NULL when the pool stops
 * and what is left is others' to take. */
static struct pool_job *
take(struct pool *p, struct queue **q)
{
	struct pool_job *job;

	(void)pthread_mutex_lock(&p->lock);
	if (*q != NULL)
		(*q)->running--;
	while ((job = next_job(p, q)) == NULL && !p->stopping)
		(void)pthread_cond_wait(&p->work, &p->lock);
	(void)pthread_mutex_unlock(&p->lock);
	return job;
}

static void *
pool_thread(void *arg)
{
	struct pool *p = arg;
	struct queue *q = NULL;
	struct pool_job *job;
	int r;

	while ((job = take(p, &q)) != NULL) {
		job->run(job);
		r = mbox_post_always(job->reply, &job->msg);
		assert(r == 0);		/* the mailbox outlives the pool */
		(void)r;
	}
	return NULL;
}

static void
stop(struct pool *p)
{
	(void)pthread_mutex_lock(&p->lock);
	p->stopping = true;
	(void)pthread_cond_broadcast(&p->work);
	(void)pthread_mutex_unlock(&p->lock);
	for (unsigned i = 0; i < p->n_thread; i++)
		(void)pthread_join(p->thread[i], NULL);
	(void)pthread_cond_destroy(&p->work);
	(void)pthread_mutex_destroy(&p->lock);
	free(p);
}

/* Signals are the loops' business: a pool thread gets none. */
static int
start(struct pool *p, unsigned nthreads)
{
	sigset_t all, old;
	int r = 0;

	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &old);
	while (r == 0 && p->n_thread < nthreads) {
		r = -pthread_create(&p->thread[p->n_thread], NULL,
		    pool_thread, p);
		if (r == 0)
			p->n_thread++;
	}
	(void)pthread_sigmask(SIG_SETMASK, &old, NULL);
	return r;
}

int
pool_new(unsigned each, size_t limit, struct pool **ret)
{
	unsigned nthreads = each * POOL_LANES;
	struct pool *p;
	int r;

	assert(each > 0);
	if ((p = calloc(1, sizeof(*p) + nthreads * sizeof(p->thread[0]))) == NULL)
		return -ENOMEM;
	for (unsigned i = 0; i < QUEUES; i++)
		p->queue[i].tail = &p->queue[i].head;
	p->limit = limit;
	p->each = each;
	if ((r = -pthread_mutex_init(&p->lock, NULL)) < 0) {
		free(p);
		return r;
	}
	if ((r = -pthread_cond_init(&p->work, NULL)) < 0) {
		(void)pthread_mutex_destroy(&p->lock);
		free(p);
		return r;
	}
	if ((r = start(p, nthreads)) < 0) {
		stop(p);
		return r;
	}
	*ret = p;
	return 0;
}

int
pool_submit(struct pool *p, struct pool_job *job)
{
	struct queue *q;
	int r = 0;

	(void)pthread_mutex_lock(&p->lock);
	q = queue_of(p, job->lane);
	if (p->stopping) {
		r = -ESHUTDOWN;
	} else if (q->n >= p->limit) {
		r = -ENOBUFS;
	} else {
		job->next = NULL;
		*q->tail = job;
		q->tail = &job->next;
		q->n++;
		(void)pthread_cond_signal(&p->work);
	}
	(void)pthread_mutex_unlock(&p->lock);
	return r;
}

size_t
pool_waiting(struct pool *p)
{
	size_t n = 0;

	(void)pthread_mutex_lock(&p->lock);
	for (unsigned i = 0; i < QUEUES; i++)
		n += p->queue[i].n;
	(void)pthread_mutex_unlock(&p->lock);
	return n;
}

void
pool_free(struct pool *p)
{
	if (p != NULL)
		stop(p);
}

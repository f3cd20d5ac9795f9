/* pool.c - a few threads for what may block on a disk. */
#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>

#include "pool.h"

struct pool {
	pthread_mutex_t	  lock;		/* guards all down to stopping */
	pthread_cond_t	  work;
	struct pool_job	 *head, **tail;
	size_t		  n, limit;
	bool		  stopping;
	unsigned	  n_thread;
	pthread_t	  thread[];
};

/* The next job, or NULL when the pool stops and nothing is left. */
static struct pool_job *
take(struct pool *p)
{
	struct pool_job *job;

	(void)pthread_mutex_lock(&p->lock);
	while (p->head == NULL && !p->stopping)
		(void)pthread_cond_wait(&p->work, &p->lock);
	if ((job = p->head) != NULL) {
		if ((p->head = job->next) == NULL)
			p->tail = &p->head;
		p->n--;
	}
	(void)pthread_mutex_unlock(&p->lock);
	return job;
}

static void *
pool_thread(void *arg)
{
	struct pool *p = arg;
	struct pool_job *job;
	int r;

	while ((job = take(p)) != NULL) {
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
pool_new(unsigned nthreads, size_t limit, struct pool **ret)
{
	struct pool *p;
	int r;

	assert(nthreads > 0);
	if ((p = calloc(1, sizeof(*p) + nthreads * sizeof(p->thread[0]))) == NULL)
		return -ENOMEM;
	p->tail = &p->head;
	p->limit = limit;
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
	int r = 0;

	(void)pthread_mutex_lock(&p->lock);
	if (p->stopping) {
		r = -ESHUTDOWN;
	} else if (p->n >= p->limit) {
		r = -ENOBUFS;
	} else {
		job->next = NULL;
		*p->tail = job;
		p->tail = &job->next;
		p->n++;
		(void)pthread_cond_signal(&p->work);
	}
	(void)pthread_mutex_unlock(&p->lock);
	return r;
}

void
pool_free(struct pool *p)
{
	if (p != NULL)
		stop(p);
}

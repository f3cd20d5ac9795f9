/* The disk threads. */
#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>
#include <cmocka.h>
#include <event2/event.h>

#include "../../lib/pool.h"

#define JOBS	2000

struct work {
	struct pool_job	 job;		/* first: a work is its job */
	int		 in, out;
	pthread_t	 by;
};

static struct event_base *base;
static struct mbox	*mbox;
static struct pool	*pool;
static sem_t		 gate, entered;
static int		 done, stop_at;
static pthread_t	 loop_thread;

static void
do_work(struct pool_job *job)
{
	struct work *w = (struct work *)job;

	w->out = w->in + 1;
	w->by = pthread_self();
}

static void
wait_at_gate(struct pool_job *job)
{
	(void)job;
	(void)sem_post(&entered);
	while (sem_wait(&gate) == -1)
		;
}

static void
on_done(struct mbox_msg *msg)
{
	struct work *w = (struct work *)msg;	/* msg is first in job */

	assert_true(pthread_equal(pthread_self(), loop_thread));
	if (w->job.run == do_work) {
		assert_int_equal(w->out, w->in + 1);
		assert_false(pthread_equal(w->by, loop_thread));
	}
	if (++done == stop_at)
		(void)event_base_loopbreak(base);
}

static void
prepare(struct work *w, void (*run)(struct pool_job *), int in)
{
	*w = (struct work){ .in = in };
	w->job.msg.run = on_done;
	w->job.run = run;
	w->job.reply = mbox;
}

static int
setup(void **state)
{
	(void)state;
	done = stop_at = 0;
	loop_thread = pthread_self();
	assert_int_equal(sem_init(&gate, 0, 0), 0);
	assert_int_equal(sem_init(&entered, 0, 0), 0);
	base = event_base_new();
	assert_non_null(base);
	assert_int_equal(mbox_new(base, 1, &mbox), 0);
	assert_int_equal(pool_new(2, 16, &pool), 0);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	pool_free(pool);
	mbox_free(mbox);
	event_base_free(base);
	(void)sem_destroy(&gate);
	(void)sem_destroy(&entered);
	return 0;
}

/* The mailbox has a limit of one: completions are posted all the same. */
static void
test_every_job_runs_once_and_completes_in_the_loop(void **state)
{
	struct work *w = calloc(JOBS, sizeof(*w));
	int sent = 0, r;
	struct timeval limit = { .tv_sec = 60 };

	(void)state;
	assert_non_null(w);
	for (; sent < JOBS; sent++) {
		prepare(&w[sent], do_work, sent);
		while ((r = pool_submit(pool, &w[sent].job)) == -ENOBUFS)
			(void)event_base_loop(base, EVLOOP_NONBLOCK | EVLOOP_ONCE);
		assert_int_equal(r, 0);
	}
	stop_at = JOBS;
	(void)event_base_loopexit(base, &limit);
	if (done < JOBS)
		(void)event_base_dispatch(base);
	assert_int_equal(done, JOBS);
	free(w);
}

static void
test_refuses_jobs_above_the_limit(void **state)
{
	struct work busy[2], waiting[16], extra;

	(void)state;
	for (int i = 0; i < 2; i++) {		/* both threads are kept busy */
		prepare(&busy[i], wait_at_gate, 0);
		assert_int_equal(pool_submit(pool, &busy[i].job), 0);
	}
	for (int i = 0; i < 2; i++)
		while (sem_wait(&entered) == -1)
			;
	for (int i = 0; i < 16; i++) {
		prepare(&waiting[i], do_work, i);
		assert_int_equal(pool_submit(pool, &waiting[i].job), 0);
	}
	prepare(&extra, do_work, 0);
	assert_int_equal(pool_submit(pool, &extra.job), -ENOBUFS);
	(void)sem_post(&gate);
	(void)sem_post(&gate);
	stop_at = 18;
	(void)event_base_dispatch(base);
	assert_int_equal(done, 18);
}

/* A disk that stalls keeps its own threads busy, and no others. */
static void
test_a_full_lane_does_not_stop_others(void **state)
{
	struct work stuck[6], other;

	(void)state;
	for (int i = 0; i < 6; i++) {
		prepare(&stuck[i], wait_at_gate, 0);
		stuck[i].job.lane = 1;
		assert_int_equal(pool_submit(pool, &stuck[i].job), 0);
	}
	for (int i = 0; i < 2; i++)
		while (sem_wait(&entered) == -1)
			;
	prepare(&other, do_work, 5);
	other.job.lane = 1 + 16 * 4096;		/* whatever the number */
	assert_int_equal(pool_submit(pool, &other.job), 0);
	stop_at = 1;
	(void)event_base_dispatch(base);
	assert_int_equal(other.out, 6);
	assert_int_equal(sem_trywait(&entered), -1);	/* two of its jobs run, not more */
	assert_int_equal(pool_waiting(pool), 4);
	for (int i = 0; i < 6; i++)
		(void)sem_post(&gate);
	stop_at = 7;
	(void)event_base_dispatch(base);
	assert_int_equal(done, 7);
	assert_int_equal(pool_waiting(pool), 0);
}

static void
test_free_finishes_what_is_queued(void **state)
{
	struct work busy[2], waiting[5];

	(void)state;
	for (int i = 0; i < 2; i++) {
		prepare(&busy[i], wait_at_gate, 0);
		assert_int_equal(pool_submit(pool, &busy[i].job), 0);
	}
	for (int i = 0; i < 5; i++) {
		prepare(&waiting[i], do_work, i);
		assert_int_equal(pool_submit(pool, &waiting[i].job), 0);
	}
	(void)sem_post(&gate);
	(void)sem_post(&gate);
	pool_free(pool);
	pool = NULL;
	for (int i = 0; i < 5; i++)
		assert_int_equal(waiting[i].out, i + 1);
	mbox_close(mbox);			/* runs the completions */
	assert_int_equal(done, 7);
}

static void
look_at_mask(struct pool_job *job)
{
	struct work *w = (struct work *)job;
	sigset_t set;

	(void)pthread_sigmask(SIG_BLOCK, NULL, &set);
	w->out = sigismember(&set, SIGTERM) && sigismember(&set, SIGHUP);
}

static void
test_signals_are_left_to_the_loops(void **state)
{
	struct work w;
	sigset_t set;

	(void)state;
	prepare(&w, look_at_mask, 0);
	assert_int_equal(pool_submit(pool, &w.job), 0);
	stop_at = 1;
	(void)event_base_dispatch(base);
	assert_int_equal(w.out, 1);
	(void)pthread_sigmask(SIG_BLOCK, NULL, &set);
	assert_int_equal(sigismember(&set, SIGTERM), 0);	/* ours is as before */
}

#define T(t)	cmocka_unit_test_setup_teardown(t, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_every_job_runs_once_and_completes_in_the_loop),
		T(test_refuses_jobs_above_the_limit),
		T(test_a_full_lane_does_not_stop_others),
		T(test_free_finishes_what_is_queued),
		T(test_signals_are_left_to_the_loops),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

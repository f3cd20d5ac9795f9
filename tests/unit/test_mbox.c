/* The mailbox, with real threads. */
#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>
#include <event2/event.h>

#include "../../lib/mbox.h"

#define SENDERS	4
#define EACH	5000

struct note {
	struct mbox_msg	 msg;		/* first: a note is its message */
	int		 sender, no;
};

struct box {
	struct event_base	*base;
	struct mbox		*mbox;
};

static int	seen[SENDERS + 1];	/* the next number expected of each */
static int	total, stop_at;
static struct box box;

static void
on_note(struct mbox_msg *msg)
{
	struct note *n = (struct note *)msg;

	assert_int_equal(n->no, seen[n->sender]++);
	free(n);
	if (++total == stop_at)
		(void)event_base_loopbreak(box.base);
}

static struct mbox_msg *
note(int sender, int no)
{
	struct note *n = malloc(sizeof(*n));

	if (n == NULL)
		abort();
	*n = (struct note){ .msg.run = on_note, .sender = sender, .no = no };
	return &n->msg;
}

static int
setup(void **state)
{
	(void)state;
	memset(seen, 0, sizeof(seen));
	total = stop_at = 0;
	box.base = event_base_new();
	assert_non_null(box.base);
	assert_int_equal(mbox_new(box.base, 100, &box.mbox), 0);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	mbox_free(box.mbox);
	event_base_free(box.base);
	return 0;
}

/* One turn of the loop for what is ready now. */
static void
turn(void)
{
	(void)event_base_loop(box.base, EVLOOP_NONBLOCK | EVLOOP_ONCE);
}

static void
test_runs_in_order_what_was_posted_before_the_loop(void **state)
{
	(void)state;
	for (int i = 0; i < 3; i++)
		assert_int_equal(mbox_post(box.mbox, note(0, i)), 0);
	assert_int_equal(total, 0);
	turn();
	assert_int_equal(total, 3);
	turn();			/* nothing is left, nothing runs twice */
	assert_int_equal(total, 3);
}

static void
test_refuses_above_the_limit_but_not_answers(void **state)
{
	struct mbox_msg *extra = note(0, 100);

	(void)state;
	for (int i = 0; i < 100; i++)
		assert_int_equal(mbox_post(box.mbox, note(0, i)), 0);
	assert_int_equal(mbox_post(box.mbox, extra), -ENOBUFS);
	assert_int_equal(mbox_post_always(box.mbox, extra), 0);
	turn();
	turn();
	assert_int_equal(total, 101);
	assert_int_equal(mbox_post(box.mbox, note(0, 101)), 0);	/* room again */
	turn();
	assert_int_equal(total, 102);
}

static void *
send_many(void *arg)
{
	int sender = *(int *)arg, i, r;

	for (i = 0; i < EACH; i++) {
		struct mbox_msg *msg = note(sender, i);

		while ((r = mbox_post(box.mbox, msg)) == -ENOBUFS)
			(void)usleep(50);
		if (r != 0)
			abort();
	}
	return NULL;
}

/* If a wake-up were ever lost, the loop would wait for good. */
static void
test_loses_nothing_of_many_threads(void **state)
{
	pthread_t thread[SENDERS];
	int id[SENDERS];
	struct timeval limit = { .tv_sec = 60 };

	(void)state;
	stop_at = SENDERS * EACH;
	for (int i = 0; i < SENDERS; i++) {
		id[i] = i;
		assert_int_equal(pthread_create(&thread[i], NULL, send_many, &id[i]), 0);
	}
	(void)event_base_loopexit(box.base, &limit);
	(void)event_base_dispatch(box.base);
	for (int i = 0; i < SENDERS; i++)
		(void)pthread_join(thread[i], NULL);
	assert_int_equal(total, SENDERS * EACH);
}

static int	other_ran_at;

static void
on_other(evutil_socket_t fd, short what, void *arg)
{
	(void)fd; (void)what; (void)arg;
	other_ran_at = total;
	(void)event_base_loopbreak(box.base);
}

/* 10,000 messages wait; a socket that is ready meanwhile gets its turn long
 * before the last of them. */
static void
test_a_full_mailbox_does_not_starve_the_sockets(void **state)
{
	struct event *ev;
	int fd[2];

	(void)state;
	other_ran_at = -1;
	for (int i = 0; i < 10000; i++)
		assert_int_equal(mbox_post_always(box.mbox, note(0, i)), 0);
	assert_int_equal(pipe(fd), 0);
	ev = event_new(box.base, fd[0], EV_READ, on_other, NULL);
	assert_non_null(ev);
	assert_int_equal(event_add(ev, NULL), 0);
	assert_int_equal(write(fd[1], "x", 1), 1);
	(void)event_base_dispatch(box.base);
	assert_in_range(other_ran_at, 0, 500);
	event_free(ev);
	(void)close(fd[0]);
	(void)close(fd[1]);
}

static int	repost_left;

static void
on_repost(struct mbox_msg *msg)
{
	if (repost_left-- > 0)
		assert_int_equal(mbox_post(box.mbox, msg), 0);
}

static void
test_a_handler_may_post_to_its_own_mailbox(void **state)
{
	struct mbox_msg msg = { .run = on_repost };

	(void)state;
	repost_left = 1000;
	assert_int_equal(mbox_post(box.mbox, &msg), 0);
	for (int i = 0; i < 1000 && repost_left >= 0; i++)
		turn();
	assert_int_equal(repost_left, -1);
}

static void
test_close_runs_what_waits_and_refuses_the_rest(void **state)
{
	struct mbox_msg *late = note(0, 3);

	(void)state;
	for (int i = 0; i < 3; i++)
		assert_int_equal(mbox_post(box.mbox, note(0, i)), 0);
	mbox_close(box.mbox);
	assert_int_equal(total, 3);
	assert_int_equal(mbox_post(box.mbox, late), -ESHUTDOWN);
	assert_int_equal(mbox_post_always(box.mbox, late), -ESHUTDOWN);
	free(late);				/* it stayed ours */
	mbox_close(box.mbox);			/* again does nothing */
	/* The loop is not kept alive by a closed mailbox. */
	assert_int_equal(event_base_dispatch(box.base), 1);
}

static int	refusals;

static void
on_stubborn(struct mbox_msg *msg)
{
	if (mbox_post_always(box.mbox, msg) == -ESHUTDOWN)
		refusals++;
}

static void
test_close_ends_although_a_handler_posts_again(void **state)
{
	struct mbox_msg msg = { .run = on_stubborn };

	(void)state;
	refusals = 0;
	assert_int_equal(mbox_post(box.mbox, &msg), 0);
	mbox_close(box.mbox);
	assert_int_equal(refusals, 1);
}

static void
on_close_inside(struct mbox_msg *msg)
{
	(void)msg;
	mbox_close(box.mbox);
}

static void
test_a_handler_may_close_the_mailbox(void **state)
{
	struct mbox_msg msg = { .run = on_close_inside };

	(void)state;
	assert_int_equal(mbox_post(box.mbox, &msg), 0);
	assert_int_equal(mbox_post(box.mbox, note(0, 0)), 0);
	turn();
	assert_int_equal(total, 1);		/* in order, and not lost */
}

#define T(t)	cmocka_unit_test_setup_teardown(t, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_runs_in_order_what_was_posted_before_the_loop),
		T(test_refuses_above_the_limit_but_not_answers),
		T(test_loses_nothing_of_many_threads),
		T(test_a_full_mailbox_does_not_starve_the_sockets),
		T(test_a_handler_may_post_to_its_own_mailbox),
		T(test_close_runs_what_waits_and_refuses_the_rest),
		T(test_close_ends_although_a_handler_posts_again),
		T(test_a_handler_may_close_the_mailbox),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* test_pace.c - bandwidth limits: what a simulated second lets through. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "../../lib/pace.h"

#define CLIENTS_MAX	8192u
#define PIECE		65536u
#define START		INT64_C(123456789)

static uint64_t	sent[CLIENTS_MAX];
static int64_t	next[CLIENTS_MAX];

/* So many clients that each send a piece whenever they may: bytes in all. */
static uint64_t
run(struct pace *p, unsigned clients, size_t piece, int64_t ms)
{
	uint64_t all = 0;

	memset(sent, 0, sizeof(sent));
	for (unsigned i = 0; i < clients; i++)
		next[i] = START;
	for (int64_t t = START; t < START + ms; t++)
		for (unsigned i = 0; i < clients; i++)
			while (next[i] <= t && sent[i] < 1000 * PIECE) {
				unsigned w = pace_sent(p, 0x0a000001 + i, piece, t);

				sent[i] += piece;
				all += piece;
				if (w > 0)
					next[i] = t + w;
			}
	return all;
}

static void
test_no_limit_is_none(void **state)
{
	struct pace *p;

	(void)state;
	assert_int_equal(pace_sent(NULL, 1, SIZE_MAX, 1), 0);
	assert_int_equal(pace_new(0, 0, &p), 0);
	for (int i = 0; i < 1000; i++)
		assert_int_equal(pace_sent(p, 1, SIZE_MAX, 1), 0);
	pace_unref(pace_ref(p));
	pace_unref(p);
	pace_unref(NULL);
}

static void
test_a_client_gets_its_rate(void **state)
{
	static const size_t piece[] = { 512, 1428, 22848, PIECE, 1 << 20 };
	struct pace *p;

	(void)state;
	for (size_t i = 0; i < sizeof(piece) / sizeof(piece[0]); i++) {
		uint64_t n;

		assert_int_equal(pace_new(0, 100000000, &p), 0);
		n = run(p, 1, piece[i], 4000);
		/* 50 MB, the burst, and what the last piece is more */
		assert_in_range(n, 49500000, 50300000 + piece[i]);
		assert_int_equal(pace_sent(p, 0x0b000001, 1428, START), 0);
		pace_unref(p);
	}
}

static void
test_all_together_get_the_total_and_share_it(void **state)
{
	struct pace *p;
	uint64_t n;

	(void)state;
	assert_int_equal(pace_new(800000000, 0, &p), 0);
	n = run(p, 400, PIECE, 10000);
	assert_in_range(n, 990000000, 1010000000 + 400 * PIECE);
	for (unsigned i = 0; i < 400; i++)
		assert_in_range(sent[i], n / 400 / 2, n / 400 * 2);
	pace_unref(p);
}

static void
test_the_lower_of_both_counts(void **state)
{
	struct pace *p;
	uint64_t n;

	(void)state;
	assert_int_equal(pace_new(80000000, 16000000, &p), 0);
	n = run(p, 2, PIECE, 4000);		/* 2 MB/s each */
	assert_in_range(n, 15900000, 16100000 + 2 * PIECE);
	pace_unref(p);
	assert_int_equal(pace_new(80000000, 16000000, &p), 0);
	n = run(p, 50, PIECE, 4000);		/* 10 MB/s together */
	assert_in_range(n, 39000000, 41000000 + 50 * PIECE);
	pace_unref(p);
}

/* A table that is full of clients who have left has room for new ones, and one
 * that is full of clients who send shares, but nobody goes without a limit. */
static void
test_more_clients_than_slots(void **state)
{
	struct pace *p;

	(void)state;
	assert_int_equal(pace_new(0, 8000000, &p), 0);
	for (uint32_t a = 1; a < 100000; a++)
		(void)pace_sent(p, a, 10000, START);
	assert_true(pace_sent(p, 100001, 20000, START) > 0);
	assert_int_equal(pace_sent(p, 200001, 1000, START + 3600000), 0);
	pace_unref(p);
	assert_int_equal(pace_new(0, 1000000, &p), 0);
	assert_in_range(run(p, CLIENTS_MAX, 1428, 2000), 1, 1000000 / 8 * 2 *
	    (uint64_t)CLIENTS_MAX + (1428 + 1250) * (uint64_t)CLIENTS_MAX);
	pace_unref(p);
}

#define THREADS		4
#define EACH		50000

static void *
sender(void *arg)
{
	for (int i = 0; i < EACH; i++)
		(void)pace_sent(arg, 0x0a000001, 1000, START);
	return NULL;
}

static void
test_nothing_is_lost_between_threads(void **state)
{
	pthread_t t[THREADS];
	struct pace *p;

	(void)state;
	assert_int_equal(pace_new(8000000, 8000000, &p), 0);
	for (int i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&t[i], NULL, sender, p), 0);
	for (int i = 0; i < THREADS; i++)
		pthread_join(t[i], NULL);
	/* a millisecond for each kilobyte, but the burst */
	assert_int_equal(pace_sent(p, 0x0a000001, 1000, START), THREADS * EACH + 1 - 10);
	pace_unref(p);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_no_limit_is_none),
		cmocka_unit_test(test_a_client_gets_its_rate),
		cmocka_unit_test(test_all_together_get_the_total_and_share_it),
		cmocka_unit_test(test_the_lower_of_both_counts),
		cmocka_unit_test(test_more_clients_than_slots),
		cmocka_unit_test(test_nothing_is_lost_between_threads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

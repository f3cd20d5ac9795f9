/* Which of thousands of READs are worth telling. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "../../nfs/nfs_note.h"

static bool
progress(struct nfs_note *t, const char *file, uint64_t done, int64_t ms,
    uint64_t *ret_done)
{
	struct event ev = { .kind = EV_PROGRESS, .inst = 7, .done = done,
	    .total = 1000 };
	bool tell;

	(void)snprintf(ev.text, sizeof(ev.text), "%s", file);
	tell = nfs_note(t, &ev, ms);
	if (ret_done != NULL)
		*ret_done = ev.done;
	return tell;
}

static void
test_four_times_a_second_and_at_the_end(void **state)
{
	struct nfs_note t = { 0 };

	(void)state;
	assert_true(progress(&t, "/base.txz", 10, 1000, NULL));
	for (int ms = 1001; ms < 1250; ms++)
		assert_false(progress(&t, "/base.txz", 20, ms, NULL));
	assert_true(progress(&t, "/base.txz", 30, 1250, NULL));
	assert_true(progress(&t, "/base.txz", 1000, 1251, NULL));
	/* from the start again */
	assert_true(progress(&t, "/base.txz", 10, 1252, NULL));
	assert_false(progress(&t, "/base.txz", 20, 1253, NULL));
}

static void
test_each_file_for_itself(void **state)
{
	struct nfs_note t = { 0 };

	(void)state;
	assert_true(progress(&t, "/base.txz", 10, 1000, NULL));
	assert_true(progress(&t, "/kernel.txz", 10, 1000, NULL));
	assert_false(progress(&t, "/base.txz", 20, 1001, NULL));
}

/* Calls that were sent ahead overtake each other. */
static void
test_never_backwards(void **state)
{
	struct nfs_note t = { 0 };
	uint64_t done;

	(void)state;
	assert_true(progress(&t, "/f", 500, 1000, NULL));
	assert_true(progress(&t, "/f", 300, 1300, &done));
	assert_int_equal(done, 500);
}

static void
test_more_files_than_places(void **state)
{
	struct nfs_note t = { 0 };
	char name[32];

	(void)state;
	for (int round = 0; round < 3; round++) {
		for (unsigned i = 0; i < 2 * NOTE_FILES; i++) {
			(void)snprintf(name, sizeof(name), "/%u", i);
			(void)progress(&t, name, 10, 1000 + round, NULL);
		}
	}
	assert_false(progress(&t, name, 20, 1003, NULL));
}

static void
test_others_always(void **state)
{
	struct nfs_note t = { 0 };
	struct event ev = { .kind = EV_MOUNT, .text = "/debian" };

	(void)state;
	for (int i = 0; i < 10; i++)
		assert_true(nfs_note(&t, &ev, 1000));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_four_times_a_second_and_at_the_end),
		cmocka_unit_test(test_each_file_for_itself),
		cmocka_unit_test(test_never_backwards),
		cmocka_unit_test(test_more_files_than_places),
		cmocka_unit_test(test_others_always),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

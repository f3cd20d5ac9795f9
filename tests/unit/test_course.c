/* test_course.c - how long an installation will take, as the last ones did. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "../../fleet/course.h"

static struct course_list list;

static int
drop(void **state)
{
	(void)state;
	course_list_free(&list);
	return 0;
}

/* dhcp, kernel, newfs and extract took so long. */
static void
ran(const char *profile, const char *tree, int dhcp, int kernel, int newfs, int extract)
{
	int64_t t = 1000;
	const struct course_mark m[] = { { "dhcp", t }, { "kernel", t + dhcp },
		{ "newfs", t + dhcp + kernel }, { "extract", t + dhcp + kernel + newfs } };

	assert_int_equal(course_add(&list, profile, tree, m, 4,
	    t + dhcp + kernel + newfs + extract), 0);
}

static void
test_nothing_is_known_of_a_new_profile(void **state)
{
	const struct course_mark m = { "dhcp", 1000 };
	int64_t left = 0;

	(void)state;
	assert_null(course_find(&list, "zfs", "14"));
	assert_int_equal(course_percent(NULL, &m, 1, 1000, &left), -1);
	assert_int_equal(left, -1);
	assert_int_equal(course_usual(NULL, "dhcp"), -1);
}

static void
test_the_median_of_the_last_runs_tells_how_long_it_takes(void **state)
{
	struct course_mark m[] = { { "dhcp", 5000 }, { "kernel", 5010 }, { "extract", 5030 } };
	const struct course *c;
	int64_t left;

	(void)state;
	ran("zfs", "14", 10, 20, 5, 65);
	ran("zfs", "14", 10, 20, 5, 9999);	/* one that hung proves nothing */
	ran("zfs", "14", 11, 21, 6, 66);
	c = course_find(&list, "zfs", "14");
	assert_non_null(c);
	assert_int_equal(course_usual(c, "extract"), 66);
	assert_int_equal(course_usual(c, "kernel"), 20);
	assert_int_equal(course_usual(c, "other"), -1);
	assert_int_equal(course_percent(c, m, 1, 5000, &left), 0);
	assert_int_equal(left, 10 + 20 + 5 + 66);
	assert_int_equal(course_percent(c, m, 2, 5020, &left), 20 * 99 / 101);
	assert_int_equal(left, 10 + 5 + 66);
	/* A step that takes longer than ever: what comes after it is left. */
	assert_int_equal(course_percent(c, m, 3, 9000, &left), 99);
	assert_int_equal(left, 0);
	/* A stage that the others did not pass counts for nothing. */
	snprintf(m[2].name, sizeof(m[2].name), "new");
	assert_int_equal(course_percent(c, m, 3, 5040, &left), 30 * 99 / 101);
	assert_int_equal(course_percent(c, m, 0, 5040, &left), -1);
}

static void
test_the_tree_matters_where_it_is_known(void **state)
{
	(void)state;
	ran("zfs", "14", 1, 1, 1, 50);
	ran("zfs", "15", 1, 1, 1, 90);
	ran("zfs2", "15", 1, 1, 1, 7);
	assert_int_equal(course_usual(course_find(&list, "zfs", "14"), "extract"), 50);
	assert_int_equal(course_usual(course_find(&list, "zfs", "15"), "extract"), 90);
	assert_int_equal(course_usual(course_find(&list, "zfs", "16"), "extract"), 90);
	assert_null(course_find(&list, "zf", "15"));
}

static void
test_only_the_last_runs_count(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 20; i++)
		ran("zfs", "14", 1, 1, 1, i < 11 ? 10 : 500);
	assert_int_equal(course_usual(course_find(&list, "zfs", "14"), "extract"), 500);
}

static void
test_it_survives_as_text(void **state)
{
	char key[COURSE_KEY], *text, *again;

	(void)state;
	ran("zfs", "14", 1, 2, 3, 4);
	ran("zfs", "14", 5, 6, 7, 8);
	text = course_text(&list, "zfs", "14", key);
	assert_string_equal(key, "zfs 14");
	assert_string_equal(text, "dhcp=1 kernel=2 newfs=3 extract=4\n"
	    "dhcp=5 kernel=6 newfs=7 extract=8\n");
	course_list_free(&list);
	assert_int_equal(course_load(&list, key, text), 0);
	again = course_text(&list, "zfs", "14", key);
	assert_string_equal(again, text);
	free(text);
	free(again);
	assert_null(course_text(&list, "zfs", "15", key));
}

static void
test_what_is_none_of_ours_is_left_out(void **state)
{
	static const char *const bad[] = { "", "\n\n", "=", "a", "= = =", "a=b c",
		"x=99999999999999999999", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa=1", "a=-5\n=" };

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(course_load(&list, "p t", bad[i]), 0);
	assert_int_equal(course_load(&list, "nothing", "a=1"), -22);
	assert_true(course_usual(course_find(&list, "p", "t"), "x") <= 7 * 86400);
}

static void
test_the_list_is_bounded(void **state)
{
	char name[16];

	(void)state;
	for (unsigned i = 0; i < COURSE_MAX + 10; i++) {
		snprintf(name, sizeof(name), "p%u", i);
		ran(name, "14", 1, 2, 3, 4);
	}
	assert_int_equal(list.n, COURSE_MAX);
	assert_null(course_find(&list, "p0", "14"));
	assert_non_null(course_find(&list, "p10", "14"));
}

int
main(void)
{
#define T(f)	cmocka_unit_test_teardown(f, drop)
	const struct CMUnitTest tests[] = {
		T(test_nothing_is_known_of_a_new_profile),
		T(test_the_median_of_the_last_runs_tells_how_long_it_takes),
		T(test_the_tree_matters_where_it_is_known),
		T(test_only_the_last_runs_count),
		T(test_it_survives_as_text),
		T(test_what_is_none_of_ours_is_left_out),
		T(test_the_list_is_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

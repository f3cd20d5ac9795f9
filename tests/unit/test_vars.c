/* test_vars.c - ${name} in a profile's text. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "../../profiles/vars.h"

static struct vars vs;
static char bad[VARS_NAME_MAX];

static int
setup(void **state)
{
	(void)state;
	assert_int_equal(vars_set(&vs, "host", "web1"), 0);
	assert_int_equal(vars_set(&vs, "empty", ""), 0);
	assert_int_equal(vars_set(&vs, "tricky", "${host} $${x}"), 0);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	vars_free(&vs);
	return 0;
}

static void
expands(const char *text, const char *want)
{
	struct buf b = { 0 };
	char *s;

	assert_int_equal(vars_expand(&vs, text, &b, bad), 0);
	s = buf_steal(&b, NULL);
	assert_string_equal(s, want);
	free(s);
}

static void
refuses(const char *text, int err, const char *name)
{
	struct buf b = { 0 };

	assert_int_equal(vars_expand(&vs, text, &b, bad), err);
	assert_string_equal(bad, name);
	buf_free(&b);
}

static void
test_values_are_put_in(void **state)
{
	(void)state;
	expands("", "");
	expands("a", "a");
	expands("${host}", "web1");
	expands("<${host}${empty}${host}>", "<web1web1>");
}

/* A value is not expanded again, so nothing can go round in circles. */
static void
test_values_are_not_expanded_again(void **state)
{
	(void)state;
	expands("${tricky}", "${host} $${x}");
}

static void
test_a_dollar_is_a_dollar(void **state)
{
	(void)state;
	expands("$", "$");
	expands("$host $$ $$$ $(id) $6$salt$", "$host $$ $$$ $(id) $6$salt$");
	expands("$${host}", "${host}");
	expands("$$${host}", "$${host}");
	expands("$${", "${");
}

static void
test_what_is_no_variable_is_refused(void **state)
{
	(void)state;
	refuses("a ${nohost} b", -ENOENT, "nohost");
	refuses("${host", -EINVAL, "${host");
	refuses("${}", -EINVAL, "${}");
	refuses("${", -EINVAL, "${");
	refuses("${Host}", -EINVAL, "${Host}");
	refuses("${1st}", -EINVAL, "${1st}");
	refuses("${a b}", -EINVAL, "${a b}");
	refuses("${abcdefghijklmnopqrstuvwxyzabcdef}", -EINVAL, "${abcdefghijklmnopqrstuvwxyzabc");
}

static void
test_names_are_for_shells_too(void **state)
{
	static const char *const no[] = { "", "PATH", "a-b", "1a", "a b", "a=b", "ä",
	    "abcdefghijklmnopqrstuvwxyzabcdef" };
	static const char *const ok[] = { "a", "_", "a1_b", "abcdefghijklmnopqrstuvwxyzabcde" };
	struct vars v = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(no) / sizeof(no[0]); i++)
		assert_int_equal(vars_set(&v, no[i], "x"), -EINVAL);
	for (size_t i = 0; i < sizeof(ok) / sizeof(ok[0]); i++)
		assert_int_equal(vars_set(&v, ok[i], ok[i]), 0);
	assert_int_equal(vars_set(&v, "a", "again"), 0);
	assert_string_equal(vars_get(&v, "a"), "again");
	assert_int_equal(v.n, 4);
	assert_null(vars_get(&v, "b"));
	vars_free(&v);
}

static void
test_there_are_not_too_many(void **state)
{
	struct vars v = { 0 };
	char name[16];

	(void)state;
	for (unsigned i = 0; i < VARS_MAX; i++) {
		(void)snprintf(name, sizeof(name), "v%u", i);
		assert_int_equal(vars_set(&v, name, "x"), 0);
	}
	assert_int_equal(vars_set(&v, "onemore", "x"), -E2BIG);
	assert_int_equal(vars_set(&v, "v0", "y"), 0);
	vars_free(&v);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_values_are_put_in),
		cmocka_unit_test(test_values_are_not_expanded_again),
		cmocka_unit_test(test_a_dollar_is_a_dollar),
		cmocka_unit_test(test_what_is_no_variable_is_refused),
		cmocka_unit_test(test_names_are_for_shells_too),
		cmocka_unit_test(test_there_are_not_too_many),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}

/* test_report.c - the names of reports: N-STEP-STATE[-TEXT]. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "../../fleet/timeline.h"

static void
test_reads_number_step_and_state(void **state)
{
	struct report r;

	(void)state;
	assert_int_equal(report_parse("3-newfs-begin", &r), 0);
	assert_int_equal(r.no, 3);
	assert_string_equal(r.step, "newfs");
	assert_string_equal(r.state, "begin");
	assert_string_equal(r.text, "");
}

static void
test_decodes_the_text(void **state)
{
	struct report r;

	(void)state;
	assert_int_equal(report_parse("12-guard-fail-disk%20is-not%20empty%2C", &r), 0);
	assert_int_equal(r.no, 12);
	assert_string_equal(r.step, "guard");
	assert_string_equal(r.state, "fail");
	assert_string_equal(r.text, "disk is-not empty,");
	assert_int_equal(report_parse("1-a-b-", &r), 0);
	assert_string_equal(r.text, "");
}

/* It ends on a terminal and in JSON. */
static void
test_lets_only_printable_ascii_through(void **state)
{
	struct report r;

	(void)state;
	assert_int_equal(report_parse("1-a-b-x%1b[2J%0Ay%ffz%7f\xc3\xa4", &r), 0);
	assert_string_equal(r.text, "x [2J y?z???");
}

static void
test_cuts_a_text_that_is_too_long(void **state)
{
	char name[512] = "1-a-b-";
	struct report r;

	(void)state;
	memset(name + 6, 'x', 400);
	assert_int_equal(report_parse(name, &r), 0);
	assert_int_equal(strlen(r.text), sizeof(r.text) - 1);
}

static void
test_refuses_what_is_no_report(void **state)
{
	static const char *const bad[] = {
		"", "-", "1", "1-", "1-a", "1-a-", "-a-b", "x-a-b", "1--b", "1-a--x",
		" 1-a-b", "+1-a-b", "1234567-a-b", "1-a b-c", "1-a/b-c", "1-a-b/c",
		"1-a-b-%", "1-a-b-%4", "1-a-b-%zz", "1-a-b-%00", "claim-1",
		"1-abcdefghijklmnopqrstuvwxyz0123456-b",	/* step of 33 bytes */
		"1-a-abcdefghijklmnop",				/* state of 16 */
	};
	struct report r = { .no = 77 };

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (report_parse(bad[i], &r) != -EINVAL)
			fail_msg("\"%s\" was taken", bad[i]);
	assert_int_equal(r.no, 77);	/* untouched by a failure */
}

static void
test_survives_every_truncation(void **state)
{
	static const char name[] = "12-guard-fail-disk%20is%20not%20empty";
	struct report r;

	(void)state;
	for (size_t n = 0; n < sizeof(name); n++) {
		char *exact = malloc(n + 1);

		memcpy(exact, name, n);
		exact[n] = '\0';
		(void)report_parse(exact, &r);
		free(exact);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_reads_number_step_and_state),
		cmocka_unit_test(test_decodes_the_text),
		cmocka_unit_test(test_lets_only_printable_ascii_through),
		cmocka_unit_test(test_cuts_a_text_that_is_too_long),
		cmocka_unit_test(test_refuses_what_is_no_report),
		cmocka_unit_test(test_survives_every_truncation),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

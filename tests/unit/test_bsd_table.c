/* test_bsd_table.c - bsdlabel(8)'s own syntax, pasted into a profile. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "../../profiles/bsd_table.h"

static const char page[] =
    "# size offset fstype [fsize bsize bps/cpg]\n"
    "a: 4G 16 4.2BSD 2048 16384 28528\n"
    "b: 512M * swap * * *\n"
    "c: 72292437 0 unused 0 0 # \"raw\" part, don't edit\n"
    "d: 1G * 4.2BSD * * *\n"
    "e: 2G * 4.2BSD * * *\n"
    "f: * * 4.2BSD * * *\n";

static void
test_reads_the_page(void **state)
{
	struct bsd_row r[BSD_LETTERS];
	char why[200] = "";

	(void)state;
	assert_int_equal(bsd_table_parse(page, r, why), 0);
	assert_string_equal(r[0].size, "4G");
	assert_string_equal(r[0].offset, "16");
	assert_string_equal(r[0].fsize, "2048");
	assert_string_equal(r[0].bsize, "16384");
	assert_string_equal(r[0].bps, "28528");
	assert_int_equal(r[0].line, 2);
	assert_true(r[1].swap && !r[3].swap);
	assert_int_equal(r[2].letter, 0);
	assert_string_equal(r[5].size, "*");
	assert_int_equal(r[5].letter, 'f');
	assert_int_equal(r[6].letter, 0);
}

/* What bsdlabel prints, in another order, and as people write it. */
static void
test_reads_other_ways_to_write_it(void **state)
{
	struct bsd_row r[BSD_LETTERS];
	char why[200] = "";

	(void)state;
	assert_int_equal(bsd_table_parse("# /dev/ad4s1:\r\n8 partitions:\n#        size   offset    fstype\n"
	    "  h: 1048576  2097168    4.2BSD     2048 16384 28528 \n\n  a:2097152       16    4.2BSD\n"
	    "\tb:\t512m\t*\tswap#none\n  c: * * unused", r, why), 0);
	assert_string_equal(r[0].size, "2097152");
	assert_string_equal(r[0].fsize, "*");
	assert_string_equal(r[1].size, "512M");
	assert_string_equal(r[7].offset, "2097168");
	assert_int_equal(bsd_table_parse("", r, why), 0);
	assert_int_equal(r[0].letter, 0);
}

static void
test_refuses_what_it_is_not(void **state)
{
	static const struct { const char *text, *why; } bad[] = {
		{ "a: 4G 16\n", "line 1: a partition has a size, an offset and a type" },
		{ "\n\nz: 1 1 swap\n", "line 3: \"z:\" is not a partition" },
		{ "aa: 1 1 swap\n", "\"aa:\" is not a partition" }, { "a 4G * swap\n", "\"a\" is not a partition" },
		{ "type: SCSI\n", "is not a partition" }, { "a: 4X * swap\n", "\"4X\" is not a size" },
		{ "a: 4T * swap\n", "\"4T\" is not a size" }, { "a: G * swap\n", "\"G\" is not a size" },
		{ "a: -4G * swap\n", "is not a size" }, { "a: 50% * swap\n", "which bsdlabel counts wrong" },
		{ "a: 4G 1M swap\n", "\"1M\" is not an offset" }, { "a: 4G * ext2\n", "\"ext2\" is not a type" },
		{ "a: 4G * 4.2bsd\n", "is not a type" }, { "a: 4G * 4.2BSD x\n", "\"x\" is not a number" },
		{ "a: 4G * 4.2BSD 1 2 3 4\n", "more than six fields" },
		{ "a: 4G * swap\na: 1G * swap\n", "line 2: \"a:\" is there twice" },
		{ "c: 4G * swap\n", "partition c is the whole slice" }, { "c: * 16 unused\n", "partition c is" },
		{ "a: 11111111111111111111 * swap\n", "too long" }, { "a: 123456789012 * swap\n", "is not a size" },
	};
	struct bsd_row r[BSD_LETTERS];
	char why[200];

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		why[0] = '\0';
		if (bsd_table_parse(bad[i].text, r, why) != -EINVAL || strstr(why, bad[i].why) == NULL)
			fail_msg("%s: %s", bad[i].text, why);
	}
}

/* Every beginning is read or refused; the copy is exact for ASan. */
static void
test_survives_every_truncation(void **state)
{
	struct bsd_row r[BSD_LETTERS];
	char why[200];

	(void)state;
	for (size_t n = 0; n < sizeof(page); n++) {
		char *exact = strndup(page, n);

		assert_non_null(exact);
		why[0] = '\0';
		if (bsd_table_parse(exact, r, why) < 0)
			assert_true(strncmp(why, "line ", 5) == 0);
		free(exact);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_reads_the_page),
		cmocka_unit_test(test_reads_other_ways_to_write_it),
		cmocka_unit_test(test_refuses_what_it_is_not),
		cmocka_unit_test(test_survives_every_truncation),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

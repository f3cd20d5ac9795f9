/* test_release.c - MANIFEST and .inf files, as they should be and otherwise. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "../../profiles/release.h"

#define SUM	"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static const char manifest[] =
    "base.txz\t" SUM "\t9730\tbase\t\"Base system\"\ton\n"
    "kernel-dbg.txz\t" SUM "\t700\tkernel_dbg\t\"Kernel (Debug)\"\toff\r\n\n"
    "lib32.txz\t" SUM "\t60\tlib32\t\"x\"\ton";

static void
test_reads_a_manifest(void **state)
{
	struct release r = { 0 };
	char why[200] = "";

	(void)state;
	assert_int_equal(release_parse_manifest(manifest, strlen(manifest), &r, why), 0);
	assert_int_equal(r.n_set, 3);
	assert_string_equal(r.set[1].name, "kernel-dbg");
	assert_string_equal(r.set[1].file, "kernel-dbg.txz");
	assert_string_equal(r.set[2].sha256, SUM);
	assert_ptr_equal(release_find(&r, "lib32"), &r.set[2]);
	assert_null(release_find(&r, "games"));
	release_done(&r);
}

static void
test_refuses_a_manifest_that_it_does_not_understand(void **state)
{
	static const char *const bad[] = {
		"", "\n", "base.txz\n", "base.txz " SUM " 1 base\n", "base.txz\t" SUM "0\t1\tbase\n",
		"base.txz\t" SUM "\t1\n", "../base.txz\t" SUM "\t1\tbase\n", "/base.txz\t" SUM "\t1\tbase\n",
		"ba se.txz\t" SUM "\t1\tbase\n", "base.txz\tG123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\t1\tbase\n",
		"base.txz\t\t1\tbase\n",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct release r = { 0 };
		char why[200] = "";

		assert_int_equal(release_parse_manifest(bad[i], strlen(bad[i]), &r, why), -EBADMSG);
		assert_true(strlen(why) > 0);
		release_done(&r);
	}
}

static const char inf[] = "Pieces =  3\ncksum.aa = 4294967295 1425408\ncksum.ab = 2 1425408\r\ncksum.ac = 3 99\n\n";

static void
test_reads_the_sums_of_pieces(void **state)
{
	struct release_set s = { 0 };
	char why[200] = "";

	(void)state;
	assert_int_equal(release_parse_inf(inf, strlen(inf), &s, why), 0);
	assert_int_equal(s.n_piece, 3);
	assert_int_equal(s.piece[0].cksum, 4294967295u);
	assert_int_equal(s.piece[2].bytes, 99);
	assert_int_equal(s.bytes, 2 * 1425408 + 99);
	free(s.piece);
}

static void
test_refuses_sums_that_do_not_add_up(void **state)
{
	static const char *const bad[] = {
		"", "Pieces = 0\n", "Pieces = 677\n", "Pieces = x\n", "Pieces = -1\n", "Pieces = 1\n",
		"cksum.aa = 1 1\n", "Pieces = 1\ncksum.ab = 1 1\n", "Pieces = 2\ncksum.aa = 1 1\n",
		"Pieces = 1\ncksum.aa = 1 1\ncksum.ab = 1 1\n", "Pieces = 1\ncksum.aa = 1\n",
		"Pieces = 1\ncksum.aa = 4294967296 1\n", "Pieces = 1\ncksum.aa = 1 1 1\n",
		"Pieces = 1\ncksum.aa = -1 1\n", "Pieces = 1\ncksum.aa = 1 -1\n",
		"Pieces = 1\ncksum.aa = 1 99999999999999999999\n", "Pieces = 1 1\ncksum.aa = 1 1\n",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct release_set s = { 0 };
		char why[200] = "";

		if (release_parse_inf(bad[i], strlen(bad[i]), &s, why) != -EBADMSG)
			fail_msg("%s", bad[i]);
		assert_null(s.piece);
		assert_true(strlen(why) > 0);
	}
}

/* Every beginning is read whole or refused; the copy is exact for ASan. */
static void
test_survives_every_truncation(void **state)
{
	char why[200];

	(void)state;
	for (size_t n = 0; n < sizeof(manifest); n++) {
		char *exact = malloc(n + 1);
		struct release r = { 0 };

		assert_non_null(exact);
		memcpy(exact, manifest, n);
		(void)release_parse_manifest(exact, n, &r, why);
		release_done(&r);
		free(exact);
	}
	for (size_t n = 0; n < sizeof(inf); n++) {
		char *exact = malloc(n + 1);
		struct release_set s = { 0 };

		assert_non_null(exact);
		memcpy(exact, inf, n);
		if (release_parse_inf(exact, n, &s, why) == 0)
			free(s.piece);
		free(exact);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_reads_a_manifest),
		cmocka_unit_test(test_refuses_a_manifest_that_it_does_not_understand),
		cmocka_unit_test(test_reads_the_sums_of_pieces),
		cmocka_unit_test(test_refuses_sums_that_do_not_add_up),
		cmocka_unit_test(test_survives_every_truncation),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

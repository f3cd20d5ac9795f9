/* test_token.c - tokens of the API, and where a request comes from. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "../../lib/origin.h"
#include "../../lib/token.h"

/* SHA-256 of "abc" (FIPS 180-2, B.1). */
#define ABC	"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"

static void
test_finds_the_right_of_a_token(void **state)
{
	struct tokens t;
	char why[200] = "";

	(void)state;
	assert_int_equal(tokens_parse("# who\n\n  web look " ABC "\r\nroot@ops\tsteer "
	    "0000000000000000000000000000000000000000000000000000000000000000\n", &t, why), 0);
	assert_int_equal(t.n, 2);
	assert_string_equal(tokens_find(&t, "abc", 3)->name, "web");
	assert_int_equal(tokens_find(&t, "abc", 3)->right, TOKEN_LOOK);
	assert_null(tokens_find(&t, "abd", 3));
	assert_null(tokens_find(&t, "", 0));
	assert_null(tokens_find(&t, ABC, 64));		/* the hash is no token */
	assert_int_equal(tokens_named(&t, "root@ops")->right, TOKEN_STEER);
	assert_null(tokens_named(&t, "root"));
	tokens_free(&t);
	assert_int_equal(tokens_parse("", &t, why), 0);
	assert_null(tokens_find(&t, "abc", 3));
	tokens_free(&t);
}

static void
test_says_what_is_wrong_with_a_line(void **state)
{
	static const struct { const char *text, *why; } bad[] = {
		{ "web look", "line 1: a line is NAME RIGHT HASH" },
		{ "\nweb look " ABC " more", "line 2: a line is NAME RIGHT HASH" },
		{ "w/b look " ABC, "line 1: that is no name of a token: letters, digits, - . _ @" },
		{ "web all " ABC, "line 1: the right is look or steer" },
		{ "web none " ABC, "line 1: the right is look or steer" },
		{ "web look " ABC "0", "line 1: the hash is not 64 hex digits" },
		{ "web look g" ABC, "line 1: the hash is not 64 hex digits" },
		{ "web look " ABC "\nweb steer " ABC, "line 2: the name is there twice" },
	};
	struct tokens t;
	char why[200];

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(tokens_parse(bad[i].text, &t, why), -EINVAL);
		assert_string_equal(why, bad[i].why);
	}
}

static void
test_makes_tokens_that_differ(void **state)
{
	char a[TOKEN_TEXT], b[TOKEN_TEXT];

	(void)state;
	assert_int_equal(token_make(a), 0);
	assert_int_equal(token_make(b), 0);
	assert_int_equal(strspn(a, "0123456789abcdef"), 64);
	assert_string_not_equal(a, b);
	assert_true(token_same(a, a, 64));
	assert_false(token_same(a, b, 64));
}

static void
test_reads_the_name_of_a_host_header(void **state)
{
	char *names[] = { (char[]){ "Provd.Example.ORG" } }, got[64];

	(void)state;
	assert_int_equal(host_name("Provd.example.org.:8443", got, sizeof(got)), 0);
	assert_string_equal(got, "provd.example.org");
	assert_true(host_among(got, names, 1));
	assert_int_equal(host_name("192.0.2.1", got, sizeof(got)), 0);
	assert_string_equal(got, "192.0.2.1");
	assert_false(host_among(got, names, 1));
	assert_int_equal(host_name("", got, sizeof(got)), -EINVAL);
	assert_int_equal(host_name(".", got, sizeof(got)), -EINVAL);
	assert_int_equal(host_name(":80", got, sizeof(got)), -EINVAL);
	assert_int_equal(host_name("a:", got, sizeof(got)), -EINVAL);
	assert_int_equal(host_name("a:80@b", got, sizeof(got)), -EINVAL);
	assert_int_equal(host_name("a b", got, sizeof(got)), -EINVAL);
	assert_int_equal(host_name("[::1]:80", got, sizeof(got)), -EINVAL);
	assert_int_equal(host_name("0123456789", got, 10), -EINVAL);
}

static void
test_tells_our_own_page_from_others(void **state)
{
	const char *host = "provd.example.org:8443";

	(void)state;
	assert_true(origin_own(NULL, NULL, host));		/* no browser */
	assert_true(origin_own("https://provd.example.org:8443", "same-origin", host));
	assert_true(origin_own(NULL, "none", host));		/* typed in by hand */
	assert_false(origin_own("https://provd.example.org", NULL, host));
	assert_false(origin_own("http://provd.example.org:8443", NULL, host));
	assert_false(origin_own("https://provd.example.org:8443.evil.org", NULL, host));
	assert_false(origin_own("null", NULL, host));
	assert_false(origin_own("", NULL, host));
	assert_false(origin_own(NULL, "cross-site", host));
	assert_false(origin_own(NULL, "same-site", host));
	assert_false(origin_own("https://provd.example.org:8443", "cross-site", host));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_finds_the_right_of_a_token),
		cmocka_unit_test(test_says_what_is_wrong_with_a_line),
		cmocka_unit_test(test_makes_tokens_that_differ),
		cmocka_unit_test(test_reads_the_name_of_a_host_header),
		cmocka_unit_test(test_tells_our_own_page_from_others),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

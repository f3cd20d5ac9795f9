/* test_sh_quote.c - a shell gets back exactly the bytes that were quoted. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "../../profiles/sh_quote.h"

static void
quotes_as(const char *value, const char *want)
{
	struct buf b = { 0 };

	sh_quote(&b, value);
	assert_int_equal(b.err, 0);
	assert_string_equal(b.p, want);
	buf_free(&b);
}

static void
test_plain_words_stay_readable(void **state)
{
	(void)state;
	quotes_as("/dev/ad4s1a", "/dev/ad4s1a");
	quotes_as("--target=i386-pc", "--target=i386-pc");
	quotes_as("192.168.10.1:/x,y@z%+", "192.168.10.1:/x,y@z%+");
}

static void
test_all_else_is_quoted(void **state)
{
	(void)state;
	quotes_as("", "''");
	quotes_as("a b", "'a b'");
	quotes_as("it's", "'it'\\''s'");
	quotes_as("'", "''\\'''");
	quotes_as("~", "'~'");
	quotes_as("*", "'*'");
	quotes_as("a\nb", "'a\nb'");
	quotes_as("$(id)", "'$(id)'");
	quotes_as("{a,b}", "'{a,b}'");
	quotes_as("\xc3\xa4", "'\xc3\xa4'");
}

static void
test_nothing_is_nothing_within_a_word(void **state)
{
	struct buf b = { 0 };

	(void)state;
	sh_quote_part(&b, "");
	assert_int_equal(b.len, 0);
	sh_quote_part(&b, "s1a");
	assert_string_equal(b.p, "s1a");
	buf_free(&b);
}

/* Every byte but NUL, alone and between others, through real shells. */
static void
test_shells_give_every_byte_back(void **state)
{
	static const char *const shell[] = { "sh", "dash", "bash --posix", "busybox sh" };
	char file[] = "/tmp/provd-quote-XXXXXX", cmd[128], *got;
	struct buf script = { 0 }, want = { 0 };
	int fd = mkstemp(file);
	FILE *p;

	(void)state;
	assert_int_not_equal(fd, -1);
	for (int c = 1; c < 256; c++) {
		const char one[] = { (char)c, '\0' }, mid[] = { 'a', (char)c, '\'', (char)c, 'b', '\0' };

		buf_puts(&script, "printf '%s|' ");
		sh_quote(&script, one);
		buf_putc(&script, ' ');
		sh_quote(&script, mid);
		buf_putc(&script, '\n');
		buf_printf(&want, "%s|%s|", one, mid);
	}
	assert_int_equal(write(fd, script.p, script.len), (ssize_t)script.len);
	(void)close(fd);
	assert_non_null(got = malloc(want.len + 2));
	for (size_t i = 0; i < sizeof(shell) / sizeof(shell[0]); i++) {
		size_t n;

		(void)snprintf(cmd, sizeof(cmd), "command -v %.*s > /dev/null",
		    (int)strcspn(shell[i], " "), shell[i]);
		if (system(cmd) != 0)
			continue;
		(void)snprintf(cmd, sizeof(cmd), "LC_ALL=C %s %s", shell[i], file);
		assert_non_null(p = popen(cmd, "r"));
		n = fread(got, 1, want.len + 1, p);
		assert_int_equal(pclose(p), 0);
		assert_int_equal(n, want.len);
		assert_memory_equal(got, want.p, n);
	}
	free(got);
	(void)unlink(file);
	buf_free(&script);
	buf_free(&want);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_plain_words_stay_readable),
		cmocka_unit_test(test_all_else_is_quoted),
		cmocka_unit_test(test_nothing_is_nothing_within_a_word),
		cmocka_unit_test(test_shells_give_every_byte_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

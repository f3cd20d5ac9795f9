/* The growing buffer. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "../../lib/buf.h"

static void
test_appends_and_is_always_terminated(void **state)
{
	struct buf b = { 0 };
	size_t len;
	char *p;

	(void)state;
	buf_puts(&b, "ab");
	buf_putc(&b, 'c');
	buf_add(&b, "d\0e", 3);
	buf_printf(&b, "%d-%s", 42, "x");
	assert_int_equal(b.err, 0);
	p = buf_steal(&b, &len);
	assert_int_equal(len, 10);
	assert_memory_equal(p, "abcd\0e42-x", 11);	/* and the NUL */
	assert_null(b.p);				/* empty and usable again */
	assert_int_equal(b.len, 0);
	free(p);
}

static void
test_an_empty_buffer_gives_an_empty_string(void **state)
{
	struct buf b = { 0 };
	char *p = buf_steal(&b, NULL);

	(void)state;
	assert_non_null(p);
	assert_string_equal(p, "");
	free(p);
}

/* Around every power of two, where the NUL may be what does not fit. */
static void
test_grows_at_every_length(void **state)
{
	(void)state;
	for (size_t n = 1; n < 300; n++) {
		struct buf b = { 0 };

		for (size_t i = 0; i < n; i++)
			buf_putc(&b, (char)('a' + i % 26));
		assert_int_equal(b.err, 0);
		assert_int_equal(strlen(b.p), n);
		buf_printf(&b, "%0*d", (int)n, 0);
		assert_int_equal(strlen(b.p), 2 * n);
		buf_free(&b);
	}
}

static void
test_growth_past_the_limit_fails_and_sticks(void **state)
{
	struct buf b = { 0 };
	char *huge = calloc(1, BUF_MAX);
	size_t len;

	(void)state;
	assert_non_null(huge);
	buf_puts(&b, "x");
	buf_add(&b, huge, BUF_MAX);		/* one too many */
	assert_int_equal(b.err, -ENOMEM);
	assert_int_equal(b.len, 1);
	buf_puts(&b, "y");
	assert_int_equal(b.len, 1);
	len = 77;
	assert_null(buf_steal(&b, &len));
	assert_int_equal(len, 77);
	assert_null(b.p);
	assert_int_equal(b.err, 0);
	buf_add(&b, huge, BUF_MAX);		/* exactly the limit */
	assert_int_equal(b.err, 0);
	assert_int_equal(b.len, BUF_MAX);
	buf_add(&b, "", 0);			/* nothing more is not more */
	assert_int_equal(b.err, 0);
	buf_free(&b);
	free(huge);
}

/* RFC 3629 section 4, and what a terminal would take for a command. */
static void
test_text_is_utf8_without_controls(void **state)
{
	static const struct { const char *in; size_t len; const char *want; } t[] = {
		{ "plain\n\ttext ~", 13, "plain\n\ttext ~" },
		{ "caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80", 14,
		    "caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80" },
		{ "a\0\0b", 4, "ab" },
		{ "\x1b]0;x\x07\r\x7f", 8, "?]0;x???" },
		{ "\xc2\x9b" "31m\xc2\xa0", 7, "??31m\xc2\xa0" },	/* CSI in one character */
		{ "\x80\xff\xfe\xc0\xaf", 5, "?????" },
		{ "\xe0\x80\xaf", 3, "???" },		/* too long a form */
		{ "\xed\xa0\x80", 3, "???" },		/* surrogate */
		{ "\xf4\x90\x80\x80", 4, "????" },		/* past U+10FFFF */
		{ "\xa9 cut\xe2\x82", 7, "? cut??" },	/* at both ends */
		{ "", 0, "" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		struct buf b = { 0 };
		char *data = malloc(t[i].len + 1), *p;	/* ASan watches its end */

		memcpy(data, t[i].in, t[i].len);
		data = realloc(data, t[i].len + (t[i].len == 0));
		buf_text(&b, data, t[i].len);
		p = buf_steal(&b, NULL);
		assert_string_equal(p, t[i].want);
		free(p);
		free(data);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_appends_and_is_always_terminated),
		cmocka_unit_test(test_an_empty_buffer_gives_an_empty_string),
		cmocka_unit_test(test_grows_at_every_length),
		cmocka_unit_test(test_growth_past_the_limit_fails_and_sticks),
		cmocka_unit_test(test_text_is_utf8_without_controls),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

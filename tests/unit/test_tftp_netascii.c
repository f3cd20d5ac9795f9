/* test_tftp_netascii.c - files as netascii (RFC 764, RFC 1350 section 1). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../../tftpd/tftp_netascii.h"

/* Encode in blocks of `cap`, giving the source in pieces of `piece` bytes. */
static size_t
encode(const char *src, size_t n, size_t cap, size_t piece, uint8_t *out)
{
	struct netascii s = { 0 };
	size_t at = 0, len = 0, block = 0;

	for (;;) {
		size_t give = n - at < piece ? n - at : piece, used, got;
		uint8_t *exact = malloc(give ? give : 1);

		assert_non_null(exact);
		memcpy(exact, src + at, give);
		got = netascii_encode(&s, exact, give, out + len, cap - block,
		    &used);
		free(exact);
		assert_true(used <= give && got <= cap - block);
		at += used;
		len += got;
		block = (block + got) % cap;
		if (at == n && !s.half)
			return len;
	}
}

static void
check(const char *src, size_t n, const char *want, size_t want_len)
{
	uint8_t out[128];

	for (size_t cap = 1; cap < 12; cap++)
		for (size_t piece = 1; piece < 12; piece++) {
			assert_int_equal(encode(src, n, cap, piece, out),
			    want_len);
			assert_memory_equal(out, want, want_len);
		}
}

#define CHECK(src, want) \
	check((src), sizeof(src) - 1, (want), sizeof(want) - 1)

static void
test_ends_lines_with_cr_lf(void **state)
{
	(void)state;
	CHECK("", "");
	CHECK("plain", "plain");
	CHECK("\n", "\r\n");
	CHECK("a\nb\n", "a\r\nb\r\n");
	CHECK("\n\n\n", "\r\n\r\n\r\n");
}

/* A CR that ends no line is CR NUL, so that it can be told apart. */
static void
test_marks_a_lone_cr(void **state)
{
	(void)state;
	CHECK("\r", "\r\0");
	CHECK("a\rb", "a\r\0b");
	CHECK("\r\n", "\r\0\r\n");
	CHECK("\0\r\0", "\0\r\0\0");
	CHECK("\xff\x80", "\xff\x80");
}

static void
test_a_pair_is_cut_by_the_end_of_a_block(void **state)
{
	struct netascii s = { 0 };
	uint8_t out[4];
	size_t used;

	(void)state;
	assert_int_equal(netascii_encode(&s, (const uint8_t *)"abc\n", 4, out,
	    4, &used), 4);
	assert_int_equal(used, 4);
	assert_memory_equal(out, "abc\r", 4);
	assert_int_equal(netascii_encode(&s, NULL, 0, out, 4, &used), 1);
	assert_int_equal(used, 0);
	assert_int_equal(out[0], '\n');
	assert_int_equal(netascii_encode(&s, NULL, 0, out, 4, &used), 0);
}

/* What a client makes of it must be the file again. */
static void
test_random_bytes_survive_the_way_back(void **state)
{
	char src[4096];
	uint8_t out[2 * sizeof(src)];
	uint32_t seed = 1;

	(void)state;
	for (int round = 0; round < 50; round++) {
		size_t n, back = 0;

		for (size_t i = 0; i < sizeof(src); i++) {
			seed = seed * 1664525 + 1013904223;
			src[i] = "\r\n\0ab"[(seed >> 20) % 5];
		}
		n = encode(src, sizeof(src), 1 + (seed >> 16) % 600,
		    1 + (seed >> 8) % 700, out);
		for (size_t i = 0; i < n; i++, back++) {
			char c = (char)out[i];

			if (c == '\r')
				c = out[++i] == '\n' ? '\n' : '\r';
			assert_true(i < n && back < sizeof(src));
			assert_int_equal(c, src[back]);
		}
		assert_int_equal(back, sizeof(src));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ends_lines_with_cr_lf),
		cmocka_unit_test(test_marks_a_lone_cr),
		cmocka_unit_test(test_a_pair_is_cut_by_the_end_of_a_block),
		cmocka_unit_test(test_random_bytes_survive_the_way_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

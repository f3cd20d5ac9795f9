/* Record marking (RFC 5531 section 11): fragments, cut anywhere. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../../nfs/rpc_record.h"

#define MAX	1000u

/* "one" whole; "two!" in fragments of 1, 0 and 3 bytes; "" ; "three". */
static const uint8_t stream[] = {
	0x80, 0, 0, 3, 'o', 'n', 'e',
	0, 0, 0, 1, 't', 0, 0, 0, 0, 0x80, 0, 0, 3, 'w', 'o', '!',
	0x80, 0, 0, 0,
	0x80, 0, 0, 5, 't', 'h', 'r', 'e', 'e',
};
static const char *const records[] = { "one", "two!", "", "three" };

/* Feeds the stream in pieces of k bytes; each an exact copy for ASan. */
static void
feed(size_t k)
{
	struct rec rec = { 0 };
	size_t seen = 0, len;
	const uint8_t *ret;

	for (size_t at = 0; at < sizeof(stream); at += k) {
		size_t n = sizeof(stream) - at < k ? sizeof(stream) - at : k;
		uint8_t *piece = malloc(n);
		const uint8_t *p = piece;
		int r;

		memcpy(piece, stream + at, n);
		while ((r = rec_take(&rec, MAX, &p, &n, &ret, &len)) == 1) {
			assert_true(seen < 4);
			assert_int_equal(len, strlen(records[seen]));
			if (len > 0)
				assert_memory_equal(ret, records[seen], len);
			seen++;
		}
		assert_int_equal(r, 0);
		assert_int_equal(n, 0);
		free(piece);
	}
	assert_int_equal(seen, 4);
	rec_free(&rec);
}

static void
test_pieces_of_any_size(void **state)
{
	(void)state;
	for (size_t k = 1; k <= sizeof(stream); k++)
		feed(k);
}

static void
test_a_whole_record_is_not_copied(void **state)
{
	const uint8_t *p = stream, *ret;
	size_t n = 7, len;
	struct rec rec = { 0 };

	(void)state;
	assert_int_equal(rec_take(&rec, MAX, &p, &n, &ret, &len), 1);
	assert_ptr_equal(ret, stream + 4);
	assert_int_equal(rec_held(&rec), 0);
}

static int
take(const uint8_t *buf, size_t n)
{
	struct rec rec = { 0 };
	const uint8_t *ret;
	size_t len;
	int r;

	do
		r = rec_take(&rec, MAX, &buf, &n, &ret, &len);
	while (r == 1);
	rec_free(&rec);
	return r;
}

static void
test_too_long_is_an_error_before_it_is_stored(void **state)
{
	static const uint8_t huge[] = { 0xff, 0xff, 0xff, 0xff };
	static const uint8_t one_over[] = { 0x80, 0, 0x03, 0xe9 };
	static const uint8_t just[] = { 0x80, 0, 0x03, 0xe8 };
	/* "GET " of a browser that lost its way */
	static const uint8_t http[] = "GET / HTTP/1.1\r\n";
	/* each fragment is short, together they are too long */
	static const uint8_t sum[] = { 0, 0, 0, 1, 'x', 0x80, 0, 0x03, 0xe8 };

	(void)state;
	assert_int_equal(take(huge, 4), -EMSGSIZE);
	assert_int_equal(take(one_over, 4), -EMSGSIZE);
	assert_int_equal(take(just, 4), 0);
	assert_int_equal(take(http, sizeof(http)), -EMSGSIZE);
	assert_int_equal(take(sum, sizeof(sum)), -EMSGSIZE);
}

/* A peer that announces much and sends little costs little. */
static void
test_memory_follows_what_came(void **state)
{
	static const uint8_t much[] = { 0x80, 0x01, 0xff, 0xff, 'x', 'y' };
	const uint8_t *p = much, *ret;
	size_t n = sizeof(much), len;
	struct rec rec = { 0 };

	(void)state;
	assert_int_equal(rec_take(&rec, 0x20000, &p, &n, &ret, &len), 0);
	assert_true(rec_held(&rec) <= 1024);
	rec_free(&rec);
}

static void
test_a_record_of_the_largest_size(void **state)
{
	static uint8_t big[4 + MAX];
	const uint8_t *p, *ret;
	struct rec rec = { 0 };
	size_t n, len;

	(void)state;
	memset(big, 'x', sizeof(big));
	rec_mark(big, MAX);
	p = big;
	n = 500;
	assert_int_equal(rec_take(&rec, MAX, &p, &n, &ret, &len), 0);
	n = sizeof(big) - 500;
	assert_int_equal(rec_take(&rec, MAX, &p, &n, &ret, &len), 1);
	assert_int_equal(len, MAX);
	assert_memory_equal(ret, big + 4, MAX);
	rec_free(&rec);
}

/* Empty fragments go on for ever without taking memory. */
static void
test_empty_fragments_cost_nothing(void **state)
{
	static uint8_t zeroes[4096];
	const uint8_t *p = zeroes, *ret;
	size_t n = sizeof(zeroes), len;
	struct rec rec = { 0 };

	(void)state;
	assert_int_equal(rec_take(&rec, MAX, &p, &n, &ret, &len), 0);
	assert_int_equal(n, 0);
	assert_int_equal(rec_held(&rec), 0);
	rec_free(&rec);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pieces_of_any_size),
		cmocka_unit_test(test_a_whole_record_is_not_copied),
		cmocka_unit_test(test_too_long_is_an_error_before_it_is_stored),
		cmocka_unit_test(test_memory_follows_what_came),
		cmocka_unit_test(test_a_record_of_the_largest_size),
		cmocka_unit_test(test_empty_fragments_cost_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

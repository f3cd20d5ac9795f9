/* The bounded reader and writer. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include "../../lib/wire.h"

static const uint8_t bytes[] = {
	0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07,
	0xf1, 0xf2, 0xf3, 0xf4, 0xf5, 0xf6, 0xf7, 0xf8,
};

static void
test_reads_network_byte_order(void **state)
{
	struct rd r = rd_init(bytes, sizeof(bytes));

	(void)state;
	assert_int_equal(rd_u8(&r), 0x01);
	assert_int_equal(rd_be16(&r), 0x0203);
	assert_int_equal(rd_be32(&r), 0x04050607);
	assert_true(rd_be64(&r) == 0xf1f2f3f4f5f6f7f8);
	assert_int_equal(rd_left(&r), 0);
	assert_int_equal(r.err, 0);
}

static void
test_first_failure_sticks_and_reads_zero(void **state)
{
	struct rd r = rd_init(bytes, 3);

	(void)state;
	assert_int_equal(rd_u8(&r), 1);
	assert_int_equal(rd_be32(&r), 0);
	assert_int_equal(r.err, -EBADMSG);
	assert_int_equal(rd_u8(&r), 0);		/* though two bytes are left */
	assert_int_equal(rd_left(&r), 0);
	assert_null(rd_take(&r, 0));
	assert_null(rd_cstr(&r));
}

/* The copies are exact so that ASan sees one byte too far. */
static void
test_survives_every_truncation(void **state)
{
	(void)state;
	for (size_t n = 1; n < sizeof(bytes); n++) {
		uint8_t *exact = malloc(n);
		struct rd r;

		assert_non_null(exact);
		memcpy(exact, bytes, n);
		r = rd_init(exact, n);
		(void)rd_u8(&r);
		(void)rd_be16(&r);
		(void)rd_be32(&r);
		(void)rd_be64(&r);
		assert_int_equal(r.err, -EBADMSG);
		free(exact);
	}
}

static void
test_sub_reader_ends_where_its_length_says(void **state)
{
	struct rd r = rd_init(bytes, sizeof(bytes)), sub = rd_sub(&r, 2);

	(void)state;
	assert_int_equal(rd_left(&sub), 2);
	assert_int_equal(rd_be16(&sub), 0x0102);
	assert_int_equal(rd_u8(&sub), 0);
	assert_int_equal(sub.err, -EBADMSG);
	assert_int_equal(r.err, 0);		/* the outer one goes on behind it */
	assert_int_equal(rd_u8(&r), 0x03);
}

static void
test_sub_reader_longer_than_the_rest_fails_both(void **state)
{
	struct rd r = rd_init(bytes, 4), sub = rd_sub(&r, 5);

	(void)state;
	assert_int_equal(r.err, -EBADMSG);
	assert_int_equal(sub.err, -EBADMSG);
	assert_int_equal(rd_u8(&sub), 0);
}

static void
test_string_must_end_inside_the_buffer(void **state)
{
	struct rd r = rd_init("ab\0cd", 5);

	(void)state;
	assert_string_equal(rd_cstr(&r), "ab");
	assert_null(rd_cstr(&r));		/* "cd" has no NUL */
	assert_int_equal(r.err, -EBADMSG);
}

static void
test_writes_network_byte_order(void **state)
{
	uint8_t buf[sizeof(bytes)];
	struct wr w = wr_init(buf, sizeof(buf));

	(void)state;
	wr_u8(&w, 0x01);
	wr_be16(&w, 0x0203);
	wr_be32(&w, 0x04050607);
	wr_be64(&w, 0xf1f2f3f4f5f6f7f8);
	assert_int_equal(w.err, 0);
	assert_int_equal(w.len, sizeof(bytes));
	assert_memory_equal(buf, bytes, sizeof(bytes));
}

static void
test_writer_stops_at_the_end(void **state)
{
	uint8_t *buf = malloc(9);
	struct wr w;

	(void)state;
	assert_non_null(buf);
	w = wr_init(buf, 9);
	wr_be16(&w, 1);
	wr_be64(&w, 2);				/* one byte short */
	assert_int_equal(w.err, -ENOBUFS);
	assert_int_equal(w.len, 2);
	wr_u8(&w, 3);				/* would fit, but the error sticks */
	assert_int_equal(w.len, 2);
	free(buf);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_reads_network_byte_order),
		cmocka_unit_test(test_first_failure_sticks_and_reads_zero),
		cmocka_unit_test(test_survives_every_truncation),
		cmocka_unit_test(test_sub_reader_ends_where_its_length_says),
		cmocka_unit_test(test_sub_reader_longer_than_the_rest_fails_both),
		cmocka_unit_test(test_string_must_end_inside_the_buffer),
		cmocka_unit_test(test_writes_network_byte_order),
		cmocka_unit_test(test_writer_stops_at_the_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

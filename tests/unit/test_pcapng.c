/* test_pcapng.c - packet files: what is written reads back, in either byte
 * order, and damage is told. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "../../lib/pcapng.h"

static void
sample(struct buf *b)
{
	memset(b, 0, sizeof(*b));
	pcapng_section(b, "provd test");
	pcapng_iface(b, "em0", PCAPNG_LINK_IPV4);
	pcapng_iface(b, "em1", PCAPNG_LINK_IPV4);
	pcapng_packet(b, 1, 1700000000123456789, false, "hello", 5, "why\nnot");
	pcapng_packet(b, 0, 1700000001000000000, true, "four", 4, NULL);
	assert_int_equal(b->err, 0);
}

static void
test_what_is_written_reads_back(void **state)
{
	struct pcapng_reader r;
	struct pcapng_item it;
	struct buf b;

	(void)state;
	sample(&b);
	pcapng_open(&r, b.p, b.len);
	assert_int_equal(pcapng_next(&r, &it), 1);
	assert_int_equal(it.iface, 1);
	assert_string_equal(r.iface[1].name, "em1");
	assert_int_equal(r.iface[1].link, PCAPNG_LINK_IPV4);
	assert_true(it.ns == 1700000000123456789);
	assert_false(it.out);
	assert_false(it.cut);
	assert_int_equal(it.len, 5);
	assert_memory_equal(it.p, "hello", 5);
	assert_int_equal(it.comment_len, 7);
	assert_memory_equal(it.comment, "why\nnot", 7);
	assert_int_equal(pcapng_next(&r, &it), 1);
	assert_true(it.out);
	assert_null(it.comment);
	assert_memory_equal(it.p, "four", 4);
	assert_int_equal(pcapng_next(&r, &it), 0);
	buf_free(&b);
}

static void
swap32(char *p)
{
	char t[4] = { p[3], p[2], p[1], p[0] };

	memcpy(p, t, 4);
}

static void
swap16(char *p)
{
	char t = p[0];

	p[0] = p[1];
	p[1] = t;
}

/* A machine of the other kind wrote it: microseconds, unless it says otherwise. */
static void
test_the_other_byte_order_is_read(void **state)
{
	char f[28 + 20 + 40];
	static const uint32_t words[] = {
		0x0a0d0d0a, 28, 0x1a2b3c4d, 0, 0xffffffff, 0xffffffff, 28,
		1, 20, 0, 0, 20,
		6, 40, 0, 0x60a24, 0x181e4000, 5, 9, 0, 0, 40,
	};
	struct pcapng_reader r;
	struct pcapng_item it;

	(void)state;
	assert_int_equal(sizeof(words), sizeof(f));
	memcpy(f, words, sizeof(f));
	memcpy(f + 12, (uint16_t[]){ 1, 0 }, 4);
	memcpy(f + 36, (uint16_t[]){ 1, 0 }, 4);
	for (size_t k = 0; k < sizeof(f); k += 4)
		if (k == 12 || k == 36) {
			swap16(f + k);
			swap16(f + k + 2);
		} else
			swap32(f + k);
	memcpy(f + 28 + 20 + 28, "bytes", 5);
	pcapng_open(&r, f, sizeof(f));
	assert_int_equal(pcapng_next(&r, &it), 1);
	assert_int_equal(it.len, 5);
	assert_true(it.cut);
	assert_memory_equal(it.p, "bytes", 5);
	assert_true(it.ns == (((int64_t)0x60a24 << 32) + 0x181e4000) * 1000);
	assert_int_equal(r.iface[0].link, 1);
	assert_int_equal(pcapng_next(&r, &it), 0);
}

static void
test_every_cut_is_told(void **state)
{
	struct pcapng_reader r;
	struct pcapng_item it;
	struct buf b;
	char *p;
	int e, n;

	(void)state;
	sample(&b);
	for (size_t len = 0; len < b.len; len++) {
		p = malloc(len + 1);	/* so that reading past it is noticed */
		assert_non_null(p);
		memcpy(p, b.p, len);
		pcapng_open(&r, p, len);
		for (n = 0; (e = pcapng_next(&r, &it)) == 1; n++)
			;
		/* A cut between two blocks can't be seen. */
		assert_true(e == -EBADMSG || (e == 0 && n < 2));
		free(p);
	}
	buf_free(&b);
}

static void
test_what_is_no_such_file_is_told(void **state)
{
	static const char text[] = "This is a text, and not a short one either.\n";
	struct pcapng_reader r;
	struct pcapng_item it;
	struct buf b;

	(void)state;
	pcapng_open(&r, text, sizeof(text));
	assert_int_equal(pcapng_next(&r, &it), -EBADMSG);
	sample(&b);
	for (size_t k = 0; k < b.len; k++)
		for (int v = 0; v < 256; v += 51) {	/* any byte changed: no harm */
			char was = b.p[k];

			b.p[k] = (char)v;
			pcapng_open(&r, b.p, b.len);
			while (pcapng_next(&r, &it) == 1)
				assert_true(it.iface < r.n_iface);
			b.p[k] = was;
		}
	buf_free(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_is_written_reads_back),
		cmocka_unit_test(test_the_other_byte_order_is_read),
		cmocka_unit_test(test_every_cut_is_told),
		cmocka_unit_test(test_what_is_no_such_file_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

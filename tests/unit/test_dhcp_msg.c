/* test_dhcp_msg.c - DHCP messages (RFC 951, 2131 section 2, 2132, 3046, 3396). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>

#include "../../dhcpd/dhcp_msg.h"

/* A request with this options area (after the cookie); returns its length. */
static size_t
with_options(uint8_t buf[DHCP_MSG_MAX], const void *opt, size_t len)
{
	static const uint8_t head[] = { BOOTREQUEST, HTYPE_ETHER, 6, 0,
		0x12, 0x34, 0x56, 0x78 };
	static const uint8_t mac[] = { 0x52, 0x54, 0, 0x12, 0x34, 0x56 };
	static const uint8_t cookie[] = { 99, 130, 83, 99 };

	memset(buf, 0, DHCP_MSG_MAX);
	memcpy(buf, head, sizeof(head));
	memcpy(buf + 28, mac, sizeof(mac));
	memcpy(buf + BOOTP_FIXED_LEN, cookie, sizeof(cookie));
	memcpy(buf + BOOTP_FIXED_LEN + 4, opt, len);
	return BOOTP_FIXED_LEN + 4 + len;
}

#define PARSE(m, lit) \
	(size = with_options(buf, lit, sizeof(lit) - 1), dhcp_parse(buf, size, m))

static void
assert_opt(const struct dhcp_msg *m, uint8_t code, const void *want, size_t want_len)
{
	size_t len = 0;
	const uint8_t *p = dhcp_opt(m, code, &len);

	assert_non_null(p);
	assert_int_equal(len, want_len);
	assert_memory_equal(p, want, len);
}

static void
test_reads_the_fields(void **state)
{
	static const uint8_t pkt[BOOTP_FIXED_LEN] = { 1, 1, 6, 3,
		0xde, 0xad, 0xbe, 0xef, 0x01, 0x02, 0x80, 0x00,
		10, 0, 0, 1, 10, 0, 0, 2, 10, 0, 0, 3, 10, 0, 0, 4,
		2, 0, 0, 0, 0, 5, [44] = 's', 'n', [108] = 'f', 'i' };
	struct dhcp_msg m;

	(void)state;
	assert_int_equal(dhcp_parse(pkt, sizeof(pkt), &m), 0);
	assert_int_equal(m.op, BOOTREQUEST);
	assert_int_equal(m.htype, HTYPE_ETHER);
	assert_int_equal(m.hlen, 6);
	assert_int_equal(m.hops, 3);
	assert_int_equal(m.xid, 0xdeadbeef);
	assert_int_equal(m.secs, 0x0102);
	assert_int_equal(m.flags, BOOTP_BROADCAST);
	assert_int_equal(m.ciaddr, 0x0a000001);
	assert_int_equal(m.yiaddr, 0x0a000002);
	assert_int_equal(m.siaddr, 0x0a000003);
	assert_int_equal(m.giaddr, 0x0a000004);
	assert_int_equal(dhcp_mac(&m).b[5], 5);
	assert_string_equal(m.sname, "sn");
	assert_string_equal(m.file, "fi");
	assert_false(m.cookie);
	assert_int_equal(dhcp_type(&m), DHCP_NOTYPE);
}

/* RFC 2131 2: the text fields are terminated, but who would rely on it? */
static void
test_text_fields_may_be_full(void **state)
{
	uint8_t buf[DHCP_MSG_MAX];
	struct dhcp_msg m;
	size_t size;

	(void)state;
	size = with_options(buf, "\xff", 1);
	memset(buf + 44, 'a', BOOTP_SNAME_LEN);
	memset(buf + 108, 'b', BOOTP_FILE_LEN);
	assert_int_equal(dhcp_parse(buf, size, &m), 0);
	assert_int_equal(strlen(m.sname), BOOTP_SNAME_LEN);
	assert_int_equal(strlen(m.file), BOOTP_FILE_LEN);
}

static void
test_every_truncation_is_safe(void **state)
{
	static const char opt[] = "\x35\x01\x01\x34\x01\x03\x3c\x09PXEClient\xff";
	uint8_t buf[DHCP_MSG_MAX], *copy;
	struct dhcp_msg m;
	size_t size = with_options(buf, opt, sizeof(opt) - 1);

	(void)state;
	for (size_t n = 0; n <= size; n++) {
		int r;

		copy = malloc(n + 1);	/* so that a sanitizer sees the end */
		assert_non_null(copy);
		memcpy(copy, buf, n);
		r = dhcp_parse(copy, n, &m);
		if (n < BOOTP_FIXED_LEN)
			assert_int_equal(r, -EBADMSG);
		else
			assert_true(r == 0 || r == -EBADMSG);
		if (n == size)
			assert_int_equal(r, 0);
		free(copy);
	}
}

static void
test_an_option_that_runs_over_the_end_is_refused(void **state)
{
	uint8_t buf[DHCP_MSG_MAX];
	struct dhcp_msg m;
	size_t size;

	(void)state;
	assert_int_equal(PARSE(&m, "\x35\x01\x01\x0c\x05" "ab"), -EBADMSG);
	assert_int_equal(PARSE(&m, "\x35\x01\x01\x0c"), -EBADMSG);
}

static void
test_a_longer_message_than_any_client_sends_is_refused(void **state)
{
	static uint8_t buf[DHCP_MSG_MAX + 1];
	struct dhcp_msg m;

	(void)state;
	assert_int_equal(dhcp_parse(buf, sizeof(buf), &m), -EBADMSG);
	assert_int_equal(dhcp_parse(buf, DHCP_MSG_MAX, &m), 0);
}

static void
test_end_may_be_missing_and_pad_is_skipped(void **state)
{
	uint8_t buf[DHCP_MSG_MAX];
	struct dhcp_msg m;
	size_t size;

	(void)state;
	assert_int_equal(PARSE(&m, "\0\0\x35\x01\x03\0\x0c\x02hi"), 0);
	assert_int_equal(dhcp_type(&m), DHCPREQUEST);
	assert_opt(&m, DHO_HOST_NAME, "hi", 2);
}

static void
test_what_follows_end_is_ignored(void **state)
{
	uint8_t buf[DHCP_MSG_MAX];
	struct dhcp_msg m;
	size_t size;

	(void)state;
	assert_int_equal(PARSE(&m, "\x35\x01\x01\xff\x0c\x99"), 0);
	assert_false(m.has[DHO_HOST_NAME]);
}

/* RFC 3396 section 7: the parts of a long option may stand apart. */
static void
test_repeated_options_are_one_value(void **state)
{
	uint8_t buf[DHCP_MSG_MAX];
	struct dhcp_msg m;
	size_t size;

	(void)state;
	assert_int_equal(PARSE(&m, "\x43\x03" "abc" "\x35\x01\x01" "\x43\x02" "de"
	    "\xff"), 0);
	assert_opt(&m, DHO_BOOTFILE_NAME, "abcde", 5);
	assert_opt(&m, DHO_DHCP_MESSAGE_TYPE, "\1", 1);
	assert_int_equal(m.n, 2);
}

static void
test_an_empty_option_is_there(void **state)
{
	uint8_t buf[DHCP_MSG_MAX];
	struct dhcp_msg m;
	size_t size, len = 7;

	(void)state;
	assert_int_equal(PARSE(&m, "\x50\0\xff"), 0);
	assert_non_null(dhcp_opt(&m, 0x50, &len));
	assert_int_equal(len, 0);
	assert_null(dhcp_opt(&m, 0x51, &len));
}

static size_t
overloaded(uint8_t buf[DHCP_MSG_MAX], uint8_t bits)
{
	uint8_t opt[] = { 0x35, 1, 1, 0x34, 1, bits, 0x0c, 1, 'a', 0xff };
	size_t size = with_options(buf, opt, sizeof(opt));

	memcpy(buf + 108, "\x0c\x01" "b\xff", 4);	/* file */
	memcpy(buf + 44, "\x0c\x01" "c\xff", 4);	/* sname */
	return size;
}

/* RFC 2132 9.3, and the order of RFC 3396 section 5: options, file, sname. */
static void
test_overload_is_read(void **state)
{
	uint8_t buf[DHCP_MSG_MAX];
	struct dhcp_msg m;

	(void)state;
	assert_int_equal(dhcp_parse(buf, overloaded(buf, 3), &m), 0);
	assert_opt(&m, DHO_HOST_NAME, "abc", 3);
	assert_string_equal(m.file, "");
	assert_string_equal(m.sname, "");
	assert_int_equal(dhcp_parse(buf, overloaded(buf, OVERLOAD_FILE), &m), 0);
	assert_opt(&m, DHO_HOST_NAME, "ab", 2);
	assert_string_equal(m.sname, "\x0c\x01" "c\xff");
	assert_int_equal(dhcp_parse(buf, overloaded(buf, OVERLOAD_SNAME), &m), 0);
	assert_opt(&m, DHO_HOST_NAME, "ac", 2);
	assert_int_equal(dhcp_parse(buf, overloaded(buf, 4), &m), 0);
	assert_opt(&m, DHO_HOST_NAME, "a", 1);
}

/* An option 52 inside file says nothing: no loop through the fields. */
static void
test_overload_within_overload_is_ignored(void **state)
{
	uint8_t buf[DHCP_MSG_MAX];
	struct dhcp_msg m;
	size_t size = overloaded(buf, OVERLOAD_FILE);

	(void)state;
	memcpy(buf + 108, "\x34\x01\x03\xff", 4);
	assert_int_equal(dhcp_parse(buf, size, &m), 0);
	assert_opt(&m, DHO_HOST_NAME, "a", 1);
}

static void
test_numbers_must_have_their_length(void **state)
{
	uint8_t buf[DHCP_MSG_MAX], b = 9;
	uint16_t h = 9;
	uint32_t w = 9;
	struct dhcp_msg m;
	size_t size;

	(void)state;
	assert_int_equal(PARSE(&m, "\x35\x02\x01\x01\x39\x02\x05\xc0\x32\x03\1\2\3"
	    "\x33\x04\1\2\3\4\xff"), 0);
	assert_int_equal(dhcp_type(&m), -1);
	assert_false(dhcp_opt_u8(&m, DHO_DHCP_MESSAGE_TYPE, &b));
	assert_int_equal(b, 9);
	assert_true(dhcp_opt_u16(&m, DHO_DHCP_MAX_MESSAGE_SIZE, &h));
	assert_int_equal(h, 1472);
	assert_false(dhcp_opt_u32(&m, DHO_DHCP_REQUESTED_ADDRESS, &w));
	assert_int_equal(w, 9);
	assert_true(dhcp_opt_u32(&m, DHO_DHCP_LEASE_TIME, &w));
	assert_int_equal(w, 0x01020304);
	assert_false(dhcp_opt_u16(&m, DHO_ROUTERS, &h));
}

/* Writing ----------------------------------------------------------------- */

static void
reply_init(struct dhcp_msg *m)
{
	dhcp_init(m);
	m->op = BOOTREPLY;
	m->htype = HTYPE_ETHER;
	m->hlen = 6;
	m->xid = 0x12345678;
	m->yiaddr = 0xc0a80a20;
	m->chaddr[0] = 2;
}

static void
test_what_is_written_reads_the_same(void **state)
{
	uint8_t buf[DHCP_MSG_MAX];
	struct dhcp_msg m, n;
	int len;

	(void)state;
	reply_init(&m);
	m.secs = 1;
	m.flags = BOOTP_BROADCAST;
	m.ciaddr = 1;
	m.siaddr = 3;
	m.giaddr = 4;
	m.hops = 2;
	strcpy(m.file, "boot/pxeboot");
	strcpy(m.sname, "pxe-gw");
	assert_int_equal(dhcp_put_u8(&m, DHO_DHCP_MESSAGE_TYPE, DHCPOFFER), 0);
	assert_int_equal(dhcp_put_u32(&m, DHO_SUBNET_MASK, 0xffffff00), 0);
	assert_int_equal(dhcp_put_addrs(&m, DHO_ROUTERS,
	    (uint32_t[]){ 0x0a000001, 0x0a000002 }, 2), 0);
	len = dhcp_write(&m, 548, buf, NULL);
	assert_int_equal(dhcp_parse(buf, (size_t)len, &n), 0);
	assert_memory_equal(&n, &m, offsetof(struct dhcp_msg, cookie));
	assert_int_equal(n.n, 3);
	assert_opt(&n, DHO_SUBNET_MASK, "\xff\xff\xff\0", 4);
	assert_opt(&n, DHO_ROUTERS, "\x0a\0\0\1\x0a\0\0\2", 8);
	assert_int_equal(dhcp_type(&n), DHCPOFFER);
}

/* RFC 1542 2.1: "at least 300 octets"; the zeroes stand after END, for
 * FreeBSD's loader reads the byte after a PAD as a length. */
static void
test_is_padded_after_end_only(void **state)
{
	uint8_t buf[DHCP_MSG_MAX];
	struct dhcp_msg m;

	(void)state;
	reply_init(&m);
	assert_int_equal(dhcp_put_u8(&m, DHO_DHCP_MESSAGE_TYPE, DHCPOFFER), 0);
	assert_int_equal(dhcp_write(&m, 548, buf, NULL), BOOTP_MIN_LEN);
	assert_memory_equal(buf + 236, "\x63\x82\x53\x63\x35\x01\x02\xff", 8);
	for (int i = 244; i < BOOTP_MIN_LEN; i++)
		assert_int_equal(buf[i], 0);
}

static void
test_without_options_there_is_no_cookie(void **state)
{
	uint8_t buf[DHCP_MSG_MAX];
	struct dhcp_msg m;

	(void)state;
	reply_init(&m);
	assert_int_equal(dhcp_write(&m, 300, buf, NULL), BOOTP_MIN_LEN);
	for (int i = 236; i < BOOTP_MIN_LEN; i++)
		assert_int_equal(buf[i], 0);
}

/* RFC 3396 section 7. */
static void
test_a_long_option_is_split(void **state)
{
	uint8_t buf[DHCP_MSG_MAX];
	char text[300];
	struct dhcp_msg m, n;
	int len;

	(void)state;
	for (size_t i = 0; i < sizeof(text); i++)
		text[i] = (char)('a' + i % 26);
	reply_init(&m);
	assert_int_equal(dhcp_put(&m, DHO_ROOT_PATH, text, sizeof(text)), 0);
	len = dhcp_write(&m, 1472, buf, NULL);
	assert_int_equal(buf[240], DHO_ROOT_PATH);
	assert_int_equal(buf[241], 255);
	assert_int_equal(buf[242 + 255], DHO_ROOT_PATH);
	assert_int_equal(buf[243 + 255], 45);
	assert_int_equal(dhcp_parse(buf, (size_t)len, &n), 0);
	assert_opt(&n, DHO_ROOT_PATH, text, sizeof(text));
}

static void
test_what_does_not_fit_is_left_out_whole(void **state)
{
	uint8_t buf[DHCP_MSG_MAX], left;
	char text[200] = "x";
	struct dhcp_msg m, n;
	int len;

	(void)state;
	reply_init(&m);
	assert_int_equal(dhcp_put(&m, DHO_ROOT_PATH, text, sizeof(text)), 0);
	assert_int_equal(dhcp_put(&m, DHO_DOMAIN_NAME, text, sizeof(text)), 0);
	assert_int_equal(dhcp_put(&m, DHO_LOADER_VARS, text, sizeof(text)), 0);
	assert_int_equal(dhcp_put_u32(&m, DHO_SUBNET_MASK, 1), 0);
	len = dhcp_write(&m, 548, buf, &left);
	assert_true(len <= 548);
	assert_int_equal(left, DHO_DOMAIN_NAME);
	assert_int_equal(dhcp_parse(buf, (size_t)len, &n), 0);
	assert_true(n.has[DHO_ROOT_PATH]);
	assert_false(n.has[DHO_DOMAIN_NAME]);
	assert_false(n.has[DHO_LOADER_VARS]);
	assert_true(n.has[DHO_SUBNET_MASK]);	/* it still fits */
	len = dhcp_write(&m, 1472, buf, &left);
	assert_int_equal(left, 0);
	assert_int_equal(dhcp_parse(buf, (size_t)len, &n), 0);
	assert_int_equal(n.n, 4);
}

/* Every limit is kept to the byte. */
static void
test_never_longer_than_the_client_takes(void **state)
{
	uint8_t buf[DHCP_MSG_MAX];
	char text[100] = "x";
	struct dhcp_msg m;

	(void)state;
	reply_init(&m);
	for (uint8_t code = 100; code < 120; code++)
		assert_int_equal(dhcp_put(&m, code, text, code - 20u), 0);
	assert_int_equal(dhcp_put(&m, DHO_DHCP_AGENT_OPTIONS, text, 20), 0);
	for (size_t max = 0; max < 2500; max++) {
		int len = dhcp_write(&m, max, buf, NULL);

		assert_true(len >= BOOTP_MIN_LEN);
		assert_true((size_t)len <= (max < BOOTP_MIN_LEN ?
		    BOOTP_MIN_LEN : max));
	}
}

/* RFC 3046 2.2: "SHOULD copy the Relay Agent Information option as the last
 * DHCP option in the response"; "unable to copy a full Relay Agent Information
 * field [...] SHALL send the response without". */
static void
test_relay_information_comes_last_and_whole(void **state)
{
	uint8_t buf[DHCP_MSG_MAX], left;
	char text[200] = "x";
	struct dhcp_msg m, n;
	int len;

	(void)state;
	reply_init(&m);
	assert_int_equal(dhcp_put(&m, DHO_DHCP_AGENT_OPTIONS, text, 30), 0);
	assert_int_equal(dhcp_put(&m, DHO_ROOT_PATH, text, 150), 0);
	assert_int_equal(dhcp_put(&m, DHO_DOMAIN_NAME, text, 150), 0);
	len = dhcp_write(&m, 548, buf, &left);
	assert_int_equal(left, DHO_DOMAIN_NAME);
	assert_int_equal(buf[len - 1], DHO_END);
	assert_int_equal(buf[len - 1 - 32], DHO_DHCP_AGENT_OPTIONS);
	assert_int_equal(dhcp_parse(buf, (size_t)len, &n), 0);
	assert_opt(&n, DHO_DHCP_AGENT_OPTIONS, text, 30);

	reply_init(&m);
	assert_int_equal(dhcp_put(&m, DHO_DHCP_AGENT_OPTIONS, text, 200), 0);
	len = dhcp_write(&m, 548, buf, &left);
	assert_int_equal(left, DHO_DHCP_AGENT_OPTIONS);
	assert_int_equal(dhcp_parse(buf, (size_t)len, &n), 0);
	assert_int_equal(n.n, 0);
}

/* 300 bytes leave 59 for options before END. */
static void
test_fits_to_the_byte(void **state)
{
	uint8_t buf[DHCP_MSG_MAX], left;
	char text[64] = "x";
	struct dhcp_msg m;

	(void)state;
	reply_init(&m);
	assert_int_equal(dhcp_put(&m, 100, text, 55), 0);	/* 57 */
	assert_int_equal(dhcp_put(&m, 101, text, 0), 0);	/* 2 */
	assert_int_equal(dhcp_write(&m, 300, buf, &left), 300);
	assert_int_equal(left, 0);
	assert_int_equal(buf[299], DHO_END);
	assert_memory_equal(buf + 297, "\x65\0\xff", 3);
	assert_int_equal(dhcp_put(&m, 102, text, 0), 0);
	assert_int_equal(dhcp_write(&m, 300, buf, &left), 300);
	assert_int_equal(left, 102);
}

static void
test_a_full_message_says_so(void **state)
{
	static uint8_t big[DHCP_MSG_MAX + 1];
	struct dhcp_msg m;

	(void)state;
	reply_init(&m);
	assert_int_equal(dhcp_put(&m, 100, big, sizeof(big)), -ENOBUFS);
	assert_false(m.has[100]);
	assert_int_equal(dhcp_put(&m, 100, big, DHCP_MSG_MAX), 0);
	assert_int_equal(dhcp_put_u8(&m, 101, 1), -ENOBUFS);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_reads_the_fields),
		cmocka_unit_test(test_text_fields_may_be_full),
		cmocka_unit_test(test_every_truncation_is_safe),
		cmocka_unit_test(test_an_option_that_runs_over_the_end_is_refused),
		cmocka_unit_test(test_a_longer_message_than_any_client_sends_is_refused),
		cmocka_unit_test(test_end_may_be_missing_and_pad_is_skipped),
		cmocka_unit_test(test_what_follows_end_is_ignored),
		cmocka_unit_test(test_repeated_options_are_one_value),
		cmocka_unit_test(test_an_empty_option_is_there),
		cmocka_unit_test(test_overload_is_read),
		cmocka_unit_test(test_overload_within_overload_is_ignored),
		cmocka_unit_test(test_numbers_must_have_their_length),
		cmocka_unit_test(test_what_is_written_reads_the_same),
		cmocka_unit_test(test_is_padded_after_end_only),
		cmocka_unit_test(test_without_options_there_is_no_cookie),
		cmocka_unit_test(test_a_long_option_is_split),
		cmocka_unit_test(test_what_does_not_fit_is_left_out_whole),
		cmocka_unit_test(test_never_longer_than_the_client_takes),
		cmocka_unit_test(test_relay_information_comes_last_and_whole),
		cmocka_unit_test(test_fits_to_the_byte),
		cmocka_unit_test(test_a_full_message_says_so),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

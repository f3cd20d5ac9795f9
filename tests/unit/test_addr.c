/* Addresses: what is read, what is refused, and that printing is the inverse. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "../../lib/addr.h"

#define N(a)	(sizeof(a) / sizeof((a)[0]))

/* Every shorter beginning of good text is refused; the copies are exact so
 * that ASan sees a byte read too far. */
#define REFUSES_BEGINNINGS(parse, text, type) do {			\
	for (size_t n_ = 0; n_ < strlen(text); n_++) {			\
		char *s_ = strndup(text, n_);				\
		type ret_;						\
		assert_non_null(s_);					\
		assert_int_equal(parse(s_, &ret_), -EINVAL);		\
		free(s_);						\
	}								\
} while (0)

static void
test_mac_is_read_in_three_notations(void **state)
{
	static const char *const good[] = {
		"52:54:00:ab:CD:ef", "52-54-00-AB-cd-ef", "5254.00ab.cdef"
	};
	char text[MAC_STRLEN];
	struct mac m;

	(void)state;
	for (size_t i = 0; i < N(good); i++) {
		memset(&m, 0, sizeof(m));
		assert_int_equal(mac_parse(good[i], &m), 0);
		assert_string_equal(mac_str(m, text), "52:54:00:ab:cd:ef");
		REFUSES_BEGINNINGS(mac_parse, good[i], struct mac);
	}
}

static void
test_mac_refuses_anything_else(void **state)
{
	static const char *const bad[] = {
		"", "52:54:00:ab:cd", "52:54:00:ab:cd:ef:01", "52:54-00:ab:cd:ef",
		"52:54:00:ab:cd:eg", "525400abcdef", "52:54:00:ab:cd:ef ",
		"5:254:00:ab:cd:ef", "5254.00ab-cdef", "0x:54:00:ab:cd:ef",
		"+2:54:00:ab:cd:ef", "52::54:00:ab:cd:e", "5254:00ab:cdef",
	};
	struct mac m = { { 1, 2, 3, 4, 5, 6 } };

	(void)state;
	for (size_t i = 0; i < N(bad); i++)
		assert_int_equal(mac_parse(bad[i], &m), -EINVAL);
	assert_int_equal(m.b[0], 1);		/* left alone */
	assert_int_equal(m.b[5], 6);
}

static void
test_mac_compares(void **state)
{
	struct mac a = { { 0, 0, 0, 0, 0, 1 } }, b = { { 0 } };

	(void)state;
	assert_false(mac_equal(a, b));
	assert_true(mac_equal(a, a));
	assert_true(mac_is_zero(b));
	assert_false(mac_is_zero(a));
}

static void
test_ip4_round_trip(void **state)
{
	static const struct { const char *text; uint32_t addr; } good[] = {
		{ "0.0.0.0", 0 }, { "255.255.255.255", 0xffffffff },
		{ "192.0.2.1", 0xc0000201 }, { "10.20.30.40", 0x0a141e28 },
	};
	char text[IP4_STRLEN];
	uint32_t a;

	(void)state;
	for (size_t i = 0; i < N(good); i++) {
		assert_int_equal(ip4_parse(good[i].text, &a), 0);
		assert_int_equal(a, good[i].addr);
		assert_string_equal(ip4_str(a, text), good[i].text);
	}
	REFUSES_BEGINNINGS(ip4_parse, "192.0.2.1", uint32_t);
}

/* inet_aton(3) would take most of these for some address. */
static void
test_ip4_refuses_anything_but_a_dotted_quad(void **state)
{
	static const char *const bad[] = {
		"", "1", "1.2", "1.2.3", "1.2.3.4.5", "1.2.3.256", "1.2.3.4 ",
		" 1.2.3.4", "1.2.3.04", "010.2.3.4", "0x1.2.3.4", "1.2.3.-4",
		"1.2.3.+4", "1..3.4", ".1.2.3.4", "1.2.3.4.", "1.2.3.4294967297",
		"1.2.3.4/24", "::1", "1.2.3.00",
	};
	uint32_t a = 7;

	(void)state;
	for (size_t i = 0; i < N(bad); i++)
		assert_int_equal(ip4_parse(bad[i], &a), -EINVAL);
	assert_int_equal(a, 7);
}

static void
test_net4_wants_no_host_bits(void **state)
{
	static const char *const good[] = {
		"0.0.0.0/0", "10.0.0.0/8", "192.0.2.128/25", "192.0.2.1/32"
	};
	static const char *const bad[] = {
		"192.0.2.1/24", "11.0.0.0/7", "0.0.0.1/0", "10.0.0.0/33", "10.0.0.0",
		"10.0.0.0/", "10.0.0.0/08", "10.0.0.0/8 ", "10.0.0.0/-8",
		"10.0.0.0/255.0.0.0", "10.0.0.0//8",
	};
	char text[NET4_STRLEN];
	struct net4 n = { 7, 7 };

	(void)state;
	for (size_t i = 0; i < N(bad); i++)
		assert_int_equal(net4_parse(bad[i], &n), -EINVAL);
	assert_int_equal(n.addr, 7);
	assert_int_equal(n.plen, 7);
	for (size_t i = 0; i < N(good); i++) {
		assert_int_equal(net4_parse(good[i], &n), 0);
		assert_string_equal(net4_str(n, text), good[i]);
	}
	REFUSES_BEGINNINGS(net4_parse, "10.0.0.0/8", struct net4);
}

static struct net4
net(const char *s)
{
	struct net4 n;

	assert_int_equal(net4_parse(s, &n), 0);
	return n;
}

static uint32_t
ip(const char *s)
{
	uint32_t a;

	assert_int_equal(ip4_parse(s, &a), 0);
	return a;
}

static void
test_net4_mask_and_broadcast(void **state)
{
	(void)state;
	assert_int_equal(net4_mask(net("0.0.0.0/0")), 0);
	assert_int_equal(net4_mask(net("10.0.0.0/8")), 0xff000000);
	assert_int_equal(net4_mask(net("192.0.2.1/32")), 0xffffffff);
	assert_int_equal(net4_broadcast(net("0.0.0.0/0")), 0xffffffff);
	assert_int_equal(net4_broadcast(net("192.0.2.0/25")), 0xc000027f);
	assert_true(net4_has(net("192.0.2.0/25"), ip("192.0.2.127")));
	assert_false(net4_has(net("192.0.2.0/25"), ip("192.0.2.128")));
	assert_true(net4_has(net("0.0.0.0/0"), ip("255.255.255.255")));
}

static void
test_net4_is_host_excludes_what_no_host_may_have(void **state)
{
	struct net4 n = net("192.0.2.0/24"), all = net("0.0.0.0/0");

	(void)state;
	assert_true(net4_is_host(n, ip("192.0.2.1")));
	assert_true(net4_is_host(n, ip("192.0.2.254")));
	assert_false(net4_is_host(n, ip("192.0.2.0")));
	assert_false(net4_is_host(n, ip("192.0.2.255")));
	assert_false(net4_is_host(n, ip("192.0.3.1")));
	assert_true(net4_is_host(all, ip("8.8.8.8")));
	assert_false(net4_is_host(all, ip("0.0.0.5")));
	assert_false(net4_is_host(all, ip("127.0.0.1")));
	assert_false(net4_is_host(all, ip("224.0.0.1")));
	assert_false(net4_is_host(all, ip("255.255.255.254")));
	/* RFC 3021: a /31 has two hosts. */
	assert_true(net4_is_host(net("192.0.2.2/31"), ip("192.0.2.2")));
	assert_true(net4_is_host(net("192.0.2.2/31"), ip("192.0.2.3")));
	assert_true(net4_is_host(net("192.0.2.2/32"), ip("192.0.2.2")));
}

static void
test_range4_is_two_addresses_in_order_or_one(void **state)
{
	static const char *const bad[] = {
		"192.0.2.9-192.0.2.8", "192.0.2.9-", "-192.0.2.9", "",
		"192.0.2.9 - 192.0.2.10", "192.0.2.1-192.0.2.2-192.0.2.3",
		"192.0.2.0/24", "192.0.2.1-9",
	};
	char text[RANGE4_STRLEN];
	struct range4 r = { 7, 7 };

	(void)state;
	for (size_t i = 0; i < N(bad); i++)
		assert_int_equal(range4_parse(bad[i], &r), -EINVAL);
	assert_int_equal(r.lo, 7);
	assert_int_equal(range4_parse("192.0.2.9", &r), 0);
	assert_int_equal(r.lo, r.hi);
	assert_string_equal(range4_str(r, text), "192.0.2.9");
	assert_int_equal(range4_parse("100.100.100.100-200.200.200.200", &r), 0);
	assert_string_equal(range4_str(r, text), "100.100.100.100-200.200.200.200");
}

/* RFC 4578 section 2.3, SMBIOS 7.2.1: the first three fields are little
 * endian on the wire. */
static void
test_uuid_wire_order_is_that_of_smbios(void **state)
{
	static const uint8_t wire[16] = {
		0x33, 0x22, 0x11, 0x00, 0x55, 0x44, 0x77, 0x66,
		0x88, 0x99, 0xaa, 0xbb, 0xcc, 0xdd, 0xee, 0xff,
	};
	static const char *const bad[] = {
		"00112233-4455-6677-8899-aabbccddeef", "",
		"00112233-4455-6677-8899-aabbccddeeff0",
		"0011223344556677-8899-aabb-ccddeeff00",
		"00112233-4455-6677-8899-aabbccddeefg",
		"00112233+4455-6677-8899-aabbccddeeff",
	};
	struct uuid u = { { 7 } };
	char text[UUID_STRLEN];

	(void)state;
	for (size_t i = 0; i < N(bad); i++)
		assert_int_equal(uuid_parse(bad[i], &u), -EINVAL);
	assert_int_equal(u.b[0], 7);
	assert_int_equal(uuid_parse("00112233-4455-6677-8899-AABBCCDDEEFF", &u), 0);
	assert_memory_equal(u.b, wire, sizeof(wire));
	assert_string_equal(uuid_str(&u, text),
	    "00112233-4455-6677-8899-aabbccddeeff");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_mac_is_read_in_three_notations),
		cmocka_unit_test(test_mac_refuses_anything_else),
		cmocka_unit_test(test_mac_compares),
		cmocka_unit_test(test_ip4_round_trip),
		cmocka_unit_test(test_ip4_refuses_anything_but_a_dotted_quad),
		cmocka_unit_test(test_net4_wants_no_host_bits),
		cmocka_unit_test(test_net4_mask_and_broadcast),
		cmocka_unit_test(test_net4_is_host_excludes_what_no_host_may_have),
		cmocka_unit_test(test_range4_is_two_addresses_in_order_or_one),
		cmocka_unit_test(test_uuid_wire_order_is_that_of_smbios),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* test_dhcp_carry.c - which leases of another server may become ours. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include "../../dhcpd/dhcp_carry.h"
#include "dhcp_fixture.h"

static int
carry(struct bench *b, uint32_t addr, struct mac mac, int64_t expiry, char why[160])
{
	const struct lease l = { .addr = addr, .mac = mac, .state = LEASE_BOUND,
	    .start = NOW, .expiry = expiry };

	return dhcp_carry(b->nets, b->leases, &l, NOW, why);
}

static void
test_only_what_is_ours_to_lease_and_free(void **state)
{
	struct lease l = { .addr = LO, .mac = mac_dyn, .state = LEASE_BOUND,
	    .start = NOW, .expiry = NOW + 60 };
	struct mac mac = mac_fix;
	struct bench b;
	char why[160];

	(void)state;
	bench_init(&b);
	b.host[0].mac = &mac;
	b.host[0].n_mac = 1;
	bench_up(&b);
	assert_int_equal(carry(&b, LO, mac_other, NOW + 60, why), 0);
	assert_int_equal(carry(&b, LO, mac_other, LEASE_FOREVER, why), 0);
	assert_int_equal(carry(&b, LO, mac_other, NOW, why), -ESTALE);
	assert_string_equal(why, "it has expired");
	assert_int_equal(carry(&b, LO, mac_other, INT64_MAX - 1, why), -ERANGE);
	assert_string_equal(why, "it ends later than any lease");
	assert_int_equal(carry(&b, IP(192, 168, 77, 1), mac_other, NOW + 60, why), -ERANGE);
	assert_string_equal(why, "it is in none of the networks");
	assert_int_equal(carry(&b, HI + 1, mac_other, NOW + 60, why), -ERANGE);
	assert_string_equal(why, "it is in none of the ranges");
	/* A host's address is carried over for the host alone. */
	assert_int_equal(carry(&b, FIXED, mac_fix, NOW + 60, why), 0);
	assert_int_equal(carry(&b, FIXED, mac_other, NOW + 60, why), -EADDRINUSE);
	assert_string_equal(why, "the address is host fix's");
	/* Given by us meanwhile. */
	assert_int_equal(lease_put(b.leases, &l), 0);
	assert_int_equal(carry(&b, LO, mac_dyn, NOW + 99, why), 0);
	assert_int_equal(carry(&b, LO, mac_other, NOW + 99, why), -EADDRINUSE);
	assert_string_equal(why, "it is leased to 02:00:00:00:00:02 already");
	l.expiry = NOW;
	assert_int_equal(lease_put(b.leases, &l), 0);
	assert_int_equal(carry(&b, LO, mac_other, NOW + 99, why), 0);
	l.state = LEASE_DECLINED;
	l.expiry = NOW + 1;
	assert_int_equal(lease_put(b.leases, &l), 0);
	assert_int_equal(carry(&b, LO, mac_dyn, NOW + 99, why), -EADDRINUSE);
	bench_down(&b);
}

static void
test_not_where_another_server_gives_them(void **state)
{
	struct bench b;
	char why[160];

	(void)state;
	bench_init(&b);
	b.subnet[0].mode = DHCP_PROXY;
	b.subnet[1].mode = DHCP_RESERVATION;
	bench_up(&b);
	assert_int_equal(carry(&b, LO, mac_other, NOW + 60, why), -ERANGE);
	assert_string_equal(why, "no addresses are given on its network");
	assert_int_equal(carry(&b, IP(10, 0, 0, 50), mac_other, NOW + 60, why), 0);
	bench_down(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_only_what_is_ours_to_lease_and_free),
		cmocka_unit_test(test_not_where_another_server_gives_them),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

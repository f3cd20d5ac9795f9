/* test_wake.c - the packet of Wake-on-LAN, byte for byte. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "../../fleet/wake.h"

static const struct mac mac = { { 0x52, 0x54, 0, 1, 2, 3 } };

static void
test_six_ff_and_sixteen_times_the_address(void **state)
{
	uint8_t p[WAKE_MAX];

	(void)state;
	assert_int_equal(wake_packet(mac, (struct mac){ { 0 } }, p), 102);
	for (unsigned i = 0; i < 6; i++)
		assert_int_equal(p[i], 0xff);
	for (unsigned i = 0; i < 16; i++)
		assert_memory_equal(p + 6 + 6 * i, mac.b, 6);
}

static void
test_the_password_comes_last(void **state)
{
	const struct mac password = { { 1, 2, 3, 4, 5, 6 } };
	uint8_t p[WAKE_MAX];

	(void)state;
	assert_int_equal(wake_packet(mac, password, p), 108);
	assert_memory_equal(p + 96, mac.b, 6);
	assert_memory_equal(p + 102, password.b, 6);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_six_ff_and_sixteen_times_the_address),
		cmocka_unit_test(test_the_password_comes_last),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

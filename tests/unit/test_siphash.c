/* SipHash-2-4 against the authors' own vectors. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "../../lib/siphash.h"

/* Key 00 01 .. 0f; the message is 00 01 .. of each length.  Length 15 is the
 * example of the paper's appendix A. */
static const struct { size_t len; uint64_t hash; } vector[] = {
	{ 0, 0x726fdb47dd0e0e31 }, { 1, 0x74f839c593dc67fd },
	{ 2, 0x0d6c8009d9a94f5a }, { 3, 0x85676696d7fb7e2d },
	{ 4, 0xcf2794e0277187b7 }, { 5, 0x18765564cd99a68d },
	{ 6, 0xcbc9466e58fee3ce }, { 7, 0xab0200f58b01d137 },
	{ 8, 0x93f5f5799a932462 }, { 9, 0x9e0082df0ba9e4b0 },
	{ 10, 0x7a5dbbc594ddb9f3 }, { 11, 0xf4b32f46226bada7 },
	{ 12, 0x751e8fbc860ee5fb }, { 13, 0x14ea5627c0843d90 },
	{ 14, 0xf723ca908e7af2ee }, { 15, 0xa129ca6149be45e5 },
	{ 16, 0x3f2acc7f57c29bdb }, { 17, 0x699ae9f52cbe4794 },
	{ 63, 0x958a324ceb064572 },
};

static void
test_gives_the_reference_hashes(void **state)
{
	uint8_t key[16], msg[64];

	(void)state;
	for (size_t i = 0; i < sizeof(key); i++)
		key[i] = (uint8_t)i;
	for (size_t i = 0; i < sizeof(msg); i++)
		msg[i] = (uint8_t)i;
	for (size_t i = 0; i < sizeof(vector) / sizeof(vector[0]); i++)
		assert_true(siphash(key, msg, vector[i].len) == vector[i].hash);
}

static void
test_depends_on_every_byte_of_the_key(void **state)
{
	uint8_t key[16] = { 0 };
	uint64_t zero = siphash(key, "x", 1);

	(void)state;
	for (size_t i = 0; i < sizeof(key); i++) {
		key[i] = 1;
		assert_true(siphash(key, "x", 1) != zero);
		key[i] = 0;
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_gives_the_reference_hashes),
		cmocka_unit_test(test_depends_on_every_byte_of_the_key),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* test_dhcp_facts.c - what a request tells of its sender (RFC 4578, 3004, 2132). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../../dhcpd/dhcp_facts.h"

static void
start(struct dhcp_msg *m)
{
	dhcp_init(m);
	m->op = BOOTREQUEST;
	m->htype = HTYPE_ETHER;
	m->hlen = 6;
	memcpy(m->chaddr, "\x52\x54\0\x12\x34\x56", 6);
	assert_int_equal(dhcp_put_u8(m, DHO_DHCP_MESSAGE_TYPE, DHCPDISCOVER), 0);
}

#define PUT(m, code, lit) \
	assert_int_equal(dhcp_put(m, code, lit, sizeof(lit) - 1), 0)

/* As recorded of each program. */
static void
test_tells_programs_apart(void **state)
{
	struct dhcp_msg m;
	struct dhcp_facts f;

	(void)state;
	start(&m);
	PUT(&m, DHO_VENDOR_CLASS_IDENTIFIER, "PXEClient:Arch:00000:UNDI:002001");
	PUT(&m, DHO_PXE_SYSTEM_TYPE, "\0\0");
	dhcp_facts(&m, &f);
	assert_int_equal(f.fw, FW_PXE_BIOS);
	assert_true(dhcp_facts_pxe_rom(&f));
	assert_false(dhcp_facts_ipxe(&f));

	PUT(&m, DHO_USER_CLASS, "iPXE");
	dhcp_facts(&m, &f);
	assert_int_equal(f.fw, FW_IPXE_BIOS);
	assert_false(dhcp_facts_pxe_rom(&f));
	assert_true(dhcp_facts_ipxe(&f));

	start(&m);
	PUT(&m, DHO_VENDOR_CLASS_IDENTIFIER, "PXEClient:Arch:00007:UNDI:003000");
	PUT(&m, DHO_PXE_SYSTEM_TYPE, "\0\7");
	dhcp_facts(&m, &f);
	assert_int_equal(f.fw, FW_PXE_UEFI_X64);
	assert_true(dhcp_facts_pxe_rom(&f));
	PUT(&m, DHO_IPXE_ENCAPSULATED, "\xb1\x05\x01\x80\x86\x10\x0e");
	dhcp_facts(&m, &f);
	assert_int_equal(f.fw, FW_IPXE_UEFI);

	start(&m);
	PUT(&m, DHO_VENDOR_CLASS_IDENTIFIER, "PXEClient");
	dhcp_facts(&m, &f);
	assert_int_equal(f.fw, FW_FREEBSD_LOADER);
	assert_false(dhcp_facts_pxe_rom(&f));
	PUT(&m, DHO_USER_CLASS, "\7" "FreeBSD");
	dhcp_facts(&m, &f);
	assert_int_equal(f.fw, FW_FREEBSD_LOADER);

	start(&m);
	PUT(&m, DHO_VENDOR_CLASS_IDENTIFIER, "udhcp 1.35.0");
	dhcp_facts(&m, &f);
	assert_int_equal(f.fw, FW_OS);
	start(&m);
	dhcp_facts(&m, &f);
	assert_int_equal(f.fw, FW_OS);

	dhcp_init(&m);
	dhcp_facts(&m, &f);
	assert_int_equal(f.fw, FW_BOOTP);
}

/* It is firmware, but an option 60 of PXEClient would mislead it. */
static void
test_an_http_client_is_no_pxe_rom(void **state)
{
	struct dhcp_msg m;
	struct dhcp_facts f;

	(void)state;
	start(&m);
	PUT(&m, DHO_VENDOR_CLASS_IDENTIFIER, "HTTPClient:Arch:00016:UNDI:003000");
	PUT(&m, DHO_PXE_SYSTEM_TYPE, "\0\x10");
	dhcp_facts(&m, &f);
	assert_false(dhcp_facts_pxe_rom(&f));
}

/* RFC 4578 2.3: "Type: 0, 16 octets of UUID". */
static void
test_takes_the_uuid_of_option_97(void **state)
{
	struct dhcp_msg m;
	struct dhcp_facts f;

	(void)state;
	start(&m);
	PUT(&m, DHO_PXE_CLIENT_ID, "\0" "0123456789abcdef");
	dhcp_facts(&m, &f);
	assert_true(f.has_uuid);
	assert_memory_equal(f.uuid.b, "0123456789abcdef", 16);
	assert_int_equal(f.mac.b[1], 0x54);
}

static void
test_a_uuid_that_names_no_machine_is_none(void **state)
{
	static const struct { const char *v; size_t len; } bad[] = {
		{ "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 17 },	/* QEMU without one */
		{ "\0\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", 17 },
		{ "\1" "0123456789abcdef", 17 },	/* another type */
		{ "\0" "0123456789abcde", 16 },
		{ "\0" "0123456789abcdefg", 18 },
		{ "", 0 },
	};
	struct dhcp_msg m;
	struct dhcp_facts f;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		start(&m);
		assert_int_equal(dhcp_put(&m, DHO_PXE_CLIENT_ID, bad[i].v,
		    bad[i].len), 0);
		dhcp_facts(&m, &f);
		assert_false(f.has_uuid);
	}
}

/* RFC 4578 2.1: a list of 16-bit numbers. */
static void
test_takes_the_first_architecture(void **state)
{
	struct dhcp_msg m;
	struct dhcp_facts f;

	(void)state;
	start(&m);
	PUT(&m, DHO_PXE_SYSTEM_TYPE, "\0\7\0\x10");
	dhcp_facts(&m, &f);
	assert_true(f.raw.has_arch);
	assert_int_equal(f.raw.arch, 7);
	start(&m);
	PUT(&m, DHO_PXE_SYSTEM_TYPE, "\7");
	dhcp_facts(&m, &f);
	assert_false(f.raw.has_arch);
}

static void
test_a_class_longer_than_an_option_is_cut(void **state)
{
	char text[300];
	struct dhcp_msg m;
	struct dhcp_facts f;

	(void)state;
	memset(text, 'x', sizeof(text));
	start(&m);
	assert_int_equal(dhcp_put(&m, DHO_USER_CLASS, text, sizeof(text)), 0);
	dhcp_facts(&m, &f);
	assert_int_equal(f.raw.user_class_len, 255);
	assert_int_equal(f.fw, FW_OS);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_tells_programs_apart),
		cmocka_unit_test(test_an_http_client_is_no_pxe_rom),
		cmocka_unit_test(test_takes_the_uuid_of_option_97),
		cmocka_unit_test(test_a_uuid_that_names_no_machine_is_none),
		cmocka_unit_test(test_takes_the_first_architecture),
		cmocka_unit_test(test_a_class_longer_than_an_option_is_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

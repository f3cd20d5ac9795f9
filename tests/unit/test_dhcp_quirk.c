/* test_dhcp_quirk.c - what odd firmware is told besides its boot plan. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "../../dhcpd/dhcp_quirk.h"
#include "../../dhcpd/dhcp_reply_boot.h"

static struct dhcp_facts
machine(enum firmware fw, const char *class)
{
	struct dhcp_facts f = { .fw = fw };

	if (class != NULL) {
		f.raw.vendor_class = (const uint8_t *)class;
		f.raw.vendor_class_len = (uint8_t)strlen(class);
	}
	return f;
}

#define PXE	(DQ_PXE_CLASS | DQ_NO_DISCOVERY | DQ_NUL_67)

static void
test_each_kind_has_its_flags(void **state)
{
	static const struct { enum fw_kind kind; const char *class; unsigned want; } as[] = {
		{ FK_OS, NULL, 0 }, { FK_BOOTP, NULL, 0 },
		{ FK_LOADER, "PXEClient", 0 },
		{ FK_PXE, "PXEClient:Arch:00000:UNDI:002001", PXE },
		{ FK_IPXE, "PXEClient:Arch:00000:UNDI:002001", DQ_NO_PXEDHCP },
		{ FK_HTTP, "HTTPClient:Arch:00016:UNDI:003001",
		  DQ_HTTP_CLASS | DQ_ALWAYS_67 | DQ_NO_66 },
		{ FK_UBOOT, "U-Boot", DQ_NO_66 },
		{ FK_RPI, "PXEClient:Arch:00000:UNDI:002001",
		  DQ_PXE_CLASS | DQ_RPI_MENU | DQ_ALWAYS_66 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(as) / sizeof(as[0]); i++)
		for (unsigned arch = 0; arch < FA__COUNT; arch++) {
			struct dhcp_facts f = machine((enum firmware)
			    FIRMWARE(as[i].kind, arch), as[i].class);

			assert_int_equal(dhcp_quirks(&f), as[i].want);
		}
}

static void
test_every_row_has_a_name_and_holds_for_somebody(void **state)
{
	const char *name, *why;
	bool holds;
	unsigned i;

	(void)state;
	for (i = 0; dhcp_quirk_row(i, NULL, &name, &why, &holds); i++) {
		bool any = false;

		assert_false(holds);
		assert_true(strlen(name) > 0 && strlen(why) > 0);
		for (unsigned fw = 0; fw < FW__COUNT; fw++) {
			struct dhcp_facts f = machine((enum firmware)fw, "PXEClient");

			assert_true(dhcp_quirk_row(i, &f, &name, &why, &holds));
			any |= holds;
		}
		assert_true(any);
	}
	assert_true(i >= 6);
}

static const uint8_t *
opt(const struct dhcp_msg *m, uint8_t code, size_t *len)
{
	const uint8_t *p = dhcp_opt(m, code, len);

	assert_non_null(p);
	return p;
}

/* Documented by Raspberry Pi, and what dnsmasq is told to send them. */
static void
test_a_raspberry_pi_gets_its_menu(void **state)
{
	struct dhcp_facts f = machine(FW_RPI, "PXEClient:Arch:00000:UNDI:002001");
	struct boot_plan plan = { .action = BOOT_FILE, .next_server = 0xc0a80a01 };
	struct dhcp_msg m;
	const uint8_t *p;
	size_t len;

	(void)state;
	dhcp_init(&m);
	dhcp_reply_boot_class(&m, &f, &plan);
	dhcp_reply_boot_names(&m, &f, &plan, false, false);
	p = opt(&m, DHO_VENDOR_ENCAPSULATED_OPTIONS, &len);
	assert_int_equal(len, 3 + 6 + 22 + 1);
	assert_memory_equal(p, "\x06\x01\x03\x0a\x04\0PXE\x09\x14\0\0\x11Raspberry Pi Boot\xff", len);
	p = opt(&m, DHO_TFTP_SERVER_NAME, &len);
	assert_int_equal(len, strlen("192.168.10.1"));
	assert_memory_equal(p, "192.168.10.1", len);
	assert_false(m.has[DHO_BOOTFILE_NAME]);
}

/* UEFI 2.10 24.7.3.1: the class is repeated, and the URL is in 67. */
static void
test_http_boot_gets_a_url_whether_it_asks_or_not(void **state)
{
	struct dhcp_facts f = machine(FW_HTTP_UEFI_X64, "HTTPClient:Arch:00016:UNDI:003001");
	struct boot_plan plan = { .action = BOOT_FILE, .next_server = 0xc0a80a01,
	    .file = "http://192.168.10.1/x.efi" };
	struct dhcp_msg m;
	size_t len;

	(void)state;
	dhcp_init(&m);
	dhcp_reply_boot_class(&m, &f, &plan);
	dhcp_reply_boot_names(&m, &f, &plan, true, false);
	assert_memory_equal(opt(&m, DHO_VENDOR_CLASS_IDENTIFIER, &len), "HTTPClient", 10);
	assert_int_equal(len, 10);
	assert_memory_equal(opt(&m, DHO_BOOTFILE_NAME, &len), plan.file, strlen(plan.file));
	assert_int_equal(len, strlen(plan.file));
	assert_false(m.has[DHO_VENDOR_ENCAPSULATED_OPTIONS]);
	assert_false(m.has[DHO_TFTP_SERVER_NAME]);
	/* without a file it is not held up: another server may have one */
	plan.file[0] = '\0';
	dhcp_init(&m);
	dhcp_reply_boot_class(&m, &f, &plan);
	assert_int_equal(m.n, 0);
}

static void
test_a_rom_gets_a_name_with_its_end(void **state)
{
	struct dhcp_facts f = machine(FW_PXE_UEFI_X64, "PXEClient:Arch:00007:UNDI:003016");
	struct boot_plan plan = { .action = BOOT_FILE, .next_server = 0xc0a80a01,
	    .file = "x.efi" };
	struct dhcp_msg m;
	size_t len;

	(void)state;
	dhcp_init(&m);
	dhcp_reply_boot_names(&m, &f, &plan, true, true);
	assert_memory_equal(opt(&m, DHO_BOOTFILE_NAME, &len), "x.efi", 6);
	assert_int_equal(len, 6);
	dhcp_init(&m);
	dhcp_reply_boot_names(&m, &f, &plan, false, false);
	assert_int_equal(m.n, 0);
	/* what the configuration says for 43 stays */
	dhcp_init(&m);
	assert_int_equal(dhcp_put(&m, DHO_VENDOR_ENCAPSULATED_OPTIONS, "\x01\x01\x01", 3), 0);
	dhcp_reply_boot_class(&m, &f, &plan);
	(void)opt(&m, DHO_VENDOR_ENCAPSULATED_OPTIONS, &len);
	assert_int_equal(len, 3);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_kind_has_its_flags),
		cmocka_unit_test(test_every_row_has_a_name_and_holds_for_somebody),
		cmocka_unit_test(test_a_raspberry_pi_gets_its_menu),
		cmocka_unit_test(test_http_boot_gets_a_url_whether_it_asks_or_not),
		cmocka_unit_test(test_a_rom_gets_a_name_with_its_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

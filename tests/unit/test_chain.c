/* test_chain.c - circles that a machine can go round in. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "../../fleet/chain.h"

static void
sent(struct chain *c, enum firmware fw, const char *file, int action, int64_t now)
{
	struct boot_plan p = { .action = (enum boot_action)action };

	snprintf(p.file, sizeof(p.file), "%s", file);
	chain_sent(c, fw, &p, now);
}

static void
test_an_ipxe_follows_what_loaded_it(void **state)
{
	struct chain c = { 0 };

	(void)state;
	assert_false(chain_follows(&c, FW_IPXE_BIOS, 1000));
	sent(&c, FW_PXE_BIOS, ".provd/t/undionly.kpxe", BOOT_FILE, 1000);
	assert_true(chain_follows(&c, FW_IPXE_BIOS, 1000 + CHAIN_S - 1));
	assert_false(chain_follows(&c, FW_IPXE_BIOS, 1000 + CHAIN_S));
	assert_false(chain_follows(&c, FW_IPXE_UEFI, 1001));
	assert_false(chain_follows(&c, FW_PXE_BIOS, 1001));
	sent(&c, FW_HTTP_UEFI_X64, "http://10.0.0.1/.provd/t/ipxe.efi", BOOT_FILE, 2000);
	assert_true(chain_follows(&c, FW_IPXE_UEFI, 2001));
	sent(&c, FW_IPXE_UEFI, ".provd/t/menu.ipxe", BOOT_FILE, 2001);
	assert_false(chain_follows(&c, FW_IPXE_UEFI, 2002));	/* it was reset */
}

/* FlexBoot and old builds of iPXE say nothing of it in 77 and 175. */
static void
test_an_ipxe_that_does_not_say_so_is_told_by_what_it_was_given(void **state)
{
	struct chain c = { 0 };

	(void)state;
	sent(&c, FW_PXE_BIOS, ".provd/t/undionly.kpxe", BOOT_FILE, 1000);
	assert_false(chain_silent_ipxe(&c, FW_PXE_BIOS, 1002));	/* a ROM that tries again */
	chain_fetched(&c, "other/file", 1003);
	assert_false(chain_silent_ipxe(&c, FW_PXE_BIOS, 1004));
	chain_fetched(&c, "/.provd/t/undionly.kpxe", 1004);
	assert_true(chain_silent_ipxe(&c, FW_PXE_BIOS, 1006));
	assert_true(chain_follows(&c, FW_PXE_BIOS, 1006));
	assert_false(chain_silent_ipxe(&c, FW_PXE_UEFI_X64, 1006));
	assert_false(chain_silent_ipxe(&c, FW_OS, 1006));
	assert_false(chain_silent_ipxe(&c, FW_PXE_BIOS, 1004 + CHAIN_SILENT_S));
	/* another program is no iPXE */
	sent(&c, FW_PXE_BIOS, ".provd/t/pxelinux.0", BOOT_FILE, 2000);
	chain_fetched(&c, "pxelinux.0", 2001);
	assert_false(chain_silent_ipxe(&c, FW_PXE_BIOS, 2002));
}

static void
test_a_machine_that_comes_back_from_its_disk_goes_in_a_circle(void **state)
{
	struct chain c = { 0 };
	int64_t t = 1000;

	(void)state;
	for (unsigned i = 0; i < CHAIN_DISKS; i++, t += 20) {
		assert_false(chain_loops(&c, t));
		sent(&c, FW_PXE_BIOS, ".provd/local/pxelinux.0", BOOT_LOCAL, t);
	}
	assert_true(chain_loops(&c, t));
	/* for a while, and then it begins anew */
	assert_false(chain_loops(&c, 1000 + CHAIN_DISK_S));
	sent(&c, FW_PXE_BIOS, ".provd/local/pxelinux.0", BOOT_LOCAL, 1000 + CHAIN_DISK_S);
	assert_int_equal(c.disks, 1);
	/* an installation in between is no circle */
	for (unsigned i = 0; i < CHAIN_DISKS - 1; i++)
		sent(&c, FW_PXE_BIOS, "x", BOOT_LOCAL, 1100 + CHAIN_DISK_S);
	sent(&c, FW_PXE_BIOS, "y", BOOT_FILE, 1101 + CHAIN_DISK_S);
	sent(&c, FW_PXE_BIOS, "x", BOOT_LOCAL, 1102 + CHAIN_DISK_S);
	assert_false(chain_loops(&c, 1103 + CHAIN_DISK_S));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_an_ipxe_follows_what_loaded_it),
		cmocka_unit_test(test_an_ipxe_that_does_not_say_so_is_told_by_what_it_was_given),
		cmocka_unit_test(test_a_machine_that_comes_back_from_its_disk_goes_in_a_circle),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

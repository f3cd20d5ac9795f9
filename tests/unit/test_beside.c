/* test_beside.c - where files are looked for that a boot program asks for in
 * the wrong place: as shim, GRUB and a Raspberry Pi were seen to ask. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "../../fleet/beside.h"

#define T	".provd/0123456789abcdef0123456789abcdef"

/* The name that must be among those tried, and how soon. */
static const struct { const char *last, *asked, *want; unsigned at; } finds[] = {
	/* shim: at the server's root, or as on a disk (rhboot/shim issues 300, 551) */
	{ T "/shimx64.efi", "grubx64.efi", T "/grubx64.efi", 0 },
	{ T "/shimx64.efi", "EFI/debian/grubx64.efi", T "/grubx64.efi", 2 },
	{ T "/root/EFI/BOOT/BOOTX64.EFI", "grubx64.efi", T "/root/EFI/BOOT/grubx64.efi", 0 },
	{ T "/root/EFI/BOOT/BOOTX64.EFI", "EFI/BOOT/grubx64.efi", T "/root/EFI/BOOT/grubx64.efi", 2 },
	/* iPXE's shim (ipxe/ipxe issue 1684) */
	{ T "/ipxe-shim.efi", "ipxe.efi", T "/ipxe.efi", 0 },
	/* GRUB, with /grub as its prefix */
	{ T "/grubx64.efi", "grub/grub.cfg", T "/grub/grub.cfg", 0 },
	{ T "/grub/grub.cfg", "grub/x86_64-efi/command.lst", T "/grub/x86_64-efi/command.lst", 1 },
	{ T "/grub/x86_64-efi/a.mod", "grub/grub.cfg", T "/grub/grub.cfg", 3 },
	{ ".provd/local/shimx64.efi", "grub/grub.cfg", ".provd/local/grub/grub.cfg", 0 },
	/* pxelinux and U-Boot */
	{ T "/menu.ipxe", "pxelinux.cfg/01-52-54-00-12-34-56", T "/pxelinux.cfg/01-52-54-00-12-34-56", 0 },
	/* a Raspberry Pi, with its serial number before the name */
	{ T "/root/boot/firmware/.", "start4.elf", T "/root/boot/firmware/start4.elf", 0 },
	{ T "/root/boot/firmware/.", "0123abcd/overlays/a.dtbo", T "/root/boot/firmware/overlays/a.dtbo", 1 },
	/* a plain tree */
	{ "debian/boot/shimx64.efi", "grubx64.efi", "debian/boot/grubx64.efi", 0 },
	{ "debian/boot/grub/grub.cfg", "vmlinuz", "debian/vmlinuz", 2 },
};

static void
test_finds_what_belongs_together(void **state)
{
	char name[BESIDE_NAME];

	(void)state;
	for (size_t i = 0; i < sizeof(finds) / sizeof(finds[0]); i++) {
		unsigned k = 0;

		while (beside(finds[i].last, finds[i].asked, k, name) &&
		    strcmp(name, finds[i].want) != 0)
			k++;
		if (k != finds[i].at || strcmp(name, finds[i].want) != 0)
			fail_msg("%s after %s: %s at %u, not %u", finds[i].asked,
			    finds[i].last, finds[i].want, k, finds[i].at);
	}
}

/* Whatever the two names are. */
static void
test_never_leaves_the_installation_or_export(void **state)
{
	static const char *const last[] = { T "/a", T "/root/a/b/c/d/e/f/g/h/i",
		T "", T "/", ".provd/local/x", ".provd/", ".provd", "", "/", "a",
		"export/x", "export/a/b", "//", "a//b//c", ".provd//x" };
	static const char *const asked[] = { "a", "", "/", "a/", "a/b/c/d/e/f/g/h/i/j/k",
		"../../x", ".provd/x", "//a", "a//b" };
	char name[BESIDE_NAME];

	(void)state;
	for (size_t i = 0; i < sizeof(last) / sizeof(last[0]); i++)
		for (size_t j = 0; j < sizeof(asked) / sizeof(asked[0]); j++) {
			unsigned k = 0;

			for (; beside(last[i], asked[j], k, name); k++) {
				size_t n = strncmp(last[i], ".provd/", 7) == 0 ? 7 : 0;

				n += strcspn(last[i] + n, "/");
				assert_true(n > 0);
				assert_memory_equal(name, last[i], n);
				assert_int_equal(name[n], '/');
			}
			assert_true(k <= BESIDE_MAX);
		}
}

static void
test_a_name_that_does_not_fit_is_none(void **state)
{
	char longer[BESIDE_NAME + 8], name[BESIDE_NAME];

	(void)state;
	memset(longer, 'a', sizeof(longer) - 1);
	longer[sizeof(longer) - 1] = '\0';
	assert_false(beside(T "/a", longer, 0, name));
	assert_false(beside(T "/a", ".provd/x/y", 0, name));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_finds_what_belongs_together),
		cmocka_unit_test(test_never_leaves_the_installation_or_export),
		cmocka_unit_test(test_a_name_that_does_not_fit_is_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

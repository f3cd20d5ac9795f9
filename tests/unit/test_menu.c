/* test_menu.c - boot menus, and what they refuse to hold. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "../../pxe-menus/menu.h"
#include "../../tree/overlay.h"

static const struct menu good = {
	.title = "Installs web1", .token = "0123456789abcdef", .server = 0xc0a80a01,
	.kernel = "boot/vmlinuz", .initrd = "boot/initrd.img",
	.cmdline = "root=/dev/nfs ro console=ttyS0,115200",
	.serial_unit = 0, .serial_speed = 115200,
};

static char *
text_of(const struct menu *m, enum menu_kind kind)
{
	struct buf b = { 0 };
	char why[200] = "";

	if (menu_render(m, kind, &b, why) < 0)
		fail_msg("%s", why);
	return buf_steal(&b, NULL);
}

static void
test_pxelinux_finds_its_files_beside_the_menu(void **state)
{
	char *t = text_of(&good, MENU_PXELINUX);

	(void)state;
	assert_string_equal(t, "# Installs web1\nSERIAL 0 115200\nDEFAULT install\n"
	    "PROMPT 0\nTIMEOUT 0\n\nLABEL install\n  KERNEL root/boot/vmlinuz\n"
	    "  INITRD root/boot/initrd.img\n"
	    "  APPEND root=/dev/nfs ro console=ttyS0,115200\n  IPAPPEND 3\n");
	free(t);
}

static void
test_without_a_serial_console_no_serial_line(void **state)
{
	struct menu m = good;
	char *t;

	(void)state;
	m.serial_unit = -1;
	t = text_of(&m, MENU_PXELINUX);
	assert_null(strstr(t, "SERIAL"));
	free(t);
}

static void
test_ipxe_asks_the_server_by_address(void **state)
{
	char *t = text_of(&good, MENU_IPXE);

	(void)state;
	assert_memory_equal(t, "#!ipxe\n", 7);
	assert_non_null(strstr(t, "\nkernel tftp://192.168.10.1/.provd/0123456789abcdef/root/boot/vmlinuz "
	    "initrd=initrd.img root=/dev/nfs ro console=ttyS0,115200 "
	    "ip=${netX/ip}:192.168.10.1:${netX/gateway}:${netX/netmask} "
	    "BOOTIF=01-${netX/mac:hexhyp} || goto failed\n"));
	assert_non_null(strstr(t, "\ninitrd --name initrd.img "
	    "tftp://192.168.10.1/.provd/0123456789abcdef/root/boot/initrd.img || "));
	assert_null(strchr(t, '@'));
	free(t);
}

/* Neither language can quote. */
static void
test_refuses_what_would_not_arrive(void **state)
{
	static const char *const cmdline[] = { "a\nb", "a ${net0/mac}", "a || reboot",
	    "a && b", "a ; b", "a #b", "#a", "\xc3\xa4", "a\tb", "\x7f" };
	static const char *const path[] = { "", "/boot/vmlinuz", "../vmlinuz", "boot/a b",
	    "10.0.0.1::vmlinuz", "boot/vm;linuz", "boot/vm\nlinuz", "http://x/y", "a@b" };
	struct menu m;
	char why[200];
	struct buf b = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(cmdline) / sizeof(cmdline[0]); i++)
		for (int kind = MENU_IPXE; kind <= MENU_PXELINUX; kind++) {
			m = good;
			m.cmdline = cmdline[i];
			assert_int_equal(menu_render(&m, (enum menu_kind)kind, &b, why), -EINVAL);
			assert_non_null(strstr(why, "kernel parameters"));
		}
	for (size_t i = 0; i < sizeof(path) / sizeof(path[0]); i++) {
		m = good;
		m.kernel = path[i];
		assert_int_equal(menu_render(&m, MENU_PXELINUX, &b, why), -EINVAL);
		m = good;
		m.initrd = path[i];
		assert_int_equal(menu_render(&m, MENU_IPXE, &b, why), -EINVAL);
		m = good;
		m.token = path[i];
		assert_int_equal(menu_render(&m, MENU_IPXE, &b, why), -EINVAL);
	}
	m = good;
	m.title = "x\n  KERNEL evil";
	assert_int_equal(menu_render(&m, MENU_PXELINUX, &b, why), -EINVAL);
	assert_int_equal(b.len, 0);		/* nothing was written */
}

static void
test_a_command_line_has_an_end(void **state)
{
	char line[2048];
	struct menu m = good;
	struct buf b = { 0 };
	char why[200];

	(void)state;
	memset(line, 'a', sizeof(line));
	line[MENU_CMDLINE_MAX] = '\0';
	m.cmdline = line;
	assert_int_equal(menu_render(&m, MENU_IPXE, &b, why), 0);
	line[MENU_CMDLINE_MAX] = 'a';
	line[MENU_CMDLINE_MAX + 1] = '\0';
	assert_int_equal(menu_render(&m, MENU_IPXE, &b, why), -EINVAL);
	buf_free(&b);
}

/* Its menu is a script: words of the command line mean only themselves. */
static void
test_grub_is_given_words_that_mean_nothing_to_it(void **state)
{
	struct menu m = { .title = "Installs web1", .token = "0123456789abcdef0123456789abcdef",
	    .server = 0xc0a80a01, .kernel = "boot/vmlinuz", .initrd = "boot/initrd.img",
	    .cmdline = "root=/dev/nfs a=$b c='d;e' {f} console=ttyS0,115200" };
	struct buf b = { 0 };
	char why[200];

	(void)state;
	assert_int_equal(menu_render(&m, MENU_GRUB, &b, why), 0);
	buf_putc(&b, '\0');
	assert_non_null(strstr(b.p, "\tlinux (tftp,192.168.10.1)/.provd/0123456789abcdef0123456789abcdef/"
	    "root/boot/vmlinuz root=/dev/nfs a=\\$b c=\\'d\\;e\\' \\{f\\} console=ttyS0,115200 ip=dhcp"));
	assert_non_null(strstr(b.p, "\tinitrd (tftp,192.168.10.1)/.provd/0123456789abcdef0123456789abcdef/"
	    "root/boot/initrd.img\n"));
	buf_free(&b);
}

static void
test_the_local_menus_go_to_the_disk(void **state)
{
	const struct overlay_entry *e;
	struct overlay *o;

	(void)state;
	assert_int_equal(overlay_new(1, &o), 0);
	assert_int_equal(menu_local(o), 0);
	overlay_seal(o);
	assert_non_null(e = overlay_find(o, "menu.ipxe"));
	assert_memory_equal(e->data, "#!ipxe\n", 7);
	assert_non_null(memmem(e->data, e->len, "\nsanboot --no-describe --drive 0x80 || exit 1\n", 46));
	assert_non_null(memmem(e->data, e->len, "\nisset ${grub} && chain ${grub} ||\nexit 1\n", 42));
	assert_non_null(e = overlay_find(o, "grub/grub.cfg"));
	assert_non_null(memmem(e->data, e->len, "freebsd/loader.efi", 18));
	assert_non_null(memmem(e->data, e->len, "BOOT/BOOT$suffix.EFI;", 21));
	assert_non_null(e = overlay_find(o, "pxelinux.cfg/default"));
	assert_non_null(memmem(e->data, e->len, "LOCALBOOT", 9));
	overlay_unref(o);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pxelinux_finds_its_files_beside_the_menu),
		cmocka_unit_test(test_without_a_serial_console_no_serial_line),
		cmocka_unit_test(test_ipxe_asks_the_server_by_address),
		cmocka_unit_test(test_refuses_what_would_not_arrive),
		cmocka_unit_test(test_a_command_line_has_an_end),
		cmocka_unit_test(test_grub_is_given_words_that_mean_nothing_to_it),
		cmocka_unit_test(test_the_local_menus_go_to_the_disk),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

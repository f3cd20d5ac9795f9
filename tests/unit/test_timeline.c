/* test_timeline.c - what a person is told, derived from what protocols saw. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "../../fleet/timeline.h"

#define TOKEN	"0123456789abcdef0123456789abcdef"
#define MIB	((uint64_t)1 << 20)

static struct timeline *tl;

static int
fresh(void **state)
{
	(void)state;
	tl = malloc(sizeof(*tl));
	memset(tl, 0xa5, sizeof(*tl));
	timeline_init(tl);
	timeline_boot(tl, 1000);
	return 0;
}

static int
drop(void **state)
{
	(void)state;
	timeline_free(tl);
	free(tl);
	return 0;
}

static bool
ev(enum event_kind kind, const char *text, uint64_t done, uint64_t total,
    enum host_state st, int64_t now)
{
	struct event e = { .kind = kind, .done = done, .total = total };

	snprintf(e.text, sizeof(e.text), "%s", text);
	return timeline_event(tl, &e, st, now);
}

/* "DISCOVER -> OFFER 192.168.10.32", as a policy decided it. */
static bool
dhcp(const char *text, enum host_state st, int64_t now)
{
	const bool discover = strncmp(text, "DISCOVER", 8) == 0;
	const bool silent = strstr(text, "silence") != NULL;
	struct event_dhcp e = { .asked = discover ? SEEN_DISCOVER : SEEN_REQUEST,
	    .answered = silent ? 0 : discover ? SEEN_OFFER : SEEN_ACK, .silent = silent,
	    .fw = FW_PXE_BIOS, .addr = silent ? 0 : 0xc0a80a20, .rule = "new-address",
	    .why = silent ? strstr(text, ": ") + 2 : NULL, .file = "", .text = text };

	return timeline_dhcp(tl, &e, st, now);
}

static const char *
last_line(void)
{
	const struct tl_line *l = tl->n > 0 ? timeline_at(tl, tl->n - 1) : NULL;

	return l != NULL ? l->text : "";
}

/* Debian by pxelinux, as the protocols tell it. */
static void
linux_boot_up_to(const char *stage)
{
	dhcp("DISCOVER -> OFFER 192.168.10.32", HS_BOOTING, 1000);
	dhcp("REQUEST -> ACK 192.168.10.32", HS_BOOTING, 1001);
	if (strcmp(stage, "dhcp") == 0)
		return;
	ev(EV_TFTP, ".provd/" TOKEN "/pxelinux.0", 0, 42988, HS_BOOTING, 1002);
	ev(EV_TFTP_DONE, ".provd/" TOKEN "/pxelinux.0", 42988, 42988, HS_BOOTING, 1002);
	if (strcmp(stage, "tftp") == 0)
		return;
	ev(EV_TFTP, ".provd/" TOKEN "/root/boot/vmlinuz", 0, 15 * MIB / 2, HS_BOOTING, 1003);
	ev(EV_TFTP_DONE, ".provd/" TOKEN "/root/boot/vmlinuz", 15 * MIB / 2, 0, HS_BOOTING, 1006);
	ev(EV_TFTP, ".provd/" TOKEN "/root/boot/initrd.img", 0, 30 * MIB, HS_BOOTING, 1006);
	ev(EV_TFTP_DONE, ".provd/" TOKEN "/root/boot/initrd.img", 30 * MIB, 0, HS_BOOTING, 1012);
	if (strcmp(stage, "kernel") == 0)
		return;
	ev(EV_MOUNT, "/.provd/" TOKEN "/root", 0, 0, HS_BOOTING, 1020);
	ev(EV_ROOT, "", 0, 0, HS_BOOTING, 1021);
}

static void
test_stages_of_a_linux_boot(void **state)
{
	static const char *const stages[] = { "dhcp", "tftp", "kernel", "root" };

	for (size_t i = 0; i < 4; i++) {
		timeline_boot(tl, 1000);
		linux_boot_up_to(stages[i]);
		assert_string_equal(tl->stage, stages[i]);
	}
	(void)state;
	ev(EV_NOTE, "x", 0, 0, HS_INSTALLING, 1030);
	assert_string_equal(tl->stage, "script");
	assert_int_equal(tl->last, 1030);
	assert_int_equal(tl->started, 1000);
	assert_int_equal(tl->bytes, 42988 + 15 * MIB / 2 + 30 * MIB);
	dhcp("REQUEST -> ACK 192.168.10.32", HS_INSTALLED, 1100);
	assert_string_equal(tl->stage, "installed");
	dhcp("REQUEST -> ACK 192.168.10.32", HS_LOCAL, 1200);
	assert_string_equal(tl->stage, "local");
}

static void
test_a_step_is_never_taken_back_by_what_comes_late(void **state)
{
	(void)state;
	linux_boot_up_to("root");
	snprintf(tl->stage, sizeof(tl->stage), "newfs");	/* as a report sets it */
	dhcp("REQUEST -> ACK 192.168.10.32", HS_BOOTING, 1100);
	ev(EV_TFTP, "x", 0, 10, HS_INSTALLING, 1100);
	ev(EV_MOUNT, "/debian", 0, 0, HS_INSTALLING, 1100);
	ev(EV_ROOT, "", 0, 0, HS_INSTALLING, 1100);
	assert_string_equal(tl->stage, "newfs");
}

/* FreeBSD's loader: MNT before nearly every file (42 to 52 times a boot). */
static void
test_a_freebsd_boot_mounts_often_and_says_so_once(void **state)
{
	unsigned n;

	(void)state;
	dhcp("DISCOVER -> OFFER 192.168.10.32", HS_BOOTING, 1000);
	dhcp("REQUEST -> ACK 192.168.10.32", HS_BOOTING, 1000);
	ev(EV_TFTP_DONE, ".provd/" TOKEN "/root/boot/pxeboot", 300000, 0, HS_BOOTING, 1001);
	n = tl->n;
	for (int i = 0; i < 50; i++)
		ev(EV_MOUNT, "/.provd/" TOKEN "/root", 0, 0, HS_BOOTING, 1002);
	assert_int_equal(tl->n, n + 1);
	assert_string_equal(tl->stage, "loader");
	ev(EV_PROGRESS, "boot/kernel/kernel", 5 * MIB, 20 * MIB, HS_BOOTING, 1005);
	assert_int_equal(tl->percent, 25);
	assert_string_equal(tl->file, "kernel");
	ev(EV_PROGRESS, "boot/kernel/kernel", 20 * MIB, 20 * MIB, HS_BOOTING, 1009);
	assert_string_equal(tl->stage, "kernel");
	assert_string_equal(last_line(), "NFS boot/kernel/kernel 20.0 MiB in 4 s");
	ev(EV_ROOT, "", 0, 0, HS_BOOTING, 1015);
	assert_string_equal(tl->stage, "root");
}

static void
test_lines_are_for_people_and_keep_the_token_to_themselves(void **state)
{
	(void)state;
	linux_boot_up_to("root");
	assert_string_equal(timeline_at(tl, 0)->text, "DHCP DISCOVER -> OFFER 192.168.10.32");
	assert_string_equal(timeline_at(tl, 2)->text, "TFTP pxelinux.0 41.9 KiB");
	assert_string_equal(timeline_at(tl, 3)->text, "TFTP boot/vmlinuz 7.5 MiB in 3 s");
	ev(EV_TFTP_FAIL, ".provd/" TOKEN "/root/boot/x: no such file", 0, 0, HS_BOOTING, 1030);
	assert_string_equal(last_line(), "TFTP failed: boot/x: no such file");
	for (unsigned i = 0; i < tl->n; i++)
		assert_null(strstr(timeline_at(tl, i)->text, TOKEN));
	assert_null(timeline_at(tl, tl->n));
	ev(EV_NOTE, "a\x1b[2J\nb\xc3\xa4", 0, 0, HS_BOOTING, 1031);
	assert_string_equal(last_line(), "a?[2J?b??");
}

static void
test_pxelinux_looking_for_its_menu_is_not_a_failure(void **state)
{
	(void)state;
	assert_false(ev(EV_TFTP_FAIL, ".provd/" TOKEN "/pxelinux.cfg/01-52-54-00-12-34-56: no such file",
	    0, 0, HS_BOOTING, 1000));
	assert_true(ev(EV_TFTP_FAIL, ".provd/" TOKEN "/pxelinux.cfg/default: no such file",
	    0, 0, HS_BOOTING, 1000));
}

static void
test_percent_of_each_file(void **state)
{
	(void)state;
	ev(EV_TFTP, "boot/vmlinuz", 0, 1000, HS_BOOTING, 1000);
	assert_int_equal(tl->percent, 0);
	ev(EV_PROGRESS, "boot/vmlinuz", 999, 1000, HS_BOOTING, 1001);
	assert_int_equal(tl->percent, 99);
	ev(EV_PROGRESS, "boot/vmlinuz", 500, 1000, HS_BOOTING, 1001);	/* read again */
	assert_int_equal(tl->percent, 99);
	assert_int_equal(tl->bytes, 999);
	ev(EV_TFTP_DONE, "boot/vmlinuz", 1000, 0, HS_BOOTING, 1002);
	assert_int_equal(tl->percent, 100);
	assert_int_equal(tl->bytes, 1000);
	assert_false(ev(EV_PROGRESS, "boot/vmlinuz", 1000, 1000, HS_BOOTING, 1002));	/* late news */
	ev(EV_PROGRESS, "dist/base.txz", 1, 0, HS_INSTALLING, 1003);
	assert_int_equal(tl->percent, -1);		/* size unknown */
	assert_string_equal(tl->file, "base.txz");
	ev(EV_PROGRESS, "dist/base.txz", UINT64_MAX / 2, UINT64_MAX, HS_INSTALLING, 1003);
	assert_int_equal(tl->percent, 50);
	assert_true(ev(EV_PROGRESS, "dist/base.txz", UINT64_MAX, UINT64_MAX, HS_INSTALLING, 1004));
	assert_int_equal(tl->percent, 100);
}

static void
test_a_distribution_read_over_nfs_makes_one_line(void **state)
{
	(void)state;
	assert_false(ev(EV_PROGRESS, "/dist/base.txz", 10 * MIB, 44 * MIB, HS_INSTALLING, 1000));
	assert_false(ev(EV_PROGRESS, "/dist/base.txz", 43 * MIB, 44 * MIB, HS_INSTALLING, 1011));
	assert_true(ev(EV_PROGRESS, "/dist/base.txz", 44 * MIB, 44 * MIB, HS_INSTALLING, 1012));
	assert_string_equal(last_line(), "NFS dist/base.txz 44.0 MiB in 12 s");
	assert_false(ev(EV_PROGRESS, "/dist/base.txz", 44 * MIB, 44 * MIB, HS_INSTALLING, 1012));
}

/* EDK2 and FreeBSD's loader end a transfer when they have seen enough. */
static void
test_a_transfer_that_the_client_ends_is_not_a_file_read(void **state)
{
	(void)state;
	ev(EV_TFTP, "boot/vmlinuz", 0, 1000, HS_BOOTING, 1000);
	assert_false(ev(EV_TFTP_DONE, "boot/vmlinuz", 512, 1000, HS_BOOTING, 1001));
	assert_string_equal(tl->stage, "tftp");
	assert_int_equal(tl->n, 0);
	ev(EV_TFTP, "boot/vmlinuz", 0, 1000, HS_BOOTING, 1001);
	assert_true(ev(EV_TFTP_DONE, "boot/vmlinuz", 1000, 1000, HS_BOOTING, 1001));
	assert_string_equal(tl->stage, "kernel");
}

/* A root over NFS means hundreds of files; the distribution stays in view. */
static void
test_libraries_do_not_push_the_distribution_out(void **state)
{
	(void)state;
	ev(EV_PROGRESS, "/dist/base.txz", 4 * MIB, 40 * MIB, HS_INSTALLING, 1000);
	assert_false(ev(EV_PROGRESS, "/lib/libc.so.6", 2 * MIB, 2 * MIB, HS_INSTALLING, 1001));
	assert_false(ev(EV_PROGRESS, "/lib/libfoo.so", MIB, 2 * MIB, HS_INSTALLING, 1001));
	assert_false(ev(EV_PROGRESS, "/bin/bash", MIB, MIB, HS_INSTALLING, 1001));
	assert_string_equal(tl->file, "base.txz");
	assert_int_equal(tl->percent, 10);
	assert_int_equal(tl->last, 1001);
	assert_int_equal(tl->n, 0);
}

/* FreeBSD 4 to 8: base.aa, base.ab, ... */
static void
test_a_distribution_in_pieces(void **state)
{
	(void)state;
	assert_false(ev(EV_PROGRESS, "/6.2-RELEASE/base/base.aa", MIB / 2, MIB, HS_INSTALLING, 1000));
	assert_string_equal(tl->file, "base.aa");
	assert_int_equal(tl->percent, 50);
	assert_false(ev(EV_PROGRESS, "/6.2-RELEASE/base/base.aa", MIB, MIB, HS_INSTALLING, 1001));
	assert_false(ev(EV_PROGRESS, "/6.2-RELEASE/base/base.ab", MIB / 4, MIB, HS_INSTALLING, 1001));
	assert_string_equal(tl->file, "base.ab");
	assert_int_equal(tl->percent, 25);
	assert_int_equal(tl->n, 0);
}

static void
test_the_same_request_again_makes_one_line(void **state)
{
	(void)state;
	assert_true(dhcp("REQUEST -> ACK 192.168.10.32", HS_BOOTING, 1000));
	for (int i = 0; i < 500; i++)
		assert_false(dhcp("REQUEST -> ACK 192.168.10.32", HS_BOOTING, 2000 + i));
	assert_int_equal(tl->n, 1);
	assert_int_equal(tl->last, 2499);
}

static void
test_keeps_the_newest_lines(void **state)
{
	char text[32];

	(void)state;
	for (int i = 0; i < 1000; i++) {
		snprintf(text, sizeof(text), "line %d", i);
		timeline_note(tl, i, LINE_NOTE, LINE_INFO, text);
	}
	assert_int_equal(tl->n, TL_LINES);
	assert_string_equal(timeline_at(tl, 0)->text, "line 800");
	assert_string_equal(last_line(), "line 999");
	assert_int_equal(timeline_at(tl, 0)->time, 800);
}

static void
test_loaded_lines_come_back_in_order(void **state)
{
	(void)state;
	timeline_load(tl, 5000, LINE_STEP, LINE_ERROR, "one");
	timeline_load(tl, 5001, 200, 200, "two");
	assert_int_equal(tl->n, 2);
	assert_int_equal(timeline_at(tl, 0)->kind, LINE_STEP);
	assert_int_equal(timeline_at(tl, 0)->severity, LINE_ERROR);
	assert_string_equal(timeline_at(tl, 1)->text, "two");
	assert_int_equal(timeline_at(tl, 1)->kind, LINE_NOTE);
	assert_int_equal(timeline_at(tl, 1)->severity, LINE_INFO);
	assert_int_equal(tl->last, 5001);
}

int
main(void)
{
#define T(f)	cmocka_unit_test_setup_teardown(f, fresh, drop)
	const struct CMUnitTest tests[] = {
		T(test_stages_of_a_linux_boot),
		T(test_a_step_is_never_taken_back_by_what_comes_late),
		T(test_a_freebsd_boot_mounts_often_and_says_so_once),
		T(test_lines_are_for_people_and_keep_the_token_to_themselves),
		T(test_pxelinux_looking_for_its_menu_is_not_a_failure),
		T(test_percent_of_each_file),
		T(test_a_distribution_read_over_nfs_makes_one_line),
		T(test_a_transfer_that_the_client_ends_is_not_a_file_read),
		T(test_libraries_do_not_push_the_distribution_out),
		T(test_a_distribution_in_pieces),
		T(test_the_same_request_again_makes_one_line),
		T(test_keeps_the_newest_lines),
		T(test_loaded_lines_come_back_in_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

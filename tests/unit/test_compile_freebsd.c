/* test_compile_freebsd.c - the scripts of FreeBSD profiles: byte for byte, and
 * run against stand-ins of all that touches a machine. */
#include "freebsd_box.h"

/* Written down -------------------------------------------------------------- */

static void
written_down(struct world *w, const char *file, const char *name)
{
	struct render_out out;

	world_render(w, file, &out);
	assert_int_equal(out.recipe.os, BOOT_FREEBSD);
	assert_string_equal(out.recipe.bios_file, "boot/pxeboot");
	assert_string_equal(out.recipe.uefi_file, "");
	world_written(&out, name);
	render_out_done(&out);
}

static void
test_the_book_is_written_down(void **state)
{
	written_down(*state, "profiles/freebsd-6-ufs.yaml", "freebsd-6-ufs");
}

static void
test_every_option_is_written_down(void **state)
{
	written_down(*state, "tests/golden/scripts/full-freebsd.yaml", "full-freebsd");
}

static void
test_the_runner_and_the_inspection_are_written_down(void **state)
{
	struct world *w = *state;
	struct render_out out;
	char *text;

	w->in.kind = INST_INSPECT;
	written_down(w, "profiles/freebsd-6-ufs.yaml", "inspect-freebsd");
	world_render(w, "profiles/freebsd-6-ufs.yaml", &out);
	text = world_file(&out, "init");
	golden("tests/golden/scripts/init-freebsd", text);
	world_lint(text);
	free(text);
	render_out_done(&out);
}

/* Run ------------------------------------------------------------------------ */

/* The commands of the page, in the order of the page. */
static void
test_the_books_commands_in_the_books_order(void **state)
{
	static const char *const page[] = {
		"\nbsdlabel -w /dev/ad4s1\n",
		"\n    # /dev/ad4s1:\n    8 partitions:\n",
		"\n    a: 4G 16 4.2BSD 2048 16384 28528\n",
		"\n    b: 512M * swap * * *\n",
		"\n    c: 72292437        0    unused        0     0         # \"raw\" part, don't edit\n",
		"\n    d: 1G * 4.2BSD * * *\n",
		"\n    e: 2G * 4.2BSD * * *\n",
		"\n    f: * * 4.2BSD * * *\n",
		"\nnewfs -o space /dev/ad4s1a\n",
		"\nnewfs -o space -U /dev/ad4s1d\n",
		"\nnewfs -o space -U /dev/ad4s1e\n",
		"\nnewfs -o space -U /dev/ad4s1f\n",
		"\nswapon /dev/ad4s1b\n",
		"\nmount /dev/ad4s1a /mnt\n",
		"\nmkdir /mnt/tmp\n",
		"\nmkdir /mnt/var\n",
		"\nmkdir /mnt/usr\n",
		"\nmount /dev/ad4s1d /mnt/tmp\n",
		"\nmount /dev/ad4s1e /mnt/var\n",
		"\nmount /dev/ad4s1f /mnt/usr\n",
		"\nchroot /mnt rm -rf /boot/kernel\n",
		"\nchroot /mnt mv /boot/GENERIC /boot/kernel\n",
	};
	static const char *const shell[] = { "dash", "busybox sh" };
	struct world *w = *state;
	struct box b;
	char *log;
	int r;

	freebsd_ready(w, &b, "profiles/freebsd-6-ufs.yaml");
	for (size_t s = 0; s < 2; s++) {
		const char *at;

		if ((r = freebsd_run(&b, shell[s])) == -1) {
			box_free(&b);
			skip();
		}
		log = box_get(&b, "out");
		if (r != 0)
			fail_msg("exit %d\n%s", r, box_tail(log));
		free(log);
		log = box_get(&b, "log");
		at = log;
		for (size_t i = 0; i < sizeof(page) / sizeof(page[0]); i++) {
			const char *next = strstr(at, page[i]);

			if (next == NULL)
				fail_msg("not there, or not in order: %s", page[i]);
			at = next + 1;
		}
		golden("tests/golden/scripts/freebsd-6-ufs.commands", log);
		free(log);
		log = box_get(&b, "mnt/etc/fstab");
		assert_string_equal(log,
		    "#Device Mountpoint FSType Options Dump Pass\n"
		    "/dev/ad4s1a / ufs rw 1 1\n"
		    "/dev/ad4s1b none swap sw 0 0\n"
		    "/dev/ad4s1d /tmp ufs rw 2 2\n"
		    "/dev/ad4s1e /var ufs rw 2 2\n"
		    "/dev/ad4s1f /usr ufs rw 2 2\n");
		free(log);
		log = box_get(&b, "mnt/etc/rc.conf");
		golden("tests/golden/scripts/freebsd-6-ufs.rc.conf", log);
		free(log);
	}
	box_free(&b);
}

static void
test_the_kernel_is_smp_with_two_processors(void **state)
{
	struct world *w = *state;
	struct box b;

	freebsd_ready(w, &b, "profiles/freebsd-6-ufs.yaml");
	box_put(&b, "answer/hw.ncpu", "2\n", 0644);
	if (freebsd_run(&b, "dash") == -1) {
		box_free(&b);
		skip();
	}
	assert_true(freebsd_has(&b, "log", "chroot /mnt mv /boot/SMP /boot/kernel\n"));
	box_free(&b);
}

static void
test_stops_at_the_first_failure(void **state)
{
	struct world *w = *state;
	struct box b;

	freebsd_ready(w, &b, "profiles/freebsd-6-ufs.yaml");
	if (!freebsd_stops(&b)) {
		box_free(&b);
		skip();
	}
	box_free(&b);
}

static void
test_without_a_go_nothing_is_touched(void **state)
{
	struct world *w = *state;
	struct box b;

	freebsd_ready(w, &b, "profiles/freebsd-6-ufs.yaml");
	box_put(&b, "answer/claim", "no\n", 0644);
	if (freebsd_run(&b, "dash") == -1) {
		box_free(&b);
		skip();
	}
	freebsd_untouched(&b);
	assert_true(freebsd_has(&b, "log", "claim\n"));
	box_free(&b);
}

static void
scribble(const struct box *b, const char *disk, off_t at)
{
	char path[512];
	int fd;

	box_path(b, disk, path);
	fd = open(path, O_WRONLY);
	assert_int_not_equal(fd, -1);
	assert_int_equal(pwrite(fd, "x", 1, at), 1);
	(void)close(fd);
}

/* Whatever made a table, a label or a filesystem left something in the first
 * MiB or at the end. */
static void
test_refuses_a_disk_that_holds_something(void **state)
{
	static const off_t at[] = { 0, 511, 512, 65536, 1048575, (off_t)18000000000 - 1 };
	static const char yaml[] =
	    "name: x\nos: freebsd\ntree: tree\ndisks:\n"
	    "  - match: { name: da0 }\n    slices: [ { labels: [ { letter: a, size: '*', mount: / } ] } ]\n"
	    "distributions: { dir: 6.2-RELEASE, sets: [base] }\n";
	struct world *w = *state;
	char file[600];
	struct box b;

	tmp_file(&w->tmp, "x.yaml", yaml);
	(void)snprintf(file, sizeof(file), "%.500s", tmp_path(&w->tmp, "x.yaml"));
	for (size_t i = 0; i < sizeof(at) / sizeof(at[0]); i++) {
		freebsd_ready(w, &b, file);
		scribble(&b, "dev/da0", at[i]);
		if (freebsd_run(&b, "dash") == -1) {
			box_free(&b);
			skip();
		}
		if (!freebsd_has(&b, "out", "holds data and is not touched")) {
			char *out = box_get(&b, "out");

			fail_msg("a byte at %lld: %s", (long long)at[i], box_tail(out));
		}
		freebsd_untouched(&b);
		box_free(&b);
	}
	freebsd_ready(w, &b, file);
	(void)freebsd_run(&b, "dash");
	assert_true(freebsd_has(&b, "log", "fdisk -BI -b /boot/mbr /dev/da0\n"));
	box_put(&b, "answer/mount", "/dev/da0s1a /x ufs rw 1 1\n", 0644);
	assert_int_equal(freebsd_run(&b, "dash"), 1);
	assert_true(freebsd_has(&b, "out", "da0: it is mounted"));
	freebsd_untouched(&b);
	box_free(&b);
}

static void
test_a_damaged_piece_is_noticed_before_the_claim(void **state)
{
	struct world *w = *state;
	struct box b;

	freebsd_ready(w, &b, "profiles/freebsd-6-ufs.yaml");
	box_put(&b, "6.2-RELEASE/base/base.ab", "piece 1 of base/basf\n", 0644);
	if (freebsd_run(&b, "dash") == -1) {
		box_free(&b);
		skip();
	}
	assert_true(freebsd_has(&b, "out", "base.ab: its cksum is"));
	assert_false(freebsd_has(&b, "log", "claim"));
	freebsd_untouched(&b);
	box_free(&b);
}

static void
test_runs_every_option(void **state)
{
	struct world *w = *state;
	struct box b;
	char *text;
	int r;

	freebsd_ready(w, &b, "tests/golden/scripts/full-freebsd.yaml");
	scribble(&b, "dev/da0", 512);
	box_put(&b, "answer/diskinfo.da0s1d", "", 0644);
	box_put(&b, "answer/diskinfo.da0s1e", "", 0644);
	box_put(&b, "tmp/provd/old/etc/ssh/ssh_host_dsa_key", "old key\n", 0600);
	if ((r = freebsd_run(&b, "dash")) == -1) {
		box_free(&b);
		skip();
	}
	text = box_get(&b, "out");
	if (r != 0)
		fail_msg("exit %d\n%s", r, box_tail(text));
	free(text);
	text = box_get(&b, "log");
	golden("tests/golden/scripts/full-freebsd.commands", text);
	free(text);
	text = box_get(&b, "mnt/etc/ttys");
	assert_non_null(strstr(text, "ttyd0\t\"y\"\tdialup on secure\n"));
	assert_non_null(strstr(text, "cons25\ton  secure\n"));
	free(text);
	/* rc.conf is read by a shell: it must get the very value back */
	text = box_get(&b, "mnt/etc/rc.conf");
	assert_non_null(strstr(text, "motto=\"it's \\$HOME, \\`id\\` & \\\"more\\\" \\\\ *\"\n"));
	free(text);
	box_free(&b);
}

static void
test_an_inspection_writes_nothing(void **state)
{
	struct world *w = *state;
	struct box b;
	char *names;

	w->in.kind = INST_INSPECT;
	freebsd_ready(w, &b, "profiles/freebsd-6-ufs.yaml");
	box_put(&b, "answer/hw.physmem", "1073741824\n", 0644);
	box_put(&b, "answer/kenv.smbios.system.product", "a/b 100%\n", 0644);
	scribble(&b, "dev/ad4", 0);
	if ((names = box_learn(&b, "dash")) == NULL) {
		box_free(&b);
		skip();
	}
	golden("tests/golden/scripts/inspect-freebsd.reports", names);
	free(names);
	freebsd_untouched(&b);
	assert_false(freebsd_has(&b, "log", "claim"));
	box_free(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define T(f)	cmocka_unit_test_setup_teardown(f, world_setup, world_teardown)
		T(test_the_book_is_written_down),
		T(test_every_option_is_written_down),
		T(test_the_runner_and_the_inspection_are_written_down),
		T(test_the_books_commands_in_the_books_order),
		T(test_the_kernel_is_smp_with_two_processors),
		T(test_stops_at_the_first_failure),
		T(test_without_a_go_nothing_is_touched),
		T(test_refuses_a_disk_that_holds_something),
		T(test_a_damaged_piece_is_noticed_before_the_claim),
		T(test_runs_every_option),
		T(test_an_inspection_writes_nothing),
#undef T
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

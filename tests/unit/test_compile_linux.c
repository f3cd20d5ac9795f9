/* test_compile_linux.c - the scripts of Linux profiles: byte for byte, and run
 * against stand-ins of all that touches a machine. */
#include "profile_world.h"

static const char *const fake[] = { "blockdev", "udevadm", "sleep", "cat", "blkid",
    "wipefs", "mount", "umount", "sfdisk", "mkfs.ext4", "mkfs.xfs", "mkfs.vfat",
    "mkswap", "tar", "chroot", "mkdir", "cp", "chmod", "chown", "ln", "rm", "sync", "uname", NULL };

/* Written down -------------------------------------------------------------- */

static void
written_down(struct world *w, const char *file, const char *name)
{
	struct render_out out;
	char path[128];

	world_render(w, file, &out);
	world_written(&out, name);
	if (out.plan_text != NULL) {
		(void)snprintf(path, sizeof(path), "tests/golden/scripts/%s.json", name);
		golden(path, out.plan_json);
	}
	render_out_done(&out);
}

static void
test_the_debian_profile_is_written_down(void **state)
{
	written_down(*state, "profiles/debian.yaml", "debian");
}

static void
test_every_option_is_written_down(void **state)
{
	written_down(*state, "tests/golden/scripts/full-linux.yaml", "full-linux");
}

static void
test_the_runner_and_the_inspection_are_written_down(void **state)
{
	struct world *w = *state;
	struct render_out out;
	char *text;

	w->in.kind = INST_INSPECT;
	written_down(w, "profiles/debian.yaml", "inspect-linux");
	world_render(w, "profiles/debian.yaml", &out);
	assert_int_equal(out.steps, 0);
	assert_null(out.plan_text);
	assert_int_equal(out.recipe.os, BOOT_LINUX);
	text = world_file(&out, "init");
	golden("tests/golden/scripts/init-linux", text);
	world_lint(text);
	free(text);
	render_out_done(&out);
}

/* What is shown is what is run: the overlay has the same plan. */
static void
test_the_overlay_is_complete(void **state)
{
	static const char *const name[] = { "init", "install", "menu.ipxe", "plan.txt",
	    "pxelinux.cfg/default" };
	struct world *w = *state;
	struct render_out out;
	char *text;

	world_render(w, "profiles/debian.yaml", &out);
	for (size_t i = 0; i < sizeof(name) / sizeof(name[0]); i++)
		free(world_file(&out, name[i]));
	text = world_file(&out, "plan.txt");
	assert_string_equal(text, out.plan_text);
	free(text);
	assert_int_equal(overlay_mtime(out.overlay), w->in.now);
	render_out_done(&out);
}

/* Run ------------------------------------------------------------------------ */

static void
machine(struct box *b)
{
	box_new(b, fake);
	box_put(b, "answer/udevadm", "", 0644);
	box_put(b, "answer/wipefs", "", 0644);
	box_put(b, "sys/block/loop0/size", "100\n", 0644);
	box_put(b, "sys/block/sr0/size", "2097151\n", 0644);
	box_put(b, "sys/block/vda/size", "16777216\n", 0644);
	box_put(b, "sys/block/vda/ro", "0\n", 0644);
	box_put(b, "sys/block/vda/serial", "PROVD1", 0644);
	box_put(b, "proc/mounts", "10.0.0.1:/.provd/x/root / nfs ro 0 0\n", 0644);
	box_put(b, "proc/swaps", "Filename Type Size Used Priority\n", 0644);
	box_put(b, "mnt/usr/share/zoneinfo/UTC", "", 0644);
	box_put(b, "mnt/usr/bin/ssh-keygen", "", 0755);
	box_put(b, "distributions/base.txz", "base", 0644);
	box_put(b, "distributions/kernel.txz", "kernel", 0644);
}

/* The debian profile's script in a box, ready to run. */
static void
ready(struct world *w, struct box *b)
{
	struct render_out out;
	char *text;

	world_render(w, "profiles/debian.yaml", &out);
	text = world_file(&out, "install");
	machine(b);
	box_put(b, BOX_PROVD "/install", text, 0755);
	box_reports(b, text);
	free(text);
	render_out_done(&out);
}

static bool
out_has(const struct box *b, const char *what)
{
	char *out = box_get(b, "out");
	bool has = strstr(out, what) != NULL;

	free(out);
	return has;
}

static unsigned
count(const struct box *b, const char *file, const char *what)
{
	char *text = box_get(b, file);
	unsigned n = 0;

	for (const char *p = text; (p = strstr(p, what)) != NULL; p++)
		n++;
	free(text);
	return n;
}

/* No command that could write to a disk was run. */
static void
assert_untouched(const struct box *b)
{
	static const char *const harm[] = { "wipefs --all", "sfdisk", "mkfs", "mkswap",
	    "\nmount", "\ntar", "\nchroot", "\numount" };
	char *log = box_get(b, "log");

	for (size_t i = 0; i < sizeof(harm) / sizeof(harm[0]); i++)
		if (strstr(log, harm[i]) != NULL)
			fail_msg("%s in:\n%s", harm[i], log);
	free(log);
}

static void
test_runs_its_commands_in_order(void **state)
{
	static const char *const shell[] = { "dash", "busybox sh", "bash --posix" };
	struct world *w = *state;
	struct box b;
	char *log;

	ready(w, &b);
	for (size_t i = 0; i < sizeof(shell) / sizeof(shell[0]); i++) {
		int r = box_run(&b, shell[i]);

		if (r == -1) {
			box_free(&b);
			skip();
		}
		log = box_get(&b, "out");
		if (r != 0)
			fail_msg("%s: exit %d\n%s", shell[i], r, box_tail(log));
		free(log);
		log = box_get(&b, "log");
		golden("tests/golden/scripts/debian.commands", log);
		free(log);
		log = box_get(&b, "mnt/etc/fstab");
		golden("tests/golden/scripts/debian.fstab", log);
		free(log);
	}
	box_free(&b);
}

/* The n-th command fails, for every n: nothing comes after it, and the report
 * says which it was. */
static void
test_stops_at_the_first_failure(void **state)
{
	struct world *w = *state;
	char fail_at[16], *all, *log, *line, *out;
	struct box b;
	unsigned n;

	ready(w, &b);
	if (box_run(&b, "dash") == -1) {
		box_free(&b);
		skip();
	}
	n = box_commands(&b);
	assert_true(n > 40);
	all = box_get(&b, "log");
	for (unsigned i = 1; i <= n; i++) {
		if (strncmp(box_line(all, i), "claim\n", 6) == 0)
			continue;	/* a test of its own */
		(void)snprintf(fail_at, sizeof(fail_at), "%u", i);
		box_put(&b, "fail_at", fail_at, 0644);
		box_remove(&b, "mnt/etc/fstab");
		if (box_run(&b, "dash") != 1 || box_commands(&b) != i) {
			log = box_get(&b, "log");
			fail_msg("command %u failed, and it went on:\n%s", i, box_tail(log));
		}
		log = box_get(&b, "log");
		line = box_line(log, i);
		out = box_get(&b, "out");
		/* the first command makes the place for messages */
		if (i > 1) {
			char *rep = strstr(out, "/report/"), *last = NULL;

			for (; rep != NULL; rep = strstr(rep + 1, "/report/"))
				if (strstr(rep, "-fail-") != NULL &&
				    strstr(rep, "-fail-") < strchr(rep, '\n'))
					last = rep;
			if (last == NULL)
				fail_msg("no report after %s failed:\n%s", line, box_tail(out));
			*strchr(last, '\n') = '\0';
			if (strstr(last, "it%27s%20broken") == NULL)
				fail_msg("%s", last);
			assert_true(strcspn(last + 8, " ]") <= 255);
		}
		free(out);
		free(log);
	}
	free(all);
	box_free(&b);
}

static void
test_without_a_go_nothing_is_touched(void **state)
{
	static const char *const answer[] = { "no\n", "go \n", "gone\n", "go\nrm\n", "",
	    "the host is not armed\n", "GO\n", NULL };
	struct world *w = *state;
	struct box b;

	ready(w, &b);
	for (size_t i = 0; ; i++) {
		if (answer[i] != NULL)
			box_put(&b, "answer/claim", answer[i], 0644);
		else
			box_remove(&b, "answer/claim");		/* it can't be read */
		if (box_run(&b, "dash") == -1) {
			box_free(&b);
			skip();
		}
		assert_untouched(&b);
		assert_true(count(&b, "log", "claim\n") >= 1);
		assert_false(out_has(&b, "partition-begin"));
		/* no answer is asked for again, under the same number */
		assert_int_equal(count(&b, "claims", "claim"), answer[i] ? 1 : 5);
		if (answer[i] == NULL)
			break;
	}
	box_free(&b);
}

/* One machine for each way to refuse a disk. */
static void
test_refuses_a_disk(void **state)
{
	static const struct {
		const char *path, *text, *why;
	} cases[] = {
		{ "answer/wipefs", "# offset,uuid,label,type\next4\n", "holds%20ext4" },
		{ "sys/block/vda/vda1/partition", "1\n", "holds%20partitions%20vda1" },
		{ "sys/block/vda/ro", "1\n", "it%20is%20read-only" },
		{ "sys/block/vda/size", "0\n", "no%20disk%20matches" },
		{ "proc/mounts", "/dev/vda1 /x ext4 rw 0 0\n", "it%20is%20mounted" },
		{ "proc/mounts", "/dev/vda /x ext4 rw 0 0\n", "it%20is%20mounted" },
		{ "proc/swaps", "/dev/vda3 partition 1 0 -2\n", "in%20use%20as%20swap" },
		{ "sys/block/vda/holders/dm-0", "", "dm-0%20is%20made%20of%20it" },
		{ "sys/block/sdb/size", "100\n", "2%20disks%20match" },
		{ "answer/no_device", "", "it%20is%20not%20there" },
		{ "distributions/kernel.txz", "kernel!", "its%20sha256%20is" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct world *w = *state;
		struct box b;

		ready(w, &b);
		box_put(&b, cases[i].path, cases[i].text, 0644);
		switch (box_run(&b, "dash")) {
		case -1:
			box_free(&b);
			skip();
			break;
		case 1:
			break;
		default:
			fail_msg("%s: went on", cases[i].why);
		}
		if (!out_has(&b, cases[i].why)) {
			char *out = box_get(&b, "out");

			fail_msg("no \"%s\" in\n%s", cases[i].why, box_tail(out));
		}
		assert_untouched(&b);
		assert_int_equal(count(&b, "log", "claim"), 0);
		box_free(&b);
	}
}

/* wipefs that can't be asked is not a disk that is empty. */
static void
test_a_disk_that_cant_be_read_is_refused(void **state)
{
	struct world *w = *state;
	struct box b;

	ready(w, &b);
	box_remove(&b, "answer/wipefs");
	if (box_run(&b, "dash") == -1) {
		box_free(&b);
		skip();
	}
	assert_true(out_has(&b, "holds something that cannot be read"));
	assert_untouched(&b);
	box_free(&b);
}

static void
test_a_disk_is_told_by_its_serial(void **state)
{
	struct world *w = *state;
	char key[] = "disk_serial", serial[] = "OTHER2";
	struct box b;

	world_var(w, key, serial);
	ready(w, &b);
	box_put(&b, "sys/block/sdb/size", "33554432\n", 0644);
	box_put(&b, "sys/block/sdb/ro", "0\n", 0644);
	/* as SCSI has it: four bytes before the padded serial */
	box_put(&b, "sys/block/sdb/device/vpd_pg80", "\1\200\1\24      OTHER2  ", 0644);
	if (box_run(&b, "dash") == -1) {
		box_free(&b);
		skip();
	}
	assert_int_equal(count(&b, "log", "sfdisk --quiet --wipe always --wipe-partitions always /dev/sdb\n"), 1);
	assert_int_equal(count(&b, "log", "/dev/vda"), 0);
	box_free(&b);
}

static void
test_a_report_that_is_not_taken_stops_it(void **state)
{
	struct world *w = *state;
	struct box b;

	ready(w, &b);
	box_remove(&b, BOX_PROVD "/report/7-partition-begin");
	if (box_run(&b, "dash") == -1) {
		box_free(&b);
		skip();
	}
	assert_true(out_has(&b, "stopped before step 4"));
	assert_int_equal(count(&b, "log", "sfdisk"), 0);
	assert_int_equal(count(&b, "sleeps", "sleep"), 11);
	/* each attempt is another name */
	assert_true(out_has(&b, "report/7-partition-begin-try12 ]"));

	box_put(&b, BOX_PROVD "/report/7-partition-begin-try3", "", 0644);
	assert_int_equal(box_run(&b, "dash"), 0);
	assert_int_equal(count(&b, "log", "sfdisk"), 1);
	box_free(&b);
}

/* The log is a file on another mount; when it can't be written to, that is all. */
static void
test_nothing_depends_on_the_log(void **state)
{
	struct world *w = *state;
	struct box b;
	char *text;

	ready(w, &b);
	box_put(&b, "run/provd/log/log", "", 0644);
	if (box_run(&b, "dash") == -1) {
		box_free(&b);
		skip();
	}
	text = box_get(&b, "run/provd/log/log");
	assert_non_null(strstr(text, "provd: step 4 of 12: Partition the disk\n"));
	free(text);
	box_remove(&b, "run/provd/log/log");
	box_put(&b, "run/provd/log/log/x", "", 0644);	/* a directory now */
	assert_int_equal(box_run(&b, "dash"), 0);
	box_free(&b);
}

/* Everything at once: two disks, one with something to keep, every setting. */
static void
test_runs_every_option(void **state)
{
	struct world *w = *state;
	struct render_out out;
	struct box b;
	char *text;
	int r;

	world_render(w, "tests/golden/scripts/full-linux.yaml", &out);
	text = world_file(&out, "install");
	machine(&b);
	box_put(&b, BOX_PROVD "/install", text, 0755);
	box_reports(&b, text);
	free(text);
	box_put(&b, "mnt/usr/share/zoneinfo/Europe/Berlin", "", 0644);
	box_put(&b, "sys/block/nvme0n1/size", "209715200\n", 0644);
	box_put(&b, "sys/block/nvme0n1/ro", "0\n", 0644);
	box_put(&b, "sys/block/nvme0n1/device/serial", "S3R'14\"L            \n", 0644);
	box_put(&b, "sys/block/nvme0n1/nvme0n1p1/partition", "1\n", 0644);
	box_put(&b, "sys/block/sda/size", "41943040\n", 0644);
	box_put(&b, "sys/block/sda/ro", "0\n", 0644);
	box_put(&b, "sys/block/sda/sda1/partition", "1\n", 0644);
	box_put(&b, "sys/block/sda/sda2/partition", "2\n", 0644);
	box_put(&b, "answer/type.sda1", "ext4\n", 0644);
	box_put(&b, "answer/type.sda2", "xfs\n", 0644);
	box_put(&b, "run/provd/old/etc/ssh/ssh_host_rsa_key", "old key\n", 0600);
	/* a link that leads out of the new system is replaced, not followed */
	box_put(&b, "mnt/etc/x", "", 0644);
	box_link(&b, "mnt/etc/motd", "/run/motd");
	if ((r = box_run(&b, "dash")) == -1) {
		box_free(&b);
		skip();
	}
	text = box_get(&b, "out");
	if (r != 0)
		fail_msg("exit %d\n%s", r, box_tail(text));
	free(text);
	text = box_get(&b, "log");
	golden("tests/golden/scripts/full-linux.commands", text);
	free(text);
	text = box_get(&b, "mnt/etc/motd");
	assert_string_equal(text, "it's $HOME, `id` & \"more\" \\ *\n${not} a variable, $HOME neither\n");
	free(text);
	text = box_get(&b, "run/motd");
	assert_string_equal(text, "");
	free(text);
	text = box_get(&b, "mnt/etc/ssh/ssh_host_rsa_key");
	assert_string_equal(text, "old key\n");
	free(text);
	/* what is to be preserved must be what it should be */
	box_put(&b, "answer/type.sda2", "ext4\n", 0644);
	assert_int_equal(box_run(&b, "dash"), 1);
	assert_true(out_has(&b, "is to be preserved as xfs, but holds ext4"));
	assert_int_equal(count(&b, "log", "mkfs"), 0);
	render_out_done(&out);
	box_free(&b);
}

static void
test_an_inspection_writes_nothing(void **state)
{
	struct world *w = *state;
	struct box b;
	char *names;

	w->in.kind = INST_INSPECT;
	ready(w, &b);
	box_put(&b, "proc/meminfo", "MemTotal:        1024000 kB\nMemFree: 1 kB\n", 0644);
	box_put(&b, "proc/cpuinfo", "processor\t: 0\nprocessor\t: 1\n", 0644);
	box_put(&b, "sys/class/dmi/id/sys_vendor", "A; B/C 100%\n", 0644);
	box_put(&b, "sys/block/nvme0n1/size", "209715200\n", 0644);
	box_put(&b, "sys/block/nvme0n1/wwid", "eui.0025385B71B0A1C2\n", 0644);
	box_put(&b, "sys/block/nvme0n1/device/model", "A very long model name, longer than any that "
	    "a name of 255 bytes has a place for, because this one does not end before that: "
	    "(1) (2) (3) (4) (5) (6) (7) (8) (9) [10] [11] [12] [13] [14] [15] [16]  \n", 0644);
	box_put(&b, "sys/class/net/lo/address", "00:00:00:00:00:00\n", 0644);
	box_put(&b, "sys/class/net/eth0/device/x", "", 0644);
	box_put(&b, "sys/class/net/eth0/address", "52:54:00:12:34:56\n", 0644);
	box_put(&b, "sys/class/net/eth0/operstate", "up\n", 0644);
	box_put(&b, "answer/wipefs", "ext4\n", 0644);
	if ((names = box_learn(&b, "dash")) == NULL) {
		box_free(&b);
		skip();
	}
	golden("tests/golden/scripts/inspect-linux.reports", names);
	free(names);
	assert_untouched(&b);
	assert_int_equal(count(&b, "log", "claim"), 0);
	box_free(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define T(f)	cmocka_unit_test_setup_teardown(f, world_setup, world_teardown)
		T(test_the_debian_profile_is_written_down),
		T(test_every_option_is_written_down),
		T(test_the_runner_and_the_inspection_are_written_down),
		T(test_the_overlay_is_complete),
		T(test_runs_its_commands_in_order),
		T(test_stops_at_the_first_failure),
		T(test_without_a_go_nothing_is_touched),
		T(test_refuses_a_disk),
		T(test_a_disk_that_cant_be_read_is_refused),
		T(test_a_disk_is_told_by_its_serial),
		T(test_a_report_that_is_not_taken_stops_it),
		T(test_nothing_depends_on_the_log),
		T(test_runs_every_option),
		T(test_an_inspection_writes_nothing),
#undef T
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

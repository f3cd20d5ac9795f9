/* test_runner_freebsd.c - what runs first on a booted FreeBSD client: before the
 * installation, and after it. */
#include "freebsd_box.h"

static const char *const more[] = { "sh", "tail", "mount_nfs", "mdmfs", "mount_mfs", "reboot" };

static void
ready(struct world *w, struct box *b, const char *install)
{
	struct render_out out;
	char path[64], *text;

	world_render(w, "profiles/freebsd-6-ufs.yaml", &out);
	text = world_file(&out, "init");
	freebsd_machine(w, b);
	box_remove(b, "sbin/sleep");	/* a real one: others are waited for */
	box_put(b, BOX_PROVD "/init", text, 0755);
	box_put(b, BOX_PROVD "/install", install, 0755);
	for (size_t i = 0; i < sizeof(more) / sizeof(more[0]); i++) {
		(void)snprintf(path, sizeof(path), "sbin/%s", more[i]);
		box_link(b, path, "fake");
	}
	box_put(b, "answer/release", "6.2-RELEASE\n", 0644);
	free(text);
	render_out_done(&out);
}

/* Runs until a shell is on the console. */
static void
commands(struct box *b, const char *want)
{
	char *log;

	if (box_run_file(b, "dash", "init") == -1) {
		box_free(b);
		skip();
	}
	log = box_get(b, "log");
	if (strcmp(log, want) != 0)
		fail_msg("have\n%swant\n%s", log, want);
	free(log);
}

#define LOG	"rm -f /tmp/provd/mounted\nmount_nfs -3 -T -L -s -R 1 192.168.10.1:/.provd/" BOX_TOKEN " /tmp/provd/log\n"

static void
test_starts_again_when_all_is_done(void **state)
{
	struct box b;

	ready(*state, &b, "echo installed\nexit 0\n");
	commands(&b, "mount -t tmpfs tmpfs /tmp\nmkdir -p /tmp/provd/log\nchmod 1777 /tmp\n" LOG
	    "cp /rescue/reboot /tmp/provd/reboot\ncp /sbin/reboot /tmp/provd/reboot\nsync\nreboot -q\n");
	assert_true(freebsd_has(&b, "out", "\ninstalled\n"));
	assert_true(freebsd_has(&b, "out", "\nprovd: done, starting again\n"));
	box_free(&b);
}

static void
test_leaves_a_shell_when_it_failed(void **state)
{
	struct box b;

	ready(*state, &b, "exit 3\n");
	commands(&b, "mount -t tmpfs tmpfs /tmp\nmkdir -p /tmp/provd/log\nchmod 1777 /tmp\n" LOG
	    "cp /rescue/reboot /tmp/provd/reboot\ncp /sbin/reboot /tmp/provd/reboot\nsh -i\n");
	assert_true(freebsd_has(&b, "out", "provd: stopped. Here is a shell"));
	box_free(&b);
}

/* No tmpfs before 7; -L is something else in 4. */
static void
test_memory_and_log_of_older_releases(void **state)
{
	struct box b;

	ready(*state, &b, "exit 3\n");
	box_put(&b, "answer/no_tmpfs", "", 0644);
	box_put(&b, "answer/release", "4.11-RELEASE\n", 0644);
	commands(&b, "mdmfs -s 64m md /tmp\nmkdir -p /tmp/provd/log\nchmod 1777 /tmp\n"
	    "rm -f /tmp/provd/mounted\nmount_nfs -3 -T -s -R 1 192.168.10.1:/.provd/" BOX_TOKEN " /tmp/provd/log\n"
	    "cp /rescue/reboot /tmp/provd/reboot\ncp /sbin/reboot /tmp/provd/reboot\nsh -i\n");
	box_free(&b);
}

/* TCP, then UDP, then without: nothing depends on it. */
static void
test_goes_on_without_a_log(void **state)
{
	struct box b;

	ready(*state, &b, "exit 0\n");
	box_put(&b, "answer/no_log", "", 0644);
	commands(&b, "mount -t tmpfs tmpfs /tmp\nmkdir -p /tmp/provd/log\nchmod 1777 /tmp\n"
	    LOG "rm -f /tmp/provd/mounted\n"
	    "mount_nfs -3 -L -s -R 1 192.168.10.1:/.provd/" BOX_TOKEN " /tmp/provd/log\n"
	    "cp /rescue/reboot /tmp/provd/reboot\ncp /sbin/reboot /tmp/provd/reboot\nsync\nreboot -q\n");
	assert_true(freebsd_has(&b, "out", "provd: no log on the server"));
	box_free(&b);
}

/* The first is /dev/console; the box has one device that is another. */
static void
test_other_consoles_see_it_too(void **state)
{
	static const char *const status[] = { "0", "5" };
	char text[64], *screen;
	struct box b;

	for (size_t i = 0; i < 2; i++) {
		(void)snprintf(text, sizeof(text), "echo on every console\nexit %s\n", status[i]);
		ready(*state, &b, text);
		box_put(&b, "answer/kern.console", "ttyd0,null,gdb,/null,consolectl,dcons,\n", 0644);
		if (box_run_file(&b, "dash", "init") == -1) {
			box_free(&b);
			skip();
		}
		assert_true(freebsd_has(&b, "log", "tail -f /tmp/provd/screen\n"));
		assert_true(freebsd_has(&b, "log", "reboot -q\n") == (i == 0));
		screen = box_get(&b, "tmp/provd/screen");
		assert_non_null(strstr(screen, "\non every console\n"));
		assert_non_null(strstr(screen, i == 0 ? "\nprovd: done, starting again\n" : "\nprovd: stopped. Here is a shell"));
		free(screen);
		box_free(&b);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define T(f)	cmocka_unit_test_setup_teardown(f, world_setup, world_teardown)
		T(test_starts_again_when_all_is_done),
		T(test_leaves_a_shell_when_it_failed),
		T(test_memory_and_log_of_older_releases),
		T(test_goes_on_without_a_log),
		T(test_other_consoles_see_it_too),
#undef T
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

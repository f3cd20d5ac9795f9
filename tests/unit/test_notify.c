/* test_notify.c - what a service manager hears, and when it hears nothing. */
#include <sys/socket.h>
#include <sys/un.h>
#include <event2/event.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "../../lib/log.h"
#include "../../lib/notify.h"

static char dir[] = "/tmp/provd-notify-XXXXXX", path[64];

/* The manager's end. */
static int
manager(void)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0);

	unlink(path);
	strcpy(sun.sun_path, path);
	assert_int_equal(bind(fd, (struct sockaddr *)&sun, sizeof(sun)), 0);
	assert_int_equal(setenv("NOTIFY_SOCKET", path, 1), 0);
	return fd;
}

static void
run_for(struct event_base *base, int ms)
{
	struct timeval tv = { .tv_usec = ms * 1000 };

	event_base_loopexit(base, &tv);
	event_base_loop(base, EVLOOP_NO_EXIT_ON_EMPTY);
}

static unsigned
heard(int fd, const char *what)
{
	char buf[64];
	unsigned n = 0;
	ssize_t len;

	while ((len = recv(fd, buf, sizeof(buf) - 1, 0)) > 0) {
		buf[len] = '\0';
		assert_string_equal(buf, what);
		n++;
	}
	return n;
}

static void
test_states_are_told(void **state)
{
	struct event_base *base = event_base_new();
	struct notify *n;
	int fd = manager();

	(void)state;
	unsetenv("WATCHDOG_USEC");
	assert_int_equal(notify_new(base, NULL, 0, &n), 0);
	notify_say(n, "READY=1");
	assert_int_equal(heard(fd, "READY=1"), 1);
	run_for(base, 50);
	assert_int_equal(heard(fd, ""), 0);
	notify_free(n);
	close(fd);
	event_base_free(base);
}

static void
test_without_a_manager_nothing_happens(void **state)
{
	static const char *const bad[] = { "", "/", "/nowhere/at/all", "@", "@nobody-here" };
	struct event_base *base = event_base_new();
	struct notify *n;
	char longest[200];

	(void)state;
	unsetenv("NOTIFY_SOCKET");
	setenv("WATCHDOG_USEC", "3000", 1);
	assert_int_equal(notify_new(base, NULL, 0, &n), 0);
	notify_say(n, "READY=1");
	run_for(base, 20);
	notify_free(n);
	notify_free(NULL);
	memset(longest, 'x', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	for (size_t i = 0; i <= sizeof(bad) / sizeof(bad[0]); i++) {
		setenv("NOTIFY_SOCKET", i < sizeof(bad) / sizeof(bad[0]) ? bad[i] : longest, 1);
		assert_int_equal(notify_new(base, NULL, 0, &n), 0);
		notify_say(n, "READY=1");
		notify_free(n);
	}
	event_base_free(base);
}

/* A thread that does not answer: silence, until it does. */
static void
test_the_watchdog_hears_of_all_threads_or_nothing(void **state)
{
	struct event_base *base = event_base_new(), *other[2];
	struct mbox *mbox[2];
	struct notify *n;
	int fd = manager();

	(void)state;
	for (int i = 0; i < 2; i++) {
		other[i] = event_base_new();
		assert_int_equal(mbox_new(other[i], 10, &mbox[i]), 0);
	}
	setenv("WATCHDOG_USEC", "15000", 1);
	assert_int_equal(notify_new(base, mbox, 2, &n), 0);
	run_for(base, 100);
	assert_int_equal(heard(fd, "WATCHDOG=1"), 1);
	run_for(other[0], 5);
	run_for(base, 100);
	assert_int_equal(heard(fd, "WATCHDOG=1"), 0);
	run_for(other[1], 5);
	run_for(base, 100);
	assert_int_equal(heard(fd, "WATCHDOG=1"), 1);
	for (int i = 0; i < 5; i++) {
		run_for(other[0], 2);
		run_for(other[1], 2);
		run_for(base, 20);
		assert_true(heard(fd, "WATCHDOG=1") > 0);
	}
	for (int i = 0; i < 2; i++) {
		mbox_close(mbox[i]);
		mbox_free(mbox[i]);
		event_base_free(other[i]);
	}
	notify_free(n);
	close(fd);
	event_base_free(base);
}

/* The variables were another process's. */
static void
test_a_watchdog_of_another_process_is_not_ours(void **state)
{
	struct event_base *base = event_base_new();
	struct notify *n;
	int fd = manager();

	(void)state;
	setenv("WATCHDOG_USEC", "15000", 1);
	setenv("WATCHDOG_PID", "1", 1);
	assert_int_equal(notify_new(base, NULL, 0, &n), 0);
	run_for(base, 50);
	assert_int_equal(heard(fd, ""), 0);
	notify_free(n);
	unsetenv("WATCHDOG_PID");
	close(fd);
	event_base_free(base);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_states_are_told),
		cmocka_unit_test(test_without_a_manager_nothing_happens),
		cmocka_unit_test(test_the_watchdog_hears_of_all_threads_or_nothing),
		cmocka_unit_test(test_a_watchdog_of_another_process_is_not_ours),
	};
	int r;

	log_set_level(LOG_CRIT);
	if (mkdtemp(dir) == NULL)
		return 1;
	snprintf(path, sizeof(path), "%s/notify", dir);
	r = cmocka_run_group_tests(tests, NULL, NULL);
	unlink(path);
	rmdir(dir);
	return r;
}

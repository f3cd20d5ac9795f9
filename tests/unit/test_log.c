/* Log lines, and the clocks. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>

#include "../../lib/clock.h"
#include "../../lib/log.h"

static char	last[16384];
static int	last_prio, n_lines;

static void
capture(int prio, const char *line)
{
	(void)snprintf(last, sizeof(last), "%s", line);
	last_prio = prio;
	n_lines++;
	errno = EPIPE;			/* as a sink that writes somewhere might */
}

static int
setup(void **state)
{
	(void)state;
	last[0] = '\0';
	n_lines = 0;
	log_set_sink(capture);
	log_set_level(LOG_INFO);
	return 0;
}

static void
test_writes_key_value_pairs(void **state)
{
	(void)state;
	log_ev(LOG_WARNING, "tftp.rrq", KV_S("peer", "192.0.2.7"),
	    KV_N("bytes", -1), KV_S("host", NULL));
	assert_string_equal(last, "ev=tftp.rrq peer=192.0.2.7 bytes=-1 host=-");
	assert_int_equal(last_prio, LOG_WARNING);
}

/* A peer must not be able to write a second line, or a key of its own. */
static void
test_quotes_and_escapes_what_a_stranger_wrote(void **state)
{
	(void)state;
	log_ev(LOG_INFO, "x", KV_S("file", "a b\n\"\\\x1b\xc3\xa4="));
	assert_string_equal(last,
	    "ev=x file=\"a b\\x0a\\\"\\\\\\x1b\\xc3\\xa4=\"");
	log_ev(LOG_INFO, "x", KV_S("file", "a=b"));
	assert_string_equal(last, "ev=x file=\"a=b\"");
	log_ev(LOG_INFO, "x", KV_S("file", ""));
	assert_string_equal(last, "ev=x file=\"\"");
	log_ev(LOG_INFO, "x", KV_S("file", "-"));
	assert_string_equal(last, "ev=x file=\"-\"");	/* not the NULL */
}

static void
test_cuts_a_long_value_but_keeps_the_keys_behind_it(void **state)
{
	char *value = malloc(100001);

	(void)state;
	assert_non_null(value);
	memset(value, '\n', 100000);
	value[100000] = '\0';
	log_ev(LOG_INFO, "x", KV_S("file", value), KV_S("did", "ignored"));
	assert_non_null(strstr(last, "\\x0a\"... did=ignored"));
	assert_true(strlen(last) < 8192);
	for (int i = 0; i < 3; i++)		/* more than a line can hold */
		log_ev(LOG_INFO, "x", KV_S("a", value), KV_S("b", value),
		    KV_S("c", value));
	assert_true(strlen(last) < 8192);
	free(value);
}

static void
test_drops_what_is_above_the_level(void **state)
{
	(void)state;
	log_ev(LOG_DEBUG, "x", KV_N("n", 1));
	assert_int_equal(n_lines, 0);
	log_set_level(LOG_DEBUG);
	log_ev(LOG_DEBUG, "x", KV_N("n", 1));
	assert_int_equal(n_lines, 1);
	log_set_level(LOG_ERR);
	log_ev(LOG_WARNING, "x", KV_N("n", 1));
	assert_int_equal(n_lines, 1);
}

static void
test_keeps_errno(void **state)
{
	(void)state;
	errno = EADDRINUSE;
	log_ev(LOG_INFO, "x", KV_ERR(-ENOENT));
	assert_int_equal(errno, EADDRINUSE);
	assert_string_equal(last, "ev=x err=\"No such file or directory\"");
}

/* Runs fn in a child; gives its exit status and what it wrote to stderr. */
static int
child(void (*fn)(void), char *err, size_t cap)
{
	size_t len = 0;
	int fd[2], status;
	ssize_t n;
	pid_t pid;

	assert_int_equal(pipe(fd), 0);
	pid = fork();
	assert_int_not_equal(pid, -1);
	if (pid == 0) {
		(void)dup2(fd[1], STDERR_FILENO);
		(void)close(fd[0]);
		(void)close(fd[1]);
		fn();
		_exit(99);
	}
	(void)close(fd[1]);
	while (len + 1 < cap && (n = read(fd[0], err + len, cap - 1 - len)) > 0)
		len += (size_t)n;
	err[len] = '\0';
	(void)close(fd[0]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void
die(void)
{
	fatal(2, "bad %s", "a\nb");
}

static void
say(void)
{
	log_set_sink(NULL);
	log_ev(LOG_INFO, "x", KV_N("n", 1));
}

static void
test_fatal_writes_one_line_and_exits(void **state)
{
	char err[256];

	(void)state;
	assert_int_equal(child(die, err, sizeof(err)), 2);
	assert_non_null(strstr(err, ": bad a?b\n"));
	assert_ptr_equal(strchr(err, '\n'), err + strlen(err) - 1);
}

static void
test_without_a_sink_lines_go_to_stderr(void **state)
{
	char err[256];

	(void)state;
	assert_int_equal(child(say, err, sizeof(err)), 99);
	assert_string_equal(err, "ev=x n=1\n");
}

static void
test_clocks_can_be_frozen_and_released(void **state)
{
	int64_t before;

	(void)state;
	clock_set(1000, 5);
	assert_true(clock_unix() == 1000);
	assert_true(clock_ms() == 5);
	clock_set(0, 0);
	assert_true(clock_unix() >= (int64_t)time(NULL) - 1);
	assert_true(clock_unix() <= (int64_t)time(NULL));
	before = clock_ms();
	(void)nanosleep(&(struct timespec){ .tv_nsec = 20000000 }, NULL);
	assert_in_range(clock_ms() - before, 19, 5000);
}

/* systemd restarting its journal, a log reader that was stopped: the daemon
 * goes on, and says later how much is missing. */
static void
test_a_full_pipe_stalls_nobody(void **state)
{
	char buf[65536];
	int fd[2], keep = dup(STDERR_FILENO);
	size_t n = 0;
	ssize_t r;

	(void)state;
	log_set_sink(NULL);
	assert_int_equal(pipe(fd), 0);
	assert_int_not_equal(dup2(fd[1], STDERR_FILENO), -1);
	alarm(20);			/* instead of hanging */
	for (int i = 0; i < 10000; i++)
		log_ev(LOG_INFO, "flood", KV_N("i", i));
	alarm(0);
	close(fd[1]);
	assert_int_equal(fcntl(fd[0], F_SETFL, O_NONBLOCK), 0);
	while ((r = read(fd[0], buf, sizeof(buf))) > 0)
		n += (size_t)r;
	assert_true(n > 0 && n < 10000 * sizeof("ev=flood i=9999"));
	log_ev(LOG_INFO, "after", KV_N("i", 1));
	r = read(fd[0], buf, sizeof(buf) - 1);
	dup2(keep, STDERR_FILENO);
	close(keep);
	close(fd[0]);
	assert_true(r > 0);
	buf[r] = '\0';
	assert_non_null(strstr(buf, "ev=log.lost lines="));
	assert_non_null(strstr(buf, "ev=after i=1\n"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_writes_key_value_pairs, setup),
		cmocka_unit_test_setup(test_quotes_and_escapes_what_a_stranger_wrote, setup),
		cmocka_unit_test_setup(test_cuts_a_long_value_but_keeps_the_keys_behind_it, setup),
		cmocka_unit_test_setup(test_drops_what_is_above_the_level, setup),
		cmocka_unit_test_setup(test_keeps_errno, setup),
		cmocka_unit_test_setup(test_fatal_writes_one_line_and_exits, setup),
		cmocka_unit_test_setup(test_without_a_sink_lines_go_to_stderr, setup),
		cmocka_unit_test(test_clocks_can_be_frozen_and_released),
		cmocka_unit_test(test_a_full_pipe_stalls_nobody),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

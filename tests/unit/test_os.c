/* Files: what can be opened beneath a directory, and what cannot. */
#include <sys/stat.h>
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "../../lib/os_int.h"

static char	dir[] = "/tmp/test_os.XXXXXX";
static int	dirfd_;

static void
put(const char *name, const char *text)
{
	int fd = openat(dirfd_, name, O_WRONLY | O_CREAT | O_EXCL, 0644);

	assert_int_not_equal(fd, -1);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	(void)close(fd);
}

static int
setup(void **state)
{
	(void)state;
	assert_non_null(mkdtemp(dir));
	dirfd_ = open(dir, O_RDONLY | O_DIRECTORY);
	assert_int_not_equal(dirfd_, -1);
	put("file", "0123456789");
	assert_int_equal(mkdirat(dirfd_, "sub", 0755), 0);
	put("sub/file", "below");
	assert_int_equal(mkdirat(dirfd_, "sub/..x", 0755), 0);
	put("sub/..x/y..", "dots");
	assert_int_equal(symlinkat("file", dirfd_, "to-file"), 0);
	assert_int_equal(symlinkat("sub", dirfd_, "to-sub"), 0);
	assert_int_equal(symlinkat("/etc", dirfd_, "to-etc"), 0);
	assert_int_equal(symlinkat("..", dirfd_, "sub/up"), 0);
	assert_int_equal(mkfifoat(dirfd_, "fifo", 0644), 0);
	return 0;
}

static int
teardown(void **state)
{
	static const char *const name[] = {
		"sub/..x/y..", "sub/file", "sub/up", "file", "to-file", "to-sub",
		"to-etc", "fifo"
	};

	(void)state;
	for (size_t i = 0; i < sizeof(name) / sizeof(name[0]); i++)
		(void)unlinkat(dirfd_, name[i], 0);
	(void)unlinkat(dirfd_, "sub/..x", AT_REMOVEDIR);
	(void)unlinkat(dirfd_, "sub", AT_REMOVEDIR);
	(void)close(dirfd_);
	return rmdir(dir);
}

static int
open_direct(int at, const char *path, int flags)
{
	return os_open_beneath(at, path, flags, false);
}

/* The system's way and the portable walk must agree. */
static int	(*const way[])(int, const char *, int) = {
	open_direct, os_walk_beneath
};

static int
try_open(size_t w, const char *path, int flags)
{
	int fd = way[w](dirfd_, path, flags);

	if (fd < 0)
		return fd;
	assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	(void)close(fd);
	return 0;
}

static void
test_opens_what_is_beneath(void **state)
{
	static const char *const good[] = {
		"file", "sub", "sub/", "sub/file", "sub//file", "./sub/./file",
		".", "sub/..x/y..", "./"
	};

	(void)state;
	for (size_t w = 0; w < 2; w++)
		for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
			assert_int_equal(try_open(w, good[i], O_RDONLY), 0);
}

static void
test_nothing_leads_out(void **state)
{
	static const struct { const char *path; int err; } bad[] = {
		{ "", ENOENT }, { "/", EXDEV }, { "/etc/passwd", EXDEV },
		{ "..", EXDEV }, { "../x", EXDEV }, { "sub/..", EXDEV },
		{ "sub/../file", EXDEV }, { "sub/../../x", EXDEV },
		{ "sub//..", EXDEV }, { "sub/../", EXDEV },
		{ "to-etc", ELOOP }, { "to-etc/passwd", ELOOP },
		{ "to-file", ELOOP }, { "to-sub/file", ELOOP },
		{ "sub/up/file", ELOOP }, { "sub/up", ELOOP },
		{ "none", ENOENT }, { "none/x", ENOENT }, { "file/x", ENOTDIR },
		{ "file/", ENOTDIR },
	};
	char name[600];

	(void)state;
	for (size_t w = 0; w < 2; w++) {
		for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
			assert_int_equal(try_open(w, bad[i].path, O_RDONLY),
			    -bad[i].err);
		memset(name, 'x', sizeof(name));
		name[sizeof(name) - 1] = '\0';
		assert_int_equal(try_open(w, name, O_RDONLY), -ENAMETOOLONG);
		memcpy(name, "sub/", 4);
		assert_int_equal(try_open(w, name, O_RDONLY), -ENAMETOOLONG);
	}
}

/* The caller serves a link as a link: it wants its target, not what is there. */
static void
test_a_link_itself_opens_with_o_path(void **state)
{
	char target[16];
	struct stat st;
	int fd;

	(void)state;
	for (size_t w = 0; w < 2; w++) {
		fd = way[w](dirfd_, "to-etc", O_PATH);
		assert_true(fd >= 0);
		assert_int_equal(fstat(fd, &st), 0);
		assert_true(S_ISLNK(st.st_mode));
		assert_int_equal(readlinkat(fd, "", target, sizeof(target)), 4);
		assert_memory_equal(target, "/etc", 4);
		(void)close(fd);
		assert_int_equal(try_open(w, "to-etc/passwd", O_PATH), -ELOOP);
	}
}

/* Without O_NONBLOCK this test would hang here: nobody writes to it. */
static void
test_a_fifo_does_not_make_us_wait(void **state)
{
	(void)state;
	for (size_t w = 0; w < 2; w++)
		assert_int_equal(try_open(w, "fifo", O_RDONLY), 0);
}

static void
test_cached_open_gives_the_file_or_eagain(void **state)
{
	int fd = os_open_beneath(dirfd_, "sub/file", O_RDONLY, true);

	(void)state;
	if (fd == -EAGAIN)
		skip();			/* this system can't tell */
	assert_true(fd >= 0);
	(void)close(fd);
	assert_int_equal(os_open_beneath(dirfd_, "to-etc/passwd", O_RDONLY, true),
	    -ELOOP);
	assert_int_equal(os_open_beneath(dirfd_, "../x", O_RDONLY, true), -EXDEV);
}

static void
test_pread_reads_at_an_offset(void **state)
{
	int fd = os_open_beneath(dirfd_, "file", O_RDONLY, false);
	char buf[16];
	ssize_t n;

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(os_pread(fd, buf, sizeof(buf), 4, false), 6);
	assert_memory_equal(buf, "456789", 6);
	assert_int_equal(os_pread(fd, buf, sizeof(buf), 10, false), 0);
	n = os_pread(fd, buf, 3, 0, true);
	assert_true(n == -EAGAIN || n == 3);
	assert_int_equal(os_pread(-1, buf, 3, 0, false), -EBADF);
	(void)close(fd);
}

static void
test_a_lock_is_held_until_it_is_closed(void **state)
{
	int a = open(dir, O_RDONLY), b = open(dir, O_RDONLY);

	(void)state;
	assert_int_equal(os_lock(a), 0);
	assert_int_equal(os_lock(b), -EWOULDBLOCK);
	(void)close(a);
	assert_int_equal(os_lock(b), 0);
	(void)close(b);
}

static void
test_random_fills_all_of_a_large_buffer(void **state)
{
	uint8_t a[1000] = { 0 }, b[1000] = { 0 };
	static const uint8_t zero[64];

	(void)state;
	assert_int_equal(os_random(a, sizeof(a)), 0);
	assert_int_equal(os_random(b, sizeof(b)), 0);
	assert_memory_not_equal(a, b, 64);
	for (size_t i = 0; i + 64 <= sizeof(a); i += 64)
		assert_memory_not_equal(a + i, zero, 64);
	assert_memory_not_equal(a + sizeof(a) - 64, zero, 64);
}

static void
test_wakeup_is_readable_until_cleared(void **state)
{
	char c[8];
	int fd[2];

	(void)state;
	assert_int_equal(os_wakeup_open(fd), 0);
	assert_true(fcntl(fd[0], F_GETFD) & FD_CLOEXEC);
	os_wakeup_send(fd[1]);
	os_wakeup_send(fd[1]);
	os_wakeup_clear(fd[0]);
	assert_int_equal(read(fd[0], c, sizeof(c)), -1);	/* and doesn't wait */
	assert_int_equal(errno, EAGAIN);
	os_wakeup_send(fd[1]);
	assert_int_equal(read(fd[0], c, sizeof(c)), 8);
	os_wakeup_close(fd);
	assert_int_equal(fcntl(fd[0], F_GETFD), -1);
}

static void
test_counts_the_processors_we_may_use(void **state)
{
	(void)state;
	assert_in_range(os_ncpu(), 1, sysconf(_SC_NPROCESSORS_CONF));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_opens_what_is_beneath),
		cmocka_unit_test(test_nothing_leads_out),
		cmocka_unit_test(test_a_link_itself_opens_with_o_path),
		cmocka_unit_test(test_a_fifo_does_not_make_us_wait),
		cmocka_unit_test(test_cached_open_gives_the_file_or_eagain),
		cmocka_unit_test(test_pread_reads_at_an_offset),
		cmocka_unit_test(test_a_lock_is_held_until_it_is_closed),
		cmocka_unit_test(test_random_fills_all_of_a_large_buffer),
		cmocka_unit_test(test_wakeup_is_readable_until_cleared),
		cmocka_unit_test(test_counts_the_processors_we_may_use),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}

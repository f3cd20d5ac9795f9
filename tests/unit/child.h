/* child.h - run a piece of a test in a process of its own, to change what
 * cannot be changed back: privileges, namespaces.  Inside, use CHECK, not
 * cmocka's asserts.
 */
#ifndef TESTS_UNIT_CHILD_H
#define TESTS_UNIT_CHILD_H

#include <sys/types.h>
#include <sys/wait.h>
#include <fcntl.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define CHILD_SKIP	77

#define CHECK(x) do {							\
	if (!(x)) {							\
		(void)fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #x); \
		return 1;						\
	}								\
} while (0)

static inline int
child_run(int (*fn)(void))
{
	int status;
	pid_t pid = fork();

	if (pid == -1)
		return -1;
	if (pid == 0)
		_exit(fn());
	if (waitpid(pid, &status, 0) != pid || !WIFEXITED(status))
		return -1;
	return WEXITSTATUS(status);
}

static inline bool
child_write(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	bool ok = fd != -1 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);

	if (fd != -1)
		(void)close(fd);
	return ok;
}

/* A user namespace in which we are root and nobody else exists, with more
 * namespaces as asked for.  False where the system does not allow that. */
static inline bool
child_unshare(int flags)
{
	unsigned uid = (unsigned)geteuid(), gid = (unsigned)getegid();
	char map[64];

	if (unshare(CLONE_NEWUSER | flags) == -1)
		return false;
	(void)snprintf(map, sizeof(map), "0 %u 1", uid);
	if (!child_write("/proc/self/uid_map", map) ||
	    !child_write("/proc/self/setgroups", "deny"))
		return false;
	(void)snprintf(map, sizeof(map), "0 %u 1", gid);
	return child_write("/proc/self/gid_map", map);
}

#endif /* TESTS_UNIT_CHILD_H */

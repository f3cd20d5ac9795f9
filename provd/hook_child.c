/* hook_child.c - the process that runs hooks.  No thread, no library but libc. */
#include <sys/socket.h>
#include <sys/wait.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../lib/clock.h"
#include "../lib/os.h"
#include "hook.h"

#define TICK_MS		100	/* ended programs are looked for so often */
#define GRACE_S		3	/* from SIGTERM to SIGKILL */

struct prog {
	pid_t		 pid;		/* 0: the place is free */
	int		 fd;		/* its output; -1: closed */
	uint32_t	 id;
	int64_t		 until;		/* unix seconds */
	bool		 late;		/* was told to end */
	size_t		 len;
	char		 out[HOOK_OUTPUT];
};

static struct prog *
room(struct prog prog[HOOK_AT_ONCE])
{
	for (unsigned i = 0; i < HOOK_AT_ONCE; i++)
		if (prog[i].pid == 0)
			return &prog[i];
	return NULL;
}

static void
tell(int fd, uint32_t id, int status, const char *out, size_t len)
{
	char m[sizeof(struct hook_tell) + HOOK_OUTPUT];
	struct hook_tell t = { .id = id, .status = status };
	struct pollfd p = { .fd = fd, .events = POLLOUT };

	memcpy(m, &t, sizeof(t));
	if (len > 0)
		memcpy(m + sizeof(t), out, len);
	while (send(fd, m, sizeof(t) + len, MSG_NOSIGNAL) == -1) {
		if (errno != EAGAIN && errno != EINTR)
			_exit(0);	/* provd has gone */
		(void)poll(&p, 1, TICK_MS);
	}
}

/* In the program's process. */
static void
become(char *path, char **env, int out) __attribute__((noreturn));

static void
become(char *path, char **env, int out)
{
	char *argv[] = { path, NULL };
	int null = open("/dev/null", O_RDWR);
	sigset_t none;

	(void)setsid();
	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	for (int s = 1; s < 32; s++)
		(void)signal(s, SIG_DFL);
	if (null == -1 || dup2(null, 0) == -1 || dup2(out, 1) == -1 || dup2(out, 2) == -1 ||
	    chdir("/") == -1)
		_exit(126);
	for (int fd = 3; fd < 256; fd++)	/* all that this process ever had */
		(void)close(fd);
	execve(path, argv, env);
	dprintf(2, "%s: %s\n", path, strerror(errno));
	_exit(errno == ENOENT ? 127 : 126);
}

/* Path and environment, each with its NUL; bad ones are answered. */
static void
begin(int fd, struct prog *p, char *m, size_t len)
{
	static char path_var[] = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
	static char lang[] = "LC_ALL=C";
	struct hook_ask a;
	char *env[64] = { path_var, lang };
	size_t n = 2, at = sizeof(a);
	int out[2];

	memcpy(&a, m, sizeof(a));
	m[len - 1] = '\0';
	for (at += strlen(m + at) + 1; at < len && n < 63; at += strlen(m + at) + 1)
		env[n++] = m + at;
	if (pipe(out) == -1) {
		tell(fd, a.id, -errno, NULL, 0);
		return;
	}
	*p = (struct prog){ .fd = out[0], .id = a.id, .until = clock_unix() + a.timeout };
	if ((p->pid = fork()) == 0)
		become(m + sizeof(a), env, out[1]);
	close(out[1]);
	(void)fcntl(out[0], F_SETFL, O_NONBLOCK);
	if (p->pid == -1) {
		tell(fd, a.id, -errno, NULL, 0);
		close(out[0]);
		p->pid = 0;
	}
}

/* The last bytes are what a person wants to read.  As much as a pipe holds: one
 * who writes without end must not keep the others waiting. */
static void
drain(struct prog *p)
{
	char buf[HOOK_OUTPUT];
	ssize_t n;

	for (int i = 0; i < 16 && p->fd != -1 && (n = read(p->fd, buf, sizeof(buf))) != -1; i++) {
		size_t len = (size_t)n, keep = sizeof(p->out) - len;

		if (n == 0) {
			close(p->fd);
			p->fd = -1;
			return;
		}
		if (p->len > keep) {
			memmove(p->out, p->out + p->len - keep, keep);
			p->len = keep;
		}
		memcpy(p->out + p->len, buf, len);
		p->len += len;
	}
}

static void
look_after(int fd, struct prog *p)
{
	int status, r;

	drain(p);
	if (waitpid(p->pid, &status, WNOHANG) != p->pid) {
		if (clock_unix() >= p->until) {
			(void)kill(-p->pid, p->late ? SIGKILL : SIGTERM);
			p->until = clock_unix() + GRACE_S;
			p->late = true;
		}
		return;
	}
	drain(p);
	(void)kill(-p->pid, SIGKILL);	/* what it left behind */
	r = p->late ? -ETIMEDOUT : WIFEXITED(status) ? WEXITSTATUS(status) : -EINTR;
	tell(fd, p->id, r, p->out, p->len);
	if (p->fd != -1)
		close(p->fd);
	p->pid = 0;
}

static void
end(struct prog prog[HOOK_AT_ONCE])
{
	for (unsigned i = 0; i < HOOK_AT_ONCE; i++)
		if (prog[i].pid > 0)
			(void)kill(-prog[i].pid, SIGKILL);
	_exit(0);
}

static void
serve(int fd, struct prog prog[HOOK_AT_ONCE], char *m)
{
	struct prog *p;

	for (;;) {
		struct pollfd pf = { .fd = fd, .events = POLLIN };
		bool any = false;

		for (unsigned i = 0; i < HOOK_AT_ONCE; i++)
			if (prog[i].pid != 0) {
				look_after(fd, &prog[i]);
				any |= prog[i].pid != 0;
			}
		(void)poll(&pf, 1, any ? TICK_MS : -1);
		while ((p = room(prog)) != NULL) {
			ssize_t n = recv(fd, m, HOOK_MESSAGE, 0);

			if (n == 0 || (n == -1 && errno != EAGAIN && errno != EINTR))
				end(prog);
			if (n <= (ssize_t)sizeof(struct hook_ask))
				break;
			begin(fd, p, m, (size_t)n);
		}
	}
}

void
hook_child(int fd, const char *user)
{
	struct prog *prog = calloc(HOOK_AT_ONCE, sizeof(*prog));
	char *m = malloc(HOOK_MESSAGE);
	const char *why;

	/* A signal to the group is provd's matter; this ends when provd does. */
	(void)signal(SIGINT, SIG_IGN);
	(void)signal(SIGTERM, SIG_IGN);
	(void)signal(SIGHUP, SIG_IGN);
	(void)signal(SIGPIPE, SIG_IGN);
	if (prog == NULL || m == NULL || os_drop(user, false, &why) < 0)
		_exit(1);
	serve(fd, prog, m);
	_exit(0);
}

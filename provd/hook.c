/* hook.c - see hook.h: provd's side. */
#include <sys/socket.h>
#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../lib/log.h"
#include "hook.h"

struct job {
	struct job	*next;
	uint32_t	 id;
	struct buf	 message;	/* of one that waits */
	hook_done_fn	*done;
	void		*arg;
};

struct hook {
	int		 fd;
	struct event	*ev;
	uint32_t	 last_id;
	struct job	*running, *waiting, **tail;
	unsigned	 n_running;
};

int
hook_fork(const char *user, struct hook **ret)
{
	struct hook *h;
	int fd[2], size = 4 * (int)HOOK_MESSAGE;
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET, 0, fd) == -1)
		return -errno;
	for (int i = 0; i < 2; i++) {
		(void)fcntl(fd[i], F_SETFD, FD_CLOEXEC);
		(void)fcntl(fd[i], F_SETFL, O_NONBLOCK);
		(void)setsockopt(fd[i], SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
	}
	if ((h = calloc(1, sizeof(*h))) == NULL || (pid = fork()) == -1) {
		int r = h == NULL ? -ENOMEM : -errno;

		close(fd[0]);
		close(fd[1]);
		free(h);
		return r;
	}
	if (pid == 0) {
		close(fd[0]);
		hook_child(fd[1], user);
	}
	close(fd[1]);
	h->fd = fd[0];
	h->tail = &h->waiting;
	*ret = h;
	return 0;
}

/* Jobs -------------------------------------------------------------------- */

static void
finish(struct job *j, int status, const char *output)
{
	j->done(j->arg, status, output);
	buf_free(&j->message);
	free(j);
}

static void
lost(struct hook *h, int err)
{
	struct job *j;

	if (h->fd == -1)
		return;
	if (h->ev != NULL)
		event_free(h->ev);
	h->ev = NULL;
	close(h->fd);
	h->fd = -1;
	while ((j = h->running) != NULL || (j = h->waiting) != NULL) {
		if (j == h->running)
			h->running = j->next;
		else if ((h->waiting = j->next) == NULL)
			h->tail = &h->waiting;
		finish(j, err, "");
	}
	h->n_running = 0;
}

static void
send_more(struct hook *h)
{
	struct job *j;

	while (h->fd != -1 && h->n_running < HOOK_AT_ONCE && (j = h->waiting) != NULL) {
		ssize_t n = send(h->fd, j->message.p, j->message.len, MSG_NOSIGNAL);

		if (n == -1 && (errno == EAGAIN || errno == ENOBUFS))
			return;		/* the next answer makes room */
		if ((h->waiting = j->next) == NULL)
			h->tail = &h->waiting;
		if (n == -1) {
			finish(j, -errno, "");
			continue;
		}
		buf_free(&j->message);
		j->next = h->running;
		h->running = j;
		h->n_running++;
	}
}

static void
take(struct hook *h, const struct hook_tell *t, const char *text, size_t len)
{
	struct buf out = { 0 };

	for (struct job **p = &h->running, *j; (j = *p) != NULL; p = &j->next) {
		if (j->id != t->id)
			continue;
		*p = j->next;
		h->n_running--;
		buf_text(&out, text, len);
		finish(j, t->status, out.p != NULL ? out.p : "");
		buf_free(&out);
		return;
	}
}

static void
readable(evutil_socket_t fd, short what, void *arg)
{
	char m[sizeof(struct hook_tell) + HOOK_OUTPUT];
	struct hook *h = arg;
	struct hook_tell t;
	ssize_t n = -1;

	(void)what;
	while (h->fd != -1 && (n = recv((int)fd, m, sizeof(m), 0)) >= (ssize_t)sizeof(t)) {
		memcpy(&t, m, sizeof(t));
		take(h, &t, m + sizeof(t), (size_t)n - sizeof(t));
	}
	if (h->fd != -1 && (n == 0 || (n == -1 && errno != EAGAIN && errno != EINTR))) {
		log_ev(LOG_ERR, "hook", KV_S("err", "the process that runs hooks has ended"),
		    KV_S("did", "runs no more"));
		lost(h, -EPIPE);
	}
	send_more(h);
}

int
hook_run(struct hook *h, const char *path, const struct buf *env, uint32_t timeout,
    hook_done_fn *done, void *arg)
{
	struct hook_ask a = { .id = ++h->last_id, .timeout = timeout };
	struct job *j;

	if (h->fd == -1)
		return -EPIPE;
	if ((j = calloc(1, sizeof(*j))) == NULL)
		return -ENOMEM;
	*j = (struct job){ .id = a.id, .done = done, .arg = arg };
	buf_add(&j->message, &a, sizeof(a));
	buf_add(&j->message, path, strlen(path) + 1);
	buf_add(&j->message, env->p, env->len);
	if (j->message.err != 0 || env->err != 0 || j->message.len > HOOK_MESSAGE) {
		buf_free(&j->message);
		free(j);
		return -E2BIG;
	}
	*h->tail = j;
	h->tail = &j->next;
	send_more(h);
	return 0;
}

int
hook_start(struct hook *h, struct event_base *base)
{
	if ((h->ev = event_new(base, h->fd, EV_READ | EV_PERSIST, readable, h)) == NULL ||
	    event_add(h->ev, NULL) == -1)
		return -ENOMEM;
	return 0;
}

void
hook_stop(struct hook *h)
{
	if (h == NULL)
		return;
	lost(h, -ESHUTDOWN);
	free(h);
}

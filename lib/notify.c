/* notify.c - see notify.h. */
#include <sys/socket.h>
#include <sys/un.h>
#include <errno.h>
#include <event2/event.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "log.h"
#include "notify.h"

struct ping {
	struct mbox_msg	 msg;		/* first */
	struct mbox	*to;
	_Atomic bool	 under_way;
};

struct notify {
	int		 fd;		/* < 0: nobody is told */
	struct event	*timer;
	size_t		 n_ping;
	struct ping	 ping[];	/* one for each thread */
};

/* In the other thread. */
static void
answer(struct mbox_msg *m)
{
	((struct ping *)(void *)m)->under_way = false;
}

static void
on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct notify *n = arg;

	(void)fd;
	(void)what;
	for (size_t i = 0; i < n->n_ping; i++)
		if (n->ping[i].under_way)
			return;
	notify_say(n, "WATCHDOG=1");
	for (size_t i = 0; i < n->n_ping; i++) {
		struct ping *p = &n->ping[i];

		p->under_way = true;
		p->msg.run = answer;
		if (mbox_post_always(p->to, &p->msg) < 0)
			p->under_way = false;
	}
}

static int
watch(struct notify *n, struct event_base *base)
{
	const char *s = getenv("WATCHDOG_USEC"), *pid = getenv("WATCHDOG_PID");
	unsigned long long us = s != NULL ? strtoull(s, NULL, 10) / 3 : 0;
	struct timeval tv = { .tv_sec = (time_t)(us / 1000000),
	    .tv_usec = (suseconds_t)(us % 1000000) };

	if (us == 0 || (pid != NULL && strtoll(pid, NULL, 10) != (long long)getpid()))
		return 0;
	if ((n->timer = event_new(base, -1, EV_PERSIST, on_timer, n)) == NULL ||
	    event_add(n->timer, &tv) == -1)
		return -ENOMEM;
	return 0;
}

/* A path, or with @ an abstract name. */
static int
open_socket(const char *name)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	size_t n = strlen(name);
	int fd;

	if (n < 2 || n >= sizeof(sun.sun_path))
		return -EINVAL;
	memcpy(sun.sun_path, name, n);
	if (name[0] == '@')
		sun.sun_path[0] = '\0';
	if ((fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)) == -1)
		return -errno;
	if (connect(fd, (struct sockaddr *)&sun,
	    (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n)) == -1) {
		int r = -errno;

		close(fd);
		return r;
	}
	return fd;
}

int
notify_new(struct event_base *base, struct mbox *const *mbox, size_t n_mbox,
    struct notify **ret)
{
	const char *name = getenv("NOTIFY_SOCKET");
	struct notify *n = calloc(1, sizeof(*n) + n_mbox * sizeof(n->ping[0]));
	int r = 0;

	if (n == NULL)
		return -ENOMEM;
	for (; n->n_ping < n_mbox; n->n_ping++)
		n->ping[n->n_ping].to = mbox[n->n_ping];
	n->fd = name != NULL ? open_socket(name) : -1;
	if (n->fd < 0 && name != NULL)
		log_ev(LOG_WARNING, "notify", KV_S("socket", name), KV_ERR(n->fd),
		    KV_S("did", "told-nobody"));
	if (n->fd >= 0)
		r = watch(n, base);
	*ret = n;
	return r;
}

void
notify_say(struct notify *n, const char *state)
{
	if (n->fd >= 0)
		(void)send(n->fd, state, strlen(state), MSG_NOSIGNAL);
}

void
notify_free(struct notify *n)
{
	if (n == NULL)
		return;
	if (n->timer != NULL)
		event_free(n->timer);
	if (n->fd >= 0)
		close(n->fd);
	free(n);
}

/* mbox.c - a thread's mailbox: other threads post, its event loop runs.
 *
 * `signalled` is true from the post that wakes the loop until the loop has
 * seen the queue empty, so a burst costs one wake-up.
 */
#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>

#include <event2/event.h>

#include "mbox.h"
#include "os.h"

/* Messages run per wake-up, so that a busy mailbox can't starve the sockets
 * of the same loop. */
#define BATCH	64

struct mbox {
	pthread_mutex_t	  lock;		/* guards all down to closed */
	struct mbox_msg	 *head, **tail;
	size_t		  n, limit;
	bool		  signalled, closed;
	struct event	 *ev;
	int		  fd[2];
};

static struct mbox_msg *
pop(struct mbox *m)
{
	struct mbox_msg *msg;

	(void)pthread_mutex_lock(&m->lock);
	if ((msg = m->head) != NULL) {
		if ((m->head = msg->next) == NULL)
			m->tail = &m->head;
		m->n--;
	}
	(void)pthread_mutex_unlock(&m->lock);
	return msg;
}

static void
on_wakeup(evutil_socket_t fd, short what, void *arg)
{
	struct mbox *m = arg;
	struct mbox_msg *msg;
	bool more;

	(void)what;
	os_wakeup_clear(fd);
	for (int i = 0; i < BATCH && (msg = pop(m)) != NULL; i++)
		msg->run(msg);
	(void)pthread_mutex_lock(&m->lock);
	more = m->signalled = m->head != NULL;
	(void)pthread_mutex_unlock(&m->lock);
	if (more)
		os_wakeup_send(m->fd[1]);
}

int
mbox_new(struct event_base *base, size_t limit, struct mbox **ret)
{
	struct mbox *m;
	int r;

	if ((m = calloc(1, sizeof(*m))) == NULL)
		return -ENOMEM;
	m->tail = &m->head;
	m->limit = limit;
	if ((r = os_wakeup_open(m->fd)) < 0)
		goto fail;
	m->ev = event_new(base, m->fd[0], EV_READ | EV_PERSIST, on_wakeup, m);
	if (m->ev == NULL || event_add(m->ev, NULL) == -1) {
		r = -ENOMEM;
		goto fail_fd;
	}
	if ((r = -pthread_mutex_init(&m->lock, NULL)) < 0)
		goto fail_fd;
	*ret = m;
	return 0;
fail_fd:
	if (m->ev != NULL)
		event_free(m->ev);
	os_wakeup_close(m->fd);
fail:
	free(m);
	return r;
}

static int
post(struct mbox *m, struct mbox_msg *msg, bool always)
{
	bool wake = false;
	int r = 0;

	(void)pthread_mutex_lock(&m->lock);
	if (m->closed) {
		r = -ESHUTDOWN;
	} else if (!always && m->n >= m->limit) {
		r = -ENOBUFS;
	} else {
		msg->next = NULL;
		*m->tail = msg;
		m->tail = &msg->next;
		m->n++;
		wake = !m->signalled;
		m->signalled = true;
	}
	(void)pthread_mutex_unlock(&m->lock);
	if (wake)
		os_wakeup_send(m->fd[1]);
	return r;
}

int
mbox_post(struct mbox *m, struct mbox_msg *msg)
{
	return post(m, msg, false);
}

int
mbox_post_always(struct mbox *m, struct mbox_msg *msg)
{
	return post(m, msg, true);
}

/* Closed before it is emptied, so that handlers which post again cannot keep
 * it from ending. */
void
mbox_close(struct mbox *m)
{
	struct mbox_msg *msg;

	(void)pthread_mutex_lock(&m->lock);
	m->closed = true;
	(void)pthread_mutex_unlock(&m->lock);
	(void)event_del(m->ev);
	while ((msg = pop(m)) != NULL)
		msg->run(msg);
}

void
mbox_free(struct mbox *m)
{
	if (m == NULL)
		return;
	mbox_close(m);
	event_free(m->ev);
	os_wakeup_close(m->fd);
	(void)pthread_mutex_destroy(&m->lock);
	free(m);
}

/* writer.c - bytes to a file by a thread of its own. */
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

#include "buf.h"
#include "writer.h"

struct writer {
	pthread_t	 thread;
	pthread_mutex_t	 lock;
	pthread_cond_t	 some;
	int		 fd;
	bool		 end;
	int		 err;		/* of the first write that failed */
	size_t		 dropped;
	struct buf	 wait;
};

static int
write_all(int fd, const char *p, size_t len)
{
	ssize_t n;

	for (; len > 0; p += n, len -= (size_t)n) {
		n = write(fd, p, len);
		if (n == -1 && errno == EINTR)
			n = 0;
		else if (n == -1)
			return -errno;
	}
	return 0;
}

static void *
run(void *arg)
{
	struct writer *w = arg;
	struct buf b;
	int r;

	(void)pthread_mutex_lock(&w->lock);
	for (;;) {
		while (w->wait.len == 0 && !w->end)
			(void)pthread_cond_wait(&w->some, &w->lock);
		if (w->wait.len == 0)
			break;
		b = w->wait;
		w->wait = (struct buf){ 0 };
		(void)pthread_mutex_unlock(&w->lock);
		r = write_all(w->fd, b.p, b.len);
		buf_free(&b);
		(void)pthread_mutex_lock(&w->lock);
		if (r < 0 && w->err == 0)
			w->err = r;
	}
	(void)pthread_mutex_unlock(&w->lock);
	return NULL;
}

int
writer_open(int fd, struct writer **ret)
{
	struct writer *w = calloc(1, sizeof(*w));
	int r;

	if (w == NULL)
		return -ENOMEM;
	w->fd = fd;
	(void)pthread_mutex_init(&w->lock, NULL);
	(void)pthread_cond_init(&w->some, NULL);
	if ((r = pthread_create(&w->thread, NULL, run, w)) != 0) {
		free(w);
		return -r;
	}
	*ret = w;
	return 0;
}

bool
writer_add(struct writer *w, const void *p, size_t len)
{
	bool room;

	(void)pthread_mutex_lock(&w->lock);
	/* Behind a gap nothing would make sense any more. */
	room = w->err == 0 && w->dropped == 0 && w->wait.len + len <= WRITER_MAX;
	if (room)
		buf_add(&w->wait, p, len);
	else
		w->dropped++;
	(void)pthread_cond_signal(&w->some);
	(void)pthread_mutex_unlock(&w->lock);
	return room;
}

int
writer_close(struct writer *w, size_t *ret_dropped)
{
	int r;

	(void)pthread_mutex_lock(&w->lock);
	w->end = true;
	(void)pthread_cond_signal(&w->some);
	(void)pthread_mutex_unlock(&w->lock);
	(void)pthread_join(w->thread, NULL);
	(void)close(w->fd);
	r = w->err;
	*ret_dropped = w->dropped;
	buf_free(&w->wait);
	(void)pthread_mutex_destroy(&w->lock);
	(void)pthread_cond_destroy(&w->some);
	free(w);
	return r;
}

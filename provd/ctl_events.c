/* ctl_events.c - what the running provd tells, as it happens. */
#include <sys/socket.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ctl_events.h"
#include "ctl_http.h"

#define LINE_MAX_BYTES	((size_t)4 << 20)

struct ctl_events {
	int		 fd;
	bool		 head_seen;
	struct buf	 in;
	char		 event[16];
};

int
ctl_events_open(const char *socket, const char *host, struct ctl_events **ret)
{
	struct ctl_events *e = calloc(1, sizeof(*e));
	struct buf path = { 0 };
	int r = -ENOMEM;

	if (e == NULL)
		return r;
	buf_puts(&path, "/v1/events");
	if (host != NULL) {
		buf_puts(&path, "?host=");
		ctl_escape(&path, host);
	}
	if (path.err == 0)
		r = ctl_ask(socket, "GET", path.p, NULL, 0, &e->fd);
	buf_free(&path);
	if (r < 0)
		free(e);
	else
		*ret = e;
	return r;
}

void
ctl_events_close(struct ctl_events *e)
{
	if (e == NULL)
		return;
	close(e->fd);
	buf_free(&e->in);
	free(e);
}

int
ctl_events_fd(const struct ctl_events *e)
{
	return e->fd;
}

static void
drop(struct buf *b, size_t n)
{
	b->len -= n;
	memmove(b->p, b->p + n, b->len + 1);
}

static int
take_head(struct ctl_events *e)
{
	char *end = e->in.p != NULL ? strstr(e->in.p, "\r\n\r\n") : NULL;
	int code = 0;

	if (end == NULL)
		return 0;
	if (sscanf(e->in.p, "HTTP/1.%*d %d", &code) != 1 || code != 200)
		return -EBADMSG;
	drop(&e->in, (size_t)(end + 4 - e->in.p));
	e->head_seen = true;
	return 0;
}

static void
take_line(struct ctl_events *e, const char *line, ctl_event_fn *fn, void *arg)
{
	if (strncmp(line, "event: ", 7) == 0) {
		snprintf(e->event, sizeof(e->event), "%s", line + 7);
	} else if (strncmp(line, "data: ", 6) == 0) {
		json_t *o = json_loads(line + 6, 0, NULL);

		if (o != NULL)
			fn(arg, e->event, o);
		json_decref(o);
	}
}

int
ctl_events_read(struct ctl_events *e, ctl_event_fn *fn, void *arg)
{
	char chunk[65536];
	size_t done = 0;
	ssize_t n;
	int r;

	while ((n = recv(e->fd, chunk, sizeof(chunk), MSG_DONTWAIT)) != 0) {
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			return errno == EAGAIN || errno == EWOULDBLOCK ? 0 : -errno;
		buf_add(&e->in, chunk, (size_t)n);
		if (e->in.err != 0 || e->in.len > LINE_MAX_BYTES)
			return e->in.err != 0 ? e->in.err : -EFBIG;
		if (!e->head_seen && ((r = take_head(e)) < 0 || !e->head_seen)) {
			if (r < 0)
				return r;
			continue;
		}
		done = 0;
		for (char *nl; (nl = memchr(e->in.p + done, '\n', e->in.len - done)) != NULL; ) {
			*nl = '\0';
			take_line(e, e->in.p + done, fn, arg);
			done = (size_t)(nl + 1 - e->in.p);
		}
		drop(&e->in, done);
	}
	return -EPIPE;
}

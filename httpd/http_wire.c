/* http_wire.c - the bytes of a connection: a socket, or TLS over it. */
#include <sys/socket.h>
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>

#include "http_tls.h"
#include "httpd.h"

#ifndef MSG_MORE
#define MSG_MORE	0
#endif

struct http_wire {
	struct http_conn *c;
	int		 fd;
	bool		 rd_on, wr_on;
	struct event	*pause;		/* NULL: never needed */
	struct event	*rd, *wr;	/* in the clear, or */
	struct bufferevent *tls;
	bool		 ended;
};

bool
http_wire_plain(const struct http_wire *w)
{
	return w->tls == NULL;
}

/* In the clear ------------------------------------------------------------- */

static void
on_readable(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	http_conn_readable(((struct http_wire *)arg)->c);
}

static void
on_writable(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	http_conn_writable(((struct http_wire *)arg)->c);
}

static int
plain_new(struct http_wire *w, struct event_base *base)
{
	w->rd = event_new(base, w->fd, EV_READ | EV_PERSIST, on_readable, w);
	w->wr = event_new(base, w->fd, EV_WRITE | EV_PERSIST, on_writable, w);
	return w->rd != NULL && w->wr != NULL ? 0 : -ENOMEM;
}

static ssize_t
result(ssize_t n)
{
	if (n >= 0)
		return n;
	return errno == EINTR || errno == EWOULDBLOCK ? -EAGAIN : -errno;
}

/* TLS ---------------------------------------------------------------------- */

static void
tls_readable(struct bufferevent *bev, void *arg)
{
	(void)bev;
	http_conn_readable(((struct http_wire *)arg)->c);
}

/* All that was written has left. */
static void
tls_drained(struct bufferevent *bev, void *arg)
{
	(void)bev;
	http_conn_writable(((struct http_wire *)arg)->c);
}

static void
tls_event(struct bufferevent *bev, short what, void *arg)
{
	struct http_wire *w = arg;

	(void)bev;
	if ((what & BEV_EVENT_CONNECTED) != 0)
		return;
	w->ended = true;
	if ((what & BEV_EVENT_EOF) != 0 && evbuffer_get_length(
	    bufferevent_get_input(bev)) > 0)
		http_conn_readable(w->c);
	else
		http_conn_gone(w->c, "it closed the connection");
}

static int
tls_new(struct http_wire *w, struct event_base *base, struct http_tls *tls)
{
	if ((w->tls = http_tls_accept(tls, base, w->fd)) == NULL)
		return -ENOMEM;
	bufferevent_setcb(w->tls, tls_readable, tls_drained, tls_event, w);
	bufferevent_setwatermark(w->tls, EV_READ, 0, HTTP_HEAD_MAX);
	return bufferevent_enable(w->tls, EV_READ | EV_WRITE);
}

/* Both ---------------------------------------------------------------------- */

int
http_wire_new(struct http_conn *c, int fd, struct http_tls *tls,
    struct http_wire **ret)
{
	struct event_base *base = c->d->w->base;
	struct http_wire *w = calloc(1, sizeof(*w));
	int r;

	if (w == NULL) {
		(void)close(fd);
		return -ENOMEM;
	}
	w->c = c;
	w->fd = fd;
	r = tls != NULL ? tls_new(w, base, tls) : plain_new(w, base);
	if (r < 0) {
		http_wire_free(w);
		return r;
	}
	if (tls == NULL)
		http_wire_listen(w, true);
	*ret = w;
	return 0;
}

void
http_wire_free(struct http_wire *w)
{
	if (w == NULL)
		return;
	if (w->pause != NULL)
		event_free(w->pause);
	if (w->rd != NULL)
		event_free(w->rd);
	if (w->wr != NULL)
		event_free(w->wr);
	if (w->tls != NULL)
		http_tls_close(w->tls);
	else
		(void)close(w->fd);
	free(w);
}

ssize_t
http_wire_recv(struct http_wire *w, void *buf, size_t cap)
{
	int n;

	if (w->tls == NULL)
		return result(recv(w->fd, buf, cap, 0));
	n = evbuffer_remove(bufferevent_get_input(w->tls), buf, cap);
	return n > 0 ? n : w->ended ? 0 : -EAGAIN;
}

void
http_wire_listen(struct http_wire *w, bool on)
{
	if (w->tls != NULL)
		(void)(on ? bufferevent_enable : bufferevent_disable)(w->tls, EV_READ);
	else if (on != w->rd_on)
		(void)(on ? event_add(w->rd, NULL) : event_del(w->rd));
	w->rd_on = on;
}

void
http_wire_rest(struct http_wire *w)
{
	if (w->tls != NULL && evbuffer_get_length(bufferevent_get_input(w->tls)) > 0)
		http_wire_again(w);
}

void
http_wire_again(struct http_wire *w)
{
	if (w->tls != NULL)
		bufferevent_trigger(w->tls, EV_READ, BEV_TRIG_IGNORE_WATERMARKS |
		    BEV_TRIG_DEFER_CALLBACKS);
	else
		event_active(w->rd, EV_READ, 1);
}

/* One piece at a time waits in the buffer of TLS. */
ssize_t
http_wire_send(struct http_wire *w, const void *p, size_t len, bool more)
{
	if (w->tls == NULL)
		return result(send(w->fd, p, len, MSG_NOSIGNAL | (more ? MSG_MORE : 0)));
	if (evbuffer_get_length(bufferevent_get_output(w->tls)) + len >
	    HTTP_OUT_MAX + HTTP_PIECE)
		return -EAGAIN;
	return bufferevent_write(w->tls, p, len) == 0 ? (ssize_t)len : -ENOMEM;
}

ssize_t
http_wire_file(struct http_wire *w, const struct file_seg *s)
{
	ssize_t n = os_sendfile(w->fd, file_fd(s->file), s->off, s->len);

	return n == -EWOULDBLOCK ? -EAGAIN : n;
}

bool
http_wire_flushed(const struct http_wire *w)
{
	return w->tls == NULL ||
	    evbuffer_get_length(bufferevent_get_output(w->tls)) == 0;
}

void
http_wire_wait(struct http_wire *w, bool on)
{
	if (w->tls != NULL || w->wr_on == on)
		return;
	w->wr_on = on;
	(void)(on ? event_add(w->wr, NULL) : event_del(w->wr));
}

void
http_wire_pause(struct http_wire *w, unsigned ms)
{
	const struct timeval tv = { .tv_sec = ms / 1000,
	    .tv_usec = (suseconds_t)(ms % 1000) * 1000 };

	if (w->pause == NULL)
		w->pause = event_new(w->c->d->w->base, -1, 0, on_writable, w);
	if (w->pause == NULL || event_add(w->pause, &tv) == -1)
		http_wire_wait(w, true);	/* too early is better than never */
}

void
http_wire_end(struct http_wire *w)
{
	if (w->tls != NULL)
		http_tls_end(w->tls);
	(void)shutdown(w->fd, SHUT_WR);
}

/* httpd.c - the HTTP service: listening socket, start and stop. */
#include <sys/socket.h>
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <event2/event.h>

#include "../lib/log.h"
#include "httpd.h"

#define BATCH	16	/* connections in a row before others have their turn */

static void
on_connection(evutil_socket_t fd, short what, void *arg)
{
	struct httpd *d = arg;
	struct sockaddr_in peer;
	socklen_t len;
	int s;

	(void)what;
	for (int i = 0; i < BATCH; i++) {
		len = sizeof(peer);
		if ((s = accept4((int)fd, (struct sockaddr *)&peer, &len,
		    SOCK_NONBLOCK | SOCK_CLOEXEC)) == -1)
			return;
		if (d->n_conn < d->w->snap->cfg->top.http.max_clients &&
		    peer.sin_family == AF_INET) {
			http_conn_new(d, s, ntohl(peer.sin_addr.s_addr),
			    ntohs(peer.sin_port));
			continue;
		}
		(void)close(s);
		if (!d->full_said)
			log_ev(LOG_WARNING, "http.full", KV_N("connections", d->n_conn),
			    KV_S("did", "closed another one"));
		d->full_said = true;
	}
}

static int
httpd_open(const struct config *cfg, unsigned index, void **ret, char why[200])
{
	uint16_t port = (uint16_t)cfg->top.http.port;
	struct httpd *d;
	int r = 0, fd;

	(void)snprintf(why, 200, "http: out of memory");
	if ((d = calloc(1, sizeof(*d))) == NULL)
		return -ENOMEM;
	TAILQ_INIT(&d->conns);
	/* SO_REUSEPORT would hide that another server has the port. */
	if (index == 0 && (r = os_tcp_listen(0, port, false, &fd)) == 0)
		(void)close(fd);
	if (r == 0)
		r = os_tcp_listen(0, port, true, &d->fd);
	if (r < 0) {
		(void)snprintf(why, 200, "http: TCP port %u: %s%s", (unsigned)port,
		    strerror(-r), r == -EADDRINUSE ?
		    " (is another web server running?)" : "");
		free(d);
		return r;
	}
	*ret = d;
	return 0;
}

static int
httpd_start(void *arg, struct worker *w)
{
	struct httpd *d = arg;

	d->w = w;
	d->ev = event_new(w->base, d->fd, EV_READ | EV_PERSIST, on_connection, d);
	if (d->ev == NULL || event_add(d->ev, NULL) == -1)
		return -ENOMEM;
	return 0;
}

static void
httpd_stop(void *arg)
{
	struct httpd *d = arg;

	http_conn_drop_all(d);
	if (d->ev != NULL)
		event_free(d->ev);
	(void)close(d->fd);
	free(d);
}

const struct service httpd_service = {
	.name = "http", .open = httpd_open, .start = httpd_start,
	.stop = httpd_stop,
};

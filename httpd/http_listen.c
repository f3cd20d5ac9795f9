/* http_listen.c - listening sockets, at interfaces whose addresses change.
 *
 * Where no addresses are configured they are those of the interfaces, which
 * are looked at every few seconds: that needs no right and works on every
 * system.  An interface without an address, or that is gone, has no sockets
 * until it has one again; connections that there are stay.
 */
#include <sys/socket.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <event2/event.h>

#include "../lib/log.h"
#include "httpd.h"

#define LOOK_S		3

/* SO_REUSEPORT would hide that another server has the port: first says to look. */
static int
listen_at(struct http_listener *l, uint32_t addr, bool first)
{
	int r = 0, fd, on = 1;

	if (first && (r = os_tcp_listen(addr, l->port, false, &fd)) == 0)
		(void)close(fd);
	if (r == 0)
		r = os_tcp_listen(addr, l->port, true, &fd);
	if (r < 0)
		return r;
	/* What is accepted has it too.  Answers are written whole. */
	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	l->fd = fd;
	l->addr = addr;
	return 0;
}

static int
add(struct httpd *d, const char *ifname, uint32_t addr, uint16_t port, bool tls,
    bool first, char why[200])
{
	struct http_listener *l = &d->listener[d->n_listener];
	char ip[IP4_STRLEN];
	int r;

	*l = (struct http_listener){ .d = d, .fd = -1, .port = port, .tls = tls };
	(void)snprintf(l->ifname, sizeof(l->ifname), "%s", ifname);
	if ((r = listen_at(l, addr, first)) < 0) {
		(void)snprintf(why, 200, "http: TCP port %u%s%s: %s%s", (unsigned)port,
		    addr != 0 ? " at " : "", addr != 0 ? ip4_str(addr, ip) : "",
		    strerror(-r), r == -EADDRINUSE ?
		    " (is another web server running?)" : "");
		return r;
	}
	d->n_listener++;
	return 0;
}

static int
add_both(struct httpd *d, const struct cfg_http *h, const char *ifname, uint32_t addr,
    bool first, char why[200])
{
	int r = add(d, ifname, addr, (uint16_t)h->port, false, first, why);

	if (r == 0 && d->tls != NULL)
		r = add(d, ifname, addr, (uint16_t)h->tls.port, true, first, why);
	return r;
}

/* At what is configured, else at the interfaces' addresses, else at all. */
int
http_listen_open(struct httpd *d, const struct cfg_top *top, bool first, char why[200])
{
	const struct cfg_http *h = &top->http;
	struct os_iface ifc;
	int r = 0;

	if ((d->listener = calloc(2 * (h->n_address + top->n_interface + 1),
	    sizeof(*d->listener))) == NULL)
		return -ENOMEM;
	for (size_t i = 0; r == 0 && i < h->n_address; i++)
		r = add_both(d, h, "", h->address[i], first, why);
	for (size_t i = 0; r == 0 && h->n_address == 0 && i < top->n_interface; i++) {
		if ((r = os_iface(top->interface[i], &ifc)) < 0)
			(void)snprintf(why, 200, "http: interface %s: %s",
			    top->interface[i], strerror(-r));
		else
			r = add_both(d, h, top->interface[i], ifc.addr, first, why);
	}
	if (r == 0 && d->n_listener == 0)
		r = add_both(d, h, "", 0, first, why);
	return r;
}

static void
shut(struct http_listener *l)
{
	if (l->ev != NULL)
		event_free(l->ev);
	if (l->fd != -1)
		(void)close(l->fd);
	l->ev = NULL;
	l->fd = -1;
}

void
http_listen_close(struct httpd *d)
{
	if (d->look != NULL)
		event_free(d->look);
	for (size_t i = 0; i < d->n_listener; i++)
		shut(&d->listener[i]);
	free(d->listener);
}

static int
start(struct http_listener *l)
{
	l->ev = event_new(l->d->w->base, l->fd, EV_READ | EV_PERSIST, http_on_connection, l);
	if (l->ev == NULL || (!l->d->deaf && event_add(l->ev, NULL) == -1))
		return -ENOMEM;
	return 0;
}

void
http_listen_deaf(struct httpd *d, bool deaf)
{
	d->deaf = deaf;
	for (size_t i = 0; i < d->n_listener; i++)
		if (d->listener[i].ev != NULL)
			(void)(deaf ? event_del(d->listener[i].ev) :
			    event_add(d->listener[i].ev, NULL));
}

/* Changes ------------------------------------------------------------------ */

/* All threads do the same: the first one says it. */
static void
say(const struct http_listener *l, uint32_t was, uint32_t now, int err, const char *did)
{
	char old[IP4_STRLEN], new[IP4_STRLEN];

	if (l->d->w->index == 0)
		log_ev(LOG_WARNING, "http.interface", KV_S("if", l->ifname),
		    KV_N("port", l->port), KV_S("address", now != 0 ? ip4_str(now, new) : NULL),
		    KV_S("was", was != 0 ? ip4_str(was, old) : NULL),
		    KV_S("err", err < 0 ? strerror(-err) : NULL), KV_S("did", did));
}

static void
look(struct http_listener *l)
{
	struct os_iface now = { .addr = 0 };
	uint32_t was = l->addr;
	int r = os_iface(l->ifname, &now);

	/* Without descriptors, say, nothing is known. */
	if (r < 0 && r != -ENODEV && r != -EADDRNOTAVAIL)
		return;
	if (now.addr == was && (l->fd != -1 || was == 0))
		return;
	shut(l);
	if (now.addr == 0) {
		l->addr = 0;
		say(l, was, 0, 0, "nobody is answered there until it has an address again");
		return;
	}
	if ((r = listen_at(l, now.addr, false)) == 0 && (r = start(l)) == 0) {
		l->failed = false;
		say(l, was, now.addr, 0, "its new address is used");
		return;
	}
	shut(l);
	if (!l->failed)
		say(l, was, now.addr, r, "tried again every few seconds");
	l->failed = true;
}

static void
on_look(evutil_socket_t fd, short what, void *arg)
{
	struct httpd *d = arg;

	(void)fd;
	(void)what;
	for (size_t i = 0; i < d->n_listener; i++)
		if (d->listener[i].ifname[0] != '\0')
			look(&d->listener[i]);
}

int
http_listen_start(struct httpd *d)
{
	const struct timeval tv = { .tv_sec = LOOK_S };
	bool follow = false;
	int r;

	for (size_t i = 0; i < d->n_listener; i++) {
		if ((r = start(&d->listener[i])) < 0)
			return r;
		follow = follow || d->listener[i].ifname[0] != '\0';
	}
	if (!follow)
		return 0;
	d->look = event_new(d->w->base, -1, EV_PERSIST, on_look, d);
	return d->look == NULL || event_add(d->look, &tv) == -1 ? -ENOMEM : 0;
}

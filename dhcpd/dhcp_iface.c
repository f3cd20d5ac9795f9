/* dhcp_iface.c - interfaces, whose addresses change, and that come and go.
 *
 * They are looked at every few seconds: that needs no right and works on every
 * system.  One that was removed and made anew (a VLAN, a bridge, a USB adapter) is
 * another one to the kernel, and needs sockets of its own. */
#include <event2/event.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "../lib/log.h"
#include "dhcp_int.h"

#define LOOK_S		3

int
dhcp_if_open(struct dhcp_if *i, char why[200])
{
	struct os_udp_opt opt = { .ifname = i->os.name, .broadcast = true,
	    .rcvbuf = DHCP_RCVBUF };
	int r;

	if ((r = os_udp(0, i->d->port, &opt, &i->fd)) < 0) {
		(void)snprintf(why, 200, "DHCP on %s, UDP port %u: %s", i->os.name,
		    i->d->port, strerror(-r));
		return r;
	}
	if ((r = os_raw_open(i->os.name, &i->raw)) < 0)
		i->raw = -1;	/* said when it first matters */
	dhcp_listen_open(i);
	return 0;
}

void
dhcp_if_close(struct dhcp_if *i)
{
	if (i->ev != NULL)
		event_free(i->ev);
	if (i->fd != -1)
		(void)close(i->fd);
	if (i->raw != -1)
		(void)close(i->raw);
	i->ev = NULL;
	i->fd = i->raw = -1;
	dhcp_listen_close(i);
}

static void
say(const struct dhcp_if *i, const struct os_iface *was, const char *did)
{
	char now[IP4_STRLEN], old[IP4_STRLEN];

	log_ev(LOG_WARNING, "dhcp.interface", KV_S("if", was->name),
	    KV_S("address", i->os.addr != 0 ? ip4_str(i->os.addr, now) : NULL),
	    KV_S("was", was->addr != 0 ? ip4_str(was->addr, old) : NULL), KV_S("did", did));
}

/* True: something has changed that networks and answers depend on. */
static bool
look(struct dhcp_if *i)
{
	const struct os_iface was = i->os;
	struct os_iface now = { .index = 0 };
	bool said = i->open_said;
	char why[200];
	int r = os_iface(was.name, &now);

	/* Without descriptors, say, nothing is known. */
	if (r < 0 && r != -EADDRNOTAVAIL && r != -ENODEV)
		return false;
	if (r == -ENODEV) {
		now = (struct os_iface){ .index = 0 };
		memcpy(now.name, was.name, sizeof(now.name));
	}
	if (now.index == was.index && now.addr == was.addr && now.net.plen == was.net.plen &&
	    mac_equal(now.mac, was.mac) && (now.index == 0 || i->fd != -1))
		return false;
	i->os = now;
	if (now.index != was.index || i->fd == -1) {
		dhcp_if_close(i);
		if (now.index == 0) {
			say(i, &was, "it is gone: nobody is answered there until it is back");
			return true;
		}
		if (dhcp_if_open(i, why) < 0 || dhcp_if_start(i) < 0) {
			if (!said)
				say(i, &was, "it can't be served: no socket can be opened");
			i->open_said = true;
			dhcp_if_close(i);
			return !said;
		}
		i->open_said = i->said = false;
	}
	say(i, &was, now.addr == 0 ? "without an address nobody is answered there" :
	    now.index != was.index ? "it is another one, and is served" :
	    "its new address is used");
	return true;
}

bool
dhcp_ifaces_look(struct dhcpd *d)
{
	bool changed = false;

	for (size_t k = 0; k < d->n_iface; k++)
		changed = look(&d->iface[k]) || changed;
	return changed;
}

static void
on_look(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	if (dhcp_ifaces_look(arg))
		dhcp_ifaces_changed(arg);
}

int
dhcp_ifaces_watch(struct dhcpd *d)
{
	const struct timeval tv = { .tv_sec = LOOK_S };

	d->look = event_new(d->base, -1, EV_PERSIST, on_look, d);
	return d->look == NULL || event_add(d->look, &tv) == -1 ? -ENOMEM : 0;
}

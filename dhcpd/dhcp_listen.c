/* dhcp_listen.c - other servers: looked for before we answer, listened to later.
 *
 * What they say goes to clients, not to us: it is heard on a packet socket (or
 * bpf), which also hears who answers for an address (dhcp_check.c); without
 * the right to one, on the clients' UDP port, where only broadcasts arrive.
 */
#include <event2/event.h>

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "../lib/clock.h"
#include "../lib/log.h"
#include "dhcp_int.h"

#define BURST	64

static const struct mac everybody = { { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff } };

/* Telling ----------------------------------------------------------------- */

static bool
stands_back(const struct dhcp_if *i)
{
	const struct cfg_dhcp *conf = &i->d->nets->cfg->top.dhcp;
	const struct dhcp_net *net = dhcp_nets_find(i->d->nets, i->os.addr);

	return net != NULL && net->mode == DHCP_AUTHORITATIVE &&
	    conf->other_servers == 0 /* refuse */;
}

static void
say_probe(const struct dhcp_if *i, enum probe_state was)
{
	const struct dhcp_probe *p = &i->probe;
	char ip[IP4_STRLEN], mac[MAC_STRLEN];

	if (p->state == was)
		return;
	if (p->state == PROBE_OTHER)
		log_ev(stands_back(i) ? LOG_ERR : LOG_WARNING, "dhcp.other-server",
		    KV_S("if", i->os.name), KV_S("server", ip4_str(p->server, ip)),
		    KV_S("mac", mac_is_zero(p->mac) ? NULL : mac_str(p->mac, mac)),
		    KV_S("did", stands_back(i) ? "answers nobody on this interface until it "
		    "has gone (dhcp.other-servers: refuse)" : "goes on beside it"));
	else if (p->state == PROBE_ALONE && was == PROBE_OTHER)
		log_ev(LOG_NOTICE, "dhcp.other-server", KV_S("if", i->os.name),
		    KV_S("did", stands_back(i) ? "has gone: clients are answered again" :
		    "has gone"));
	else if (p->state == PROBE_ALONE)
		log_ev(LOG_INFO, "dhcp.probe", KV_S("if", i->os.name),
		    KV_S("did", "no other server answers"));
}

void
dhcp_foreign_say(const struct dhcp_if *i, struct foreign *s, bool tell, bool note)
{
	enum cfg_dhcp_mode mode = DHCP_OFF;
	const struct dhcp_net *net = dhcp_nets_find(i->d->nets, i->os.addr);
	struct event_dhcp ev = { .foreign = true, .mac = s->client, .addr = s->addr,
	    .other_server = s->id, .answered = (uint8_t)s->type,
	    .answered_name = dhcp_type_name(s->type), .iface = i->os.name };
	const struct fleet_host *h;
	char text[160], ip[IP4_STRLEN], mac[2][MAC_STRLEN];
	const char *how;

	/* Anybody can speak for as many as he likes. */
	if ((tell || note) && dhcp_too_many(&i->d->servers))
		return;
	if (net != NULL)
		mode = net->mode;
	h = fleet_host_by_client(i->d->fleet, NULL, &s->client, 0, &how);
	if (h != NULL)
		(void)snprintf(s->host, sizeof(s->host), "%s", h->rec.name);
	foreign_text(s, text, sizeof(text));
	if (tell)
		/* Beside another server is where the mode proxy belongs. */
		log_ev(mode == DHCP_PROXY || mode == DHCP_OBSERVE ? LOG_INFO : LOG_WARNING,
		    "dhcp.foreign", KV_S("if", i->os.name),
		    KV_S("server", ip4_str(s->id, ip)), KV_S("server-mac", mac_is_zero(s->mac) ?
		    NULL : mac_str(s->mac, mac[0])),
		    KV_S("mac", mac_str(s->client, mac[1])),
		    KV_S("host", h != NULL ? h->rec.name : NULL), KV_S("did", text));
	if (!note)
		return;
	ev.host = h != NULL ? h->rec.name : NULL;
	ev.text = text;
	fleet_dhcp_event(i->d->fleet, &ev);
}

/* Hearing ----------------------------------------------------------------- */

static bool
is_self(const struct dhcpd *d, uint32_t addr)
{
	for (size_t k = 0; k < d->n_iface; k++)
		if (d->iface[k].os.addr == addr)
			return true;
	return addr != 0 && addr == d->nets->cfg->top.dhcp.server_id;
}

static void
hear_server(struct dhcp_if *i, const uint8_t *p, size_t len, uint32_t src, struct mac from)
{
	struct dhcpd *d = i->d;
	enum probe_state was = i->probe.state;
	uint32_t id = src;
	struct foreign *s;
	bool tell, note;

	if (dhcp_parse(p, len, &d->msg) < 0 || d->msg.op != BOOTREPLY)
		return;
	(void)dhcp_opt_u32(&d->msg, DHO_DHCP_SERVER_IDENTIFIER, &id);
	if (is_self(d, id) || is_self(d, src) || mac_equal(from, i->os.mac))
		return;
	if (probe_heard(&i->probe, clock_ms(), &d->msg, i->os.mac, id, from)) {
		say_probe(i, was);
		dhcp_timer_set(d);
	}
	s = foreign_heard(&d->foreign, &d->msg, src, from, i->os.index, clock_unix(),
	    &tell, &note);
	if (s != NULL)
		dhcp_foreign_say(i, s, tell, note);
}

static void
on_frame(evutil_socket_t fd, short what, void *arg)
{
	struct dhcp_if *i = arg;
	struct dhcp_frame f;
	const uint8_t *p;
	ssize_t n;

	(void)fd;
	(void)what;
	for (int k = 0; k < BURST && (n = os_tap_read(i->tap, &p)) >= 0; k++) {
		if (dhcp_frame_read(p, (size_t)n, &f) < 0)
			continue;
		if (f.kind == FRAME_ARP)
			dhcp_check_heard(i->d, f.addr, f.mac);
		else if (f.dport == i->d->port + 1)
			hear_server(i, f.payload, f.len, f.addr, f.mac);
	}
}

static void
on_client_port(evutil_socket_t fd, short what, void *arg)
{
	struct dhcp_if *i = arg;
	struct mac from = { { 0 } };
	struct os_dgram dg;
	uint8_t p[DHCP_MSG_MAX];
	ssize_t n;

	(void)what;
	for (int k = 0; k < BURST; k++) {
		if ((n = os_recv((int)fd, p, sizeof(p), &dg)) == -EMSGSIZE)
			continue;
		if (n < 0)
			return;
		if (dg.ifindex == 0 || dg.ifindex == i->os.index) {
			(void)os_neighbour(i->os.name, dg.peer, &from);
			hear_server(i, p, (size_t)n, dg.peer, from);
		}
	}
}

/* Looking ----------------------------------------------------------------- */

/* From the clients' port, as a client does; but with our address, so that no
 * server takes it amiss. */
static void
send_probe(struct dhcp_if *i)
{
	struct dhcpd *d = i->d;
	struct os_dgram to = { .local = i->os.addr, .ifindex = i->os.index,
	    .peer = 0xffffffff, .peer_port = d->port };
	int r = -EOPNOTSUPP, len = probe_packet(&i->probe, i->os.mac, d->out);

	if (len > 0 && i->raw != -1)
		r = os_raw_udp(i->raw, &i->os, everybody, i->os.addr,
		    (uint16_t)(d->port + 1), to.peer, d->port, d->out, (size_t)len);
	else if (len > 0)
		r = os_send(i->client_fd, d->out, (size_t)len, &to);
	if (r < 0)
		log_ev(LOG_WARNING, "dhcp.probe", KV_S("if", i->os.name), KV_ERR(r),
		    KV_S("did", "could not ask for other servers"));
}

void
dhcp_probes_run(struct dhcpd *d, int64_t now)
{
	for (size_t k = 0; k < d->n_iface; k++) {
		struct dhcp_if *i = &d->iface[k];
		enum probe_state was = i->probe.state;

		if (probe_run(&i->probe, now))
			send_probe(i);
		say_probe(i, was);
	}
}

void
dhcp_probes_begin(struct dhcpd *d)
{
	const struct cfg_dhcp *conf = &d->nets->cfg->top.dhcp;

	for (size_t k = 0; k < d->n_iface; k++) {
		struct dhcp_if *i = &d->iface[k];
		uint32_t xid = 0;

		(void)os_random(&xid, sizeof(xid));
		probe_start(&i->probe, clock_ms(), (int64_t)conf->probe_time * 1000, xid);
		if (conf->probe_time == 0 || i->listen_ev != NULL)
			continue;
		i->probe.state = PROBE_DEAF;
		i->probe.next = INT64_MAX;
		log_ev(LOG_WARNING, "dhcp.probe", KV_S("if", i->os.name),
		    KV_S("did", "cannot hear other servers: it has no right to a raw "
		    "socket, and the clients' port is taken"));
	}
}

/* Opening ----------------------------------------------------------------- */

void
dhcp_listen_open(struct dhcp_if *i)
{
	const struct os_udp_opt opt = { .ifname = i->os.name, .broadcast = true };
	uint16_t port = (uint16_t)(i->d->port + 1);

	if (os_tap_open(i->os.name, port, &i->tap) < 0) {
		i->tap = NULL;
		if (os_udp(0, port, &opt, &i->client_fd) < 0)
			i->client_fd = -1;	/* said when it looks for others */
	}
}

int
dhcp_listen_start(struct dhcp_if *i)
{
	if (i->tap != NULL)
		i->listen_ev = event_new(i->d->base, os_tap_fd(i->tap),
		    EV_READ | EV_PERSIST, on_frame, i);
	else if (i->client_fd != -1)
		i->listen_ev = event_new(i->d->base, i->client_fd,
		    EV_READ | EV_PERSIST, on_client_port, i);
	else
		return 0;
	return i->listen_ev == NULL || event_add(i->listen_ev, NULL) == -1 ? -ENOMEM : 0;
}

void
dhcp_listen_close(struct dhcp_if *i)
{
	if (i->listen_ev != NULL)
		event_free(i->listen_ev);
	os_tap_close(i->tap);
	if (i->client_fd != -1)
		(void)close(i->client_fd);
	i->listen_ev = NULL;
	i->tap = NULL;
	i->client_fd = -1;
}

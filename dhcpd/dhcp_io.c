/* dhcp_io.c - sockets, packets in, decisions carried out. */
#include <event2/event.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../lib/clock.h"
#include "../lib/log.h"
#include "../lib/siphash.h"
#include "../lib/wire.h"
#include "dhcp_int.h"

#define BURST		64		/* packets in a row before others have their turn */
#define CLIENTS		16384u		/* whose rates are watched at one time */
#define RELAYS		1024u

uint32_t
dhcp_hash(const struct dhcpd *d, struct mac mac)
{
	return (uint32_t)siphash(d->key, mac.b, sizeof(mac.b));
}

/* Deciding ---------------------------------------------------------------- */

const char *
dhcp_muted(const struct dhcp_if *i, const struct dhcp_ask *a)
{
	const struct cfg_dhcp *conf = &i->d->nets->cfg->top.dhcp;

	if (a->net == NULL)
		return NULL;
	if (a->net->mode == DHCP_OBSERVE)
		return "mode observe";
	/* A relay is told by its owner whom to ask. */
	if (a->net->mode != DHCP_AUTHORITATIVE || a->req.giaddr != 0)
		return NULL;
	if (i->probe.state == PROBE_ASKING)
		return "other servers are being looked for";
	return i->probe.state == PROBE_OTHER && conf->other_servers == 0 /* refuse */ ?
	    "another server answers on this interface" : NULL;
}

static void
observe(struct dhcp_if *i, const char *muted)
{
	struct dhcp_line line;
	size_t n;

	dhcp_describe(&i->d->ask, &line);
	line.addr = 0;		/* it did not get it */
	n = strlen(line.did);
	if (i->d->ask.verdict.answer || i->d->ask.verdict.lease_op != DLO_NONE)
		(void)snprintf(line.did + n, sizeof(line.did) - n, "; not done: %s", muted);
	line.ev.muted = muted;
	if (line.known || !dhcp_too_many(&i->d->strangers))
		dhcp_tell(i, &line);
	else
		dhcp_history(i, &line);
}

static void
carry_out(struct dhcp_if *i)
{
	struct dhcpd *d = i->d;
	const struct dhcp_ask *a = &d->ask;
	const struct dhcp_verdict *v = &a->verdict;
	struct dhcp_line line;
	int len = 0;

	if (v->answer)
		len = dhcp_write(&v->reply, v->max, d->out, NULL);
	if (len < 0)
		return;		/* cannot be: max is less than the buffer */
	switch (v->lease_op) {
	case DLO_COMMIT:
		dhcp_commit(i, d->out, (size_t)len);
		return;
	case DLO_OFFER:
	case DLO_DROP:
		if (lease_put(fleet_leases(d->fleet), &v->lease) < 0)
			return;
		break;
	case DLO_NONE:
		break;
	}
	/* Firmware that has its address boots. */
	if (a->host != NULL && (v->rule == DR_PROXY_ACK ||
	    (v->rule == DR_PROXY_REQUEST && a->learnt != 0))) {
		dhcp_commit_boot(i, d->out, (size_t)len);
		return;
	}
	if (v->answer)
		dhcp_send(i, &v->dest, d->out, (size_t)len);
	dhcp_describe(a, &line);
	if (line.known || !dhcp_too_many(&d->strangers))
		dhcp_tell(i, &line);
	else
		dhcp_history(i, &line);
	if (v->rule == DR_PROXY_OFFER || v->rule == DR_PROXY_4011 || v->rule == DR_PROXY_MENU)
		dhcp_offered(i);
}

void
dhcp_take(struct dhcp_if *i, const struct dhcp_in *in, const uint8_t *pkt, size_t len)
{
	struct dhcpd *d = i->d;
	int64_t now = clock_unix();
	const char *muted;

	if (dhcp_ask(d->fleet, d->nets, in, pkt, len, now, NULL, &d->ask) < 0)
		return;
	d->decided[d->ask.verdict.rule]++;
	dhcp_learn(i);
	muted = dhcp_muted(i, &d->ask);
	if (d->record != NULL)
		dhcp_record_request(d->record, (size_t)(i - d->iface),
		    in->binl ? DHCP_BINL_PORT : d->port, in, now, pkt, len, &d->ask, muted);
	if (muted == NULL && d->ask.boot.place > 0)
		fleet_wait(d->fleet, d->ask.host, now);
	if (muted != NULL)
		observe(i, muted);
	else if (!dhcp_check(i, in, pkt, len))
		carry_out(i);
}

/* Receiving --------------------------------------------------------------- */

static uint64_t
key_of(const uint8_t *p, size_t len)
{
	uint64_t key = 0;

	memcpy(&key, p, len);
	return key;
}

/* Before anything else is looked at: it must cost little. */
static bool
too_fast(struct dhcpd *d, const uint8_t *pkt, size_t len)
{
	const struct cfg_dhcp *conf = &d->nets->cfg->top.dhcp;
	static const uint8_t none[6];
	int64_t now = clock_ms();
	bool ok = true;

	if (len < BOOTP_FIXED_LEN)
		return false;	/* the parser says what is wrong */
	if (memcmp(pkt + 28, none, 6) != 0)	/* on InfiniBand all have that one */
		ok = dhcp_limit_take(d->by_client, key_of(pkt + 28, 6), conf->rate_limit, now);
	if (ok && memcmp(pkt + 24, none, 4) != 0)
		ok = dhcp_limit_take(d->by_relay, key_of(pkt + 24, 4),
		    conf->relay_rate_limit, now);
	if (!ok && now - d->limit_said >= 60000) {
		d->limit_said = now;
		log_ev(LOG_WARNING, "dhcp.limit",
		    KV_N("clients", dhcp_limit_refused(d->by_client)),
		    KV_N("relays", dhcp_limit_refused(d->by_relay)),
		    KV_S("did", "does not answer packets beyond the rate limits"));
	}
	return !ok;
}

static struct dhcp_if *
iface_of(struct dhcpd *d, int fd, unsigned ifindex)
{
	for (size_t k = 0; k < d->n_iface; k++)
		if (ifindex != 0 ? d->iface[k].os.index == ifindex : d->iface[k].fd == fd)
			return &d->iface[k];
	return NULL;
}

static void
on_packet(evutil_socket_t fd, short what, void *arg)
{
	struct dhcpd *d = arg;
	bool binl = (int)fd == d->binl_fd;
	struct os_dgram from;
	struct dhcp_if *i;

	(void)what;
	for (int k = 0; k < BURST; k++) {
		ssize_t n = os_recv((int)fd, d->in, sizeof(d->in), &from);
		struct dhcp_in in;

		if (n == -EMSGSIZE)
			continue;	/* no client sends so much */
		if (n < 0)
			return;
		if ((i = iface_of(d, (int)fd, from.ifindex)) == NULL ||
		    probe_is_ours(&i->probe, d->in, (size_t)n, i->os.mac) ||
		    too_fast(d, d->in, (size_t)n))
			continue;
		in = (struct dhcp_in){ .iface_addr = i->os.addr, .binl = binl,
		    .peer = from.peer, .peer_port = from.peer_port,
		    .same_boot = binl && dhcp_learnt_lately(d, d->in, (size_t)n, clock_unix()) };
		dhcp_take(i, &in, d->in, (size_t)n);
	}
}

static void
on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct dhcpd *d = arg;
	int64_t now = clock_ms();

	(void)fd;
	(void)what;
	dhcp_probes_run(d, now);
	dhcp_checks_run(d, now);
	dhcp_timer_set(d);
}

void
dhcp_timer_set(struct dhcpd *d)
{
	int64_t next = conflict_next(d->checks), now = clock_ms();
	struct timeval tv;

	for (size_t k = 0; k < d->n_iface; k++)
		if (d->iface[k].probe.next < next)
			next = d->iface[k].probe.next;
	if (next == INT64_MAX)
		return;
	next = next > now ? next - now : 0;
	tv = (struct timeval){ .tv_sec = (time_t)(next / 1000),
	    .tv_usec = (suseconds_t)(next % 1000 * 1000) };
	(void)evtimer_add(d->timer, &tv);
}

/* Start and stop ---------------------------------------------------------- */

static void
free_all(struct dhcpd *d)
{
	for (size_t k = 0; k < d->n_iface; k++)
		dhcp_if_close(&d->iface[k]);
	if (d->look != NULL)
		event_free(d->look);
	if (d->binl_ev != NULL)
		event_free(d->binl_ev);
	if (d->timer != NULL)
		event_free(d->timer);
	if (d->binl_fd != -1)
		(void)close(d->binl_fd);
	dhcp_checks_close(d);
	dhcp_limit_free(d->by_client);
	dhcp_limit_free(d->by_relay);
	free(d->iface);
	dhcp_nets_free(d->nets);
	free(d);
}

static int
open_iface(struct dhcpd *d, const char *name, char why[200])
{
	struct dhcp_if *i = &d->iface[d->n_iface];
	int r;

	*i = (struct dhcp_if){ .d = d, .fd = -1, .raw = -1, .client_fd = -1 };
	if ((r = os_iface(name, &i->os)) < 0) {
		(void)snprintf(why, 200, "interface %s: %s", name,
		    r == -EADDRNOTAVAIL ? "it has no IPv4 address" : strerror(-r));
		return r;
	}
	if ((r = dhcp_if_open(i, why)) == 0)
		d->n_iface++;
	return r;
}

static int
make_nets(struct dhcpd *d, struct config *cfg)
{
	struct os_iface *os;
	struct dhcp_nets *nets;
	int r;

	if ((os = calloc(d->n_iface + 1, sizeof(*os))) == NULL)
		return -ENOMEM;
	for (size_t k = 0; k < d->n_iface; k++)
		os[k] = d->iface[k].os;
	r = dhcp_nets_new(cfg, os, d->n_iface, &nets);
	free(os);
	if (r < 0)
		return r;
	dhcp_nets_free(d->nets);
	d->nets = nets;
	return 0;
}

/* The boot server's port, for all interfaces.  Only where another server gives
 * the addresses does somebody ask there. */
static int
open_binl(struct dhcpd *d)
{
	const struct os_udp_opt opt = { .rcvbuf = DHCP_RCVBUF };
	bool proxy = false;

	for (size_t k = 0; k < d->nets->n; k++)
		proxy = proxy || d->nets->net[k].mode == DHCP_PROXY;
	if (!proxy || d->binl_fd != -1)
		return 0;
	return os_udp(0, DHCP_BINL_PORT, &opt, &d->binl_fd);
}

static int
open_all(struct dhcpd *d, struct config *cfg, char why[200])
{
	const struct cfg_top *top = &cfg->top;
	int r;

	if ((d->iface = calloc(top->n_interface + 1, sizeof(*d->iface))) == NULL)
		return -ENOMEM;
	for (size_t k = 0; k < top->n_interface; k++)
		if ((r = open_iface(d, top->interface[k], why)) < 0)
			return r;
	if ((r = make_nets(d, cfg)) < 0 || (r = dhcp_checks_open(d)) < 0 ||
	    (r = dhcp_limit_new(CLIENTS, &d->by_client)) < 0 ||
	    (r = dhcp_limit_new(RELAYS, &d->by_relay)) < 0)
		return r;
	if ((r = open_binl(d)) < 0)
		(void)snprintf(why, 200, "DHCP mode proxy, UDP port %u: %s",
		    DHCP_BINL_PORT, strerror(-r));
	return r;
}

int
dhcpd_open(struct config *cfg, struct dhcpd **ret, char why[200])
{
	struct dhcpd *d;
	int r;

	(void)snprintf(why, 200, "DHCP: not enough memory");
	if ((d = calloc(1, sizeof(*d))) == NULL)
		return -ENOMEM;
	d->port = (uint16_t)cfg->top.dhcp.port;
	d->binl_fd = d->ping_fd = -1;
	d->limit_said = d->unchecked_said = -60000;
	if ((r = os_random(d->key, sizeof(d->key))) < 0 ||
	    (r = open_all(d, cfg, why)) < 0) {
		free_all(d);
		return r;
	}
	*ret = d;
	return 0;
}

static int
listen_on(struct dhcpd *d, int fd, struct event **ret)
{
	if (fd == -1 || *ret != NULL)
		return 0;
	*ret = event_new(d->base, fd, EV_READ | EV_PERSIST, on_packet, d);
	return *ret == NULL || event_add(*ret, NULL) == -1 ? -ENOMEM : 0;
}

void
dhcpd_record(struct dhcpd *d, struct dhcp_record *rec)
{
	d->record = rec;
}

int
dhcp_if_start(struct dhcp_if *i)
{
	int r = listen_on(i->d, i->fd, &i->ev);

	return r < 0 ? r : dhcp_listen_start(i);
}

/* The recording begins, or goes on from here. */
static int
record(struct dhcpd *d, bool begin)
{
	struct os_iface *os;
	int r = 0;

	if (d->record == NULL)
		return 0;
	if ((os = calloc(d->n_iface + 1, sizeof(*os))) == NULL)
		return -ENOMEM;
	for (size_t k = 0; k < d->n_iface; k++)
		os[k] = d->iface[k].os;
	if (begin)
		r = dhcp_record_begin(d->record, d->nets->cfg, os, d->n_iface,
		    fleet_leases(d->fleet));
	else
		dhcp_record_reload(d->record, d->nets->cfg, os, d->n_iface);
	free(os);
	return r;
}

void
dhcp_ifaces_changed(struct dhcpd *d)
{
	int r;

	if ((r = make_nets(d, d->nets->cfg)) < 0 ||
	    (r = dhcp_nets_ranges(d->nets, fleet_leases(d->fleet))) < 0)
		log_ev(LOG_ERR, "dhcp.interface", KV_ERR(r),
		    KV_S("did", "goes on with the networks it had"));
	(void)record(d, false);
	dhcp_probes_begin(d);
	dhcp_timer_set(d);
}

int
dhcpd_start(struct dhcpd *d, struct fleet *fleet, struct event_base *base)
{
	int r;

	d->fleet = fleet;
	d->base = base;
	if ((r = dhcp_nets_ranges(d->nets, fleet_leases(d->fleet))) < 0 || (r = record(d, true)) < 0)
		return r;
	if ((d->timer = evtimer_new(base, on_timer, d)) == NULL)
		return -ENOMEM;
	for (size_t k = 0; k < d->n_iface; k++)
		if ((r = dhcp_if_start(&d->iface[k])) < 0)
			return r;
	if ((r = listen_on(d, d->binl_fd, &d->binl_ev)) < 0 ||
	    (r = dhcp_ifaces_watch(d)) < 0 ||
	    (r = dhcp_checks_start(d)) < 0)
		return r;
	dhcp_probes_begin(d);
	dhcp_timer_set(d);
	return 0;
}

/* Does somebody begin to answer everybody now, who did not before? */
static bool
needs_probe(const struct cfg_dhcp *was, const struct cfg_dhcp *now)
{
	bool new_mode = was->mode != now->mode || was->probe_time != now->probe_time ||
	    was->n_subnet != now->n_subnet;

	for (size_t k = 0; k < now->n_subnet && !new_mode; k++)
		new_mode = was->subnet[k].mode != now->subnet[k].mode ||
		    was->subnet[k].net.addr != now->subnet[k].net.addr;
	return new_mode;
}

void
dhcpd_reload(struct dhcpd *d, struct config *cfg)
{
	bool probe = needs_probe(&d->nets->cfg->top.dhcp, &cfg->top.dhcp);
	int r;

	probe = dhcp_ifaces_look(d) || probe;
	if ((r = make_nets(d, cfg)) < 0 || (r = dhcp_nets_ranges(d->nets, fleet_leases(d->fleet))) < 0) {
		log_ev(LOG_ERR, "dhcp.reload", KV_ERR(r),
		    KV_S("did", "goes on with the networks it had"));
		return;
	}
	(void)record(d, false);
	if ((r = open_binl(d)) < 0 || (r = listen_on(d, d->binl_fd, &d->binl_ev)) < 0)
		log_ev(LOG_ERR, "dhcp.reload", KV_N("port", DHCP_BINL_PORT), KV_ERR(r),
		    KV_S("did", "no boot server: UEFI machines find nothing"));
	if (probe)
		dhcp_probes_begin(d);
	dhcp_timer_set(d);
}

void
dhcpd_stop(struct dhcpd *d)
{
	if (d == NULL)
		return;
	dhcp_commits_forget(d);
	dhcp_record_close(d->record);
	free_all(d);
}
